"""Each operation on capacity and data whose workers die twice at every step: when it is claimed,
and when it is done and not written down. Another goes on, and all of it is done once.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.scenario.capacity import LOOK, QUERIES, STORIES
from tests.scenario.mortality import Mortality
from tests.scenario.studio import Studio, url_of
from tests.scenario.telling import Story, Telling

pytestmark = pytest.mark.scenario


@pytest.fixture
def variables(database_dsn: str) -> Mapping[str, str]:
    """The product's database is one that there is."""
    return {"PRODUCT_DATABASE_URL": url_of(database_dsn)}


@pytest.mark.parametrize("studio", [{"more": QUERIES}], indirect=True, ids=[""])
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
    told = await studio.told()
    assert told.count(("filmops", "run.start")) == told.count(("filmops", "run.succeeded"))
