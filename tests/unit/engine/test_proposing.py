"""FilmOps asks for a rollback itself only where it would help, and says why where it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.live import Targets
from bot.domain.plan import Plan
from bot.domain.reasons import Obstacle, Reason
from bot.domain.request import RequestState
from bot.domain.run import RunState
from bot.engine.dispatch import Dispatch
from bot.engine.operation import Context
from bot.errors import Temporary
from bot.topology import Colour
from tests.patrols import Night
from tests.stage import CHLOE

pytestmark = pytest.mark.unit

NONE = Targets(healthy=0, unhealthy=0)
WELL = Targets(healthy=3, unhealthy=0)


@pytest.fixture
def night() -> Night:
    return Night()


async def rolled_back(night: Night) -> None:
    """Traffic is on green by R1; blue was bad. An hour later all of that is out of sight."""
    await night.ask()
    await night.approve(1)
    night.traffic()
    await night.until_quiet()
    assert (await night.run()).state is RunState.SUCCEEDED
    night.sleeps(60)


async def test_without_targets_on_the_other_colour_nothing_is_proposed_and_why_is_said(
    night: Night,
) -> None:
    night.production.targets["backend", Colour.GREEN] = NONE
    await night.passes("eeeeeee")
    assert len(await night.incidents()) == 1
    assert await night.requests() == ()
    assert "way back: green has no targets that could serve. Nothing is proposed." in (
        await night.told()
    )


async def test_once_the_other_colour_is_up_the_way_back_is_proposed(night: Night) -> None:
    night.production.targets["backend", Colour.GREEN] = NONE
    await night.passes("eeeeee")
    night.production.targets["backend", Colour.GREEN] = WELL
    await night.passes("ee")
    assert [request.name for request in await night.requests()] == ["R1"]
    assert "R1 moves traffic back to green" in await night.told()


async def test_as_bad_beside_it_the_other_colour_would_not_help(night: Night) -> None:
    night.production.set_weights("backend", {Colour.BLUE: 50, Colour.GREEN: 50})
    await night.passes("eeeee", "eeeee")
    assert len(await night.incidents()) == 1
    assert await night.requests() == ()
    assert "had too many errors as well, in 5 of 5 closed minutes" in await night.told()


async def test_of_shared_traffic_the_bad_colour_is_left_whichever_has_more(night: Night) -> None:
    night.production.set_weights("backend", {Colour.BLUE: 95, Colour.GREEN: 5})
    await night.passes("ooooo", "eeeee")
    (request,) = await night.requests()
    assert request.words.startswith("rollback backend --to blue error rate 10.0 % of 400 on green")


async def test_a_rollback_somebody_has_asked_for_already_is_enough(night: Night) -> None:
    await night.passes("eeee")
    await night.ask()
    await night.passes("eee")
    assert [request.actor for request in await night.requests()] != ["filmops"]
    assert len(await night.requests()) == 1
    assert "R1 is a rollback already." in await night.told()


async def test_nobody_is_sent_back_to_the_colour_that_was_left_for_being_bad(night: Night) -> None:
    await rolled_back(night)
    await night.passes("hhhhh", "eeeee")
    assert len(await night.requests()) == 1
    assert (
        "way back: R1 rolled back from blue already, and nothing was deployed since. "
        "Nothing is proposed."
    ) in await night.told()


async def test_by_hand_it_was_switched_again_then_the_way_back_is_known(night: Night) -> None:
    await rolled_back(night)
    night.production.set_weights("backend", {Colour.BLUE: 100, Colour.GREEN: 0})
    await night.passes("eeeee")
    assert [request.actor for request in await night.requests()] == ["U0ANA", "filmops"]


async def test_what_an_unfinished_move_left_is_for_a_person(night: Night) -> None:
    await rolled_back(night)
    night.tables.runs[1] = replace(night.tables.runs[1], state=RunState.ABORTED)
    night.production.set_weights("backend", {Colour.BLUE: 100, Colour.GREEN: 0})
    await night.passes("eeeee")
    assert len(await night.requests()) == 1
    assert "R1 (rollback) is aborted: what it left is for a person." in await night.told()


@pytest.mark.parametrize("reversible", [True, False])
async def test_behind_a_schema_that_cannot_be_undone_nobody_is_sent_back(
    night: Night, *, reversible: bool
) -> None:
    await rolled_back(night)
    run = night.tables.runs[1]
    steps = tuple(
        replace(step, spec=replace(step.spec, args={**step.spec.args, "reversible": reversible}))
        for step in run.steps
    )
    night.tables.runs[1] = replace(run, operation="deploy", steps=steps)
    night.tables.requests[1] = replace(night.tables.requests[1], operation="deploy")
    await night.passes("hhhhh", "eeeee")
    assert len(await night.requests()) == 1 + reversible
    refused = "The schema was changed in a way that cannot be undone" in await night.told()
    assert refused != reversible


async def test_weights_that_cannot_be_read_keep_nobody_from_being_paged(night: Night) -> None:
    night.production.fail("traffic.routes", Temporary("AWS is away"), times=2)
    await night.passes("eeeee")
    assert len(await night.incidents()) == 1
    assert "Where traffic goes could not be read (AWS is away)." in await night.told()
    await night.passes("e")
    assert await night.requests() == ()
    await night.passes("e")
    assert len(await night.requests()) == 1, "once they can be read"


async def test_what_could_not_be_read_for_the_plan_is_tried_again(night: Night) -> None:
    night.production.fail("containers.tasks", Temporary("AWS is away"), times=2)
    await night.passes("eeeee")
    assert await night.requests() == ()
    await night.passes("e")
    assert len(await night.requests()) == 1
    assert len(await night.incidents()) == 1


async def test_a_database_that_dies_in_between_is_no_reason_to_forget_the_rollback(
    night: Night,
) -> None:
    opened = night.world.store.requests.open
    night.world.store.requests.open = _away  # type: ignore[method-assign,assignment]
    with pytest.raises(Temporary):
        await night.passes("eeeee")
    night.world.store.requests.open = opened  # type: ignore[method-assign]
    night.sleeps(1)
    await night.passes("e")
    assert len(await night.incidents()) == 1
    assert [request.state for request in await night.requests()] == [RequestState.PLANNED]


async def _away(*about: object) -> None:
    raise Temporary("the database is away")


async def test_what_will_not_be_otherwise_in_a_minute_is_said_once(night: Night) -> None:
    night.dispatch = Dispatch(night.world, {})  # A release that knows no rollback.
    await night.passes("eeeeeee")
    assert await night.requests() == ()
    assert (await night.told()).count("No rollback was asked for: ") == 1
    assert (await night.actions()).count("command") == 1


async def test_what_is_in_the_way_is_said_once(night: Night) -> None:
    rollback = night.operations["rollback"]
    obstacle = Obstacle(code=Reason.NOT_STEERABLE, message="Somebody took the listener away.")

    async def plan(context: Context, params: Any) -> Plan:
        assert rollback.plan is not None
        return replace(await rollback.plan(context, params), obstacles=(obstacle,))

    night.dispatch = Dispatch(night.world, {"rollback": replace(rollback, plan=plan)})
    await night.passes("eeeeeee")
    assert await night.requests() == ()
    assert (await night.told()).count("No rollback was asked for: Somebody took the listener") == 1


async def test_filmops_request_is_approved_by_anybody_who_may_and_not_by_itself(
    night: Night,
) -> None:
    await night.passes("eeeee")
    assert "Approved" in await night.approve(1, who=CHLOE)


async def test_all_of_it_is_in_the_audit_log(night: Night) -> None:
    await night.passes("eeeee")
    rows = [(row.entry.actor, row.entry.action) for row in await night.rows()]
    assert rows == [
        ("filmops", "incident_opened"),
        ("filmops", "command"),
        ("filmops", "request"),
    ]
