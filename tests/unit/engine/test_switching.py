"""One route's weights: set once, read back, and never over somebody else's hand."""

from __future__ import annotations

from typing import Any

import pytest

from bot.engine.step import Done, Work
from bot.engine.switching import service_of, switch, switched, weights_text
from bot.errors import OperationFailed
from bot.topology import Colour
from tests.stage import Stage

pytestmark = pytest.mark.unit

BLUE, GREEN = Colour.BLUE, Colour.GREEN


@pytest.fixture
def stage() -> Stage:
    return Stage()


def work(stage: Stage, **args: Any) -> Work:
    """The step that moves the default action from blue to green."""
    route = stage.production.routes["backend"][0]
    given: dict[str, Any] = {
        "service": "backend",
        "route": route.arn,
        "before": {"blue": 100, "green": 0},
        "after": {"blue": 0, "green": 100},
    }
    return Work(
        world=stage.world,
        run=1,
        args={**given, **args},
        progress={},
        started_at=stage.clock.now(),
        fence=lambda: None,
    )


async def test_it_is_done_when_it_reads_back_so(stage: Stage) -> None:
    assert await switched(work(stage)) is None
    await switch(work(stage))
    assert await switched(work(stage)) == Done(
        said="HTTPS:443 default read back as blue 0, green 100."
    )


async def test_what_somebody_moved_since_the_approval_is_not_touched(stage: Stage) -> None:
    stage.production.set_weights("backend", {BLUE: 90, GREEN: 10})
    with pytest.raises(OperationFailed) as failure:
        await switch(work(stage))
    assert failure.value.code == "plan_stale"
    assert "it is at blue 90, green 10, the plan began at blue 100, green 0" in (
        failure.value.message
    )
    assert stage.effects() == []


async def test_without_a_beginning_it_puts_right_whatever_it_finds(stage: Stage) -> None:
    stage.production.set_weights("backend", {BLUE: 90, GREEN: 10})
    await switch(work(stage, before=None))
    assert stage.production.weights("backend")[0] == {BLUE: 0, GREEN: 100}


async def test_a_route_or_a_service_that_is_gone_is_said(stage: Stage) -> None:
    with pytest.raises(OperationFailed, match=r"The listener or rule is gone\.") as route:
        await switch(work(stage, route="arn:gone"))
    with pytest.raises(OperationFailed, match="no service films any more") as service:
        service_of(work(stage, service="films"))
    assert route.value.code == service.value.code == "not_found"


def test_a_colour_that_is_in_no_rule_has_weight_0() -> None:
    assert weights_text({GREEN: 5}) == "blue 0, green 5"
