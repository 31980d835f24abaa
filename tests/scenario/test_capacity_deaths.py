"""Each operation on capacity and data whose workers die twice at every step: when it is claimed,
and when it is done and not written down. Another goes on, and all of it is done once.
"""

from __future__ import annotations

import pytest

from tests.scenario.capacity import LOOK, PLAYED, STORIES, variables
from tests.scenario.mortality import Mortality
from tests.scenario.studio import Studio
from tests.scenario.telling import Story, Telling

__all__ = ["variables"]

pytestmark = [pytest.mark.scenario, PLAYED]


@pytest.mark.parametrize("story", [*STORIES, LOOK], ids=lambda each: each.text)
async def test_another_worker_goes_on_and_it_is_done_once(studio: Studio, story: Story) -> None:
    telling = Telling(studio, story)
    await telling.begins()
    mortality = Mortality(studio)
    number = await telling.asks()
    await telling.agreed(number)
    await telling.ended_well(number)
    run = await studio.app.world.store.runs.get(number)
    assert run is not None
    forward = [step.position for step in run.steps if not step.spec.back]
    died = {f"{position} {at}" for position in forward for at in ("claimed", "done")}
    assert {"started", *died} <= set(mortality.deaths)
    logged = [change.run for change in await studio.app.world.store.runs.changes()]
    assert len(logged) == len(set(logged)) == story.logged + bool(story.later)
    asked = await studio.app.world.store.requests.recent()
    assert len(asked) == number + bool(story.later), "what is left for later is left once"
    told = await studio.told()
    assert told.count(("filmops", "run.start")) == told.count(("filmops", "run.succeeded"))
