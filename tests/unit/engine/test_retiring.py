"""The old colour of a deployment is retired later: asked for once, whatever happens meanwhile."""

from __future__ import annotations

import pytest

from bot.engine.retiring import retire_later
from bot.errors import Temporary
from tests.deploying import BLUE, GREEN
from tests.stage import Stage

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> Stage:
    """All traffic is on green; blue is still up."""
    stage = Stage()
    stage.production.set_weights("backend", {BLUE: 0, GREEN: 100})
    return stage


async def later(stage: Stage) -> str:
    return await retire_later(stage.world, stage.topology.services["backend"], run=41)


async def test_asked_twice_it_is_one_request_and_the_same_sentence(stage: Stage) -> None:
    said = await later(stage)
    assert said == "The old colour stays warm for 1 d; R1 scales it in then."
    assert await later(stage) == said
    assert list(stage.tables.requests) == [1]


async def test_when_it_is_not_known_what_runs_it_is_tried_again(stage: Stage) -> None:
    stage.production.fail("containers.tasks", Temporary("AWS: throttled"), times=2)
    with pytest.raises(Temporary, match="could not be read"):
        await later(stage)
    assert not stage.tables.requests
    assert "R1 scales it in" in await later(stage)


async def test_with_nothing_to_scale_in_nothing_is_asked_for(stage: Stage) -> None:
    service = stage.topology.services["backend"]
    stage.production.tasks["backend", BLUE] = stage.production.running(service, "v1", desired=0)
    assert "nothing to take" in await later(stage)
    assert not stage.tables.requests
