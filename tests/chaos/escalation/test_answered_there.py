"""Somebody acknowledges on a phone: the ladder stops here, by the webhook or without it.

The web process verifies and writes down what PagerDuty signed and sent, the scheduler acts on it.
Where the webhook never came, the sweep of PagerDuty brings the answer home.
"""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.incident import IncidentState, PageState
from tests.chaos.escalation.ladder import FAR
from tests.chaos.escalation.scene import Scene

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120)]


async def test_an_acknowledgement_on_a_phone_stops_the_ladder(ladders: Scene) -> None:
    async def by_the_webhook() -> None:
        async with ladders.story(parts=("pagerduty", "slack")) as story:
            port = str(story.world.web_port)
            await asyncio.gather(story.process("web", "--port", port), story.scheduler())
            incident = await story.incident(FAR)
            await story.rung(incident, levels=(1,))
            await story.answer(incident, "ack")
            found = await story.is_now(incident, IncidentState.ACKNOWLEDGED)
            assert (found.acked_by, found.acked_via) == ("U0ANA", "PagerDuty")
            assert (await story.page(incident, 2)).state is PageState.CANCELLED

    async def by_the_sweep() -> None:
        async with ladders.story() as story:
            await story.phones.unsubscribe()
            await story.scheduler(hasty=True)
            incident = await story.incident(FAR)
            await story.rung(incident, levels=(1,))
            await story.page_is(incident, 1, PageState.CONFIRMED)
            await story.answer(incident, "ack")
            found = await story.is_now(incident, IncidentState.ACKNOWLEDGED)
            assert (found.acked_by, found.acked_via) == ("U0ANA", "PagerDuty")
            assert (await story.page(incident, 2)).state is PageState.CANCELLED

    async def every_phone_is_quietened() -> None:
        async with ladders.story() as story:
            await story.scheduler(hasty=True)
            incident = await story.incident()
            await story.rung(incident, name="all levels, then an ack on level 3's phone:")
            await story.answer(incident, "ack", level=3)
            await story.is_now(incident, IncidentState.ACKNOWLEDGED)
            await story.phones.quiet(await story.keys(incident))

    await asyncio.gather(by_the_webhook(), by_the_sweep(), every_phone_is_quietened())
