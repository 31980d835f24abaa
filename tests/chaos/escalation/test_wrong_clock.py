"""A scheduler on a host whose clock is a minute and a half wrong climbs the ladder as any other.

The instants are the database's, and the waits between them this host's monotonic clock's. The look
every five seconds, which would hide a wrong instant, is taken away.
"""

from __future__ import annotations

import asyncio

import pytest

from tests.chaos.escalation.scene import Scene

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120)]


async def test_a_wrong_clock_moves_no_level(ladders: Scene) -> None:
    async def alone(seconds: float) -> None:
        async with ladders.story() as story:
            await story.scheduler(clock=seconds)
            incident = await story.incident()
            await story.rung(incident, name=f"clock {seconds:+g} s:")
            rings, pages = await story.rings(incident), await story.pages(incident)
            assert all(rings[page.level] >= page.due_at for page in pages), rings

    async def together() -> None:
        async with ladders.story() as story:
            await asyncio.gather(story.scheduler(clock=90.0), story.scheduler())
            incident = await story.incident()
            await story.rung(incident, name="clock +90 s, and another with the right one:")

    await asyncio.gather(alone(90.0), alone(-90.0), together())
