"""Slack is away: pages do not wait for it.

In every other story of this folder nothing listens where Slack should be; here it is there, and
fails at everything.
"""

from __future__ import annotations

import asyncio

import pytest

from tests.chaos.escalation.scene import Scene
from tests.chaos.scene import controls

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120)]

BROKEN = {"match": "*", "kind": "status", "status": 500, "times": None}


async def test_a_ladder_is_climbed_while_slack_fails_at_everything(ladders: Scene) -> None:
    async with ladders.story(parts=("pagerduty", "slack")) as story:
        with controls(story.world, "slack") as slack:
            answer = await asyncio.to_thread(slack.post, "faults", json=BROKEN)
            answer.raise_for_status()
        await story.scheduler()
        incident = await story.incident()
        await story.rung(incident, name="Slack fails at everything:")
