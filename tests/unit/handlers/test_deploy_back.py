"""A deployment's way back: traffic first, never onto a broken colour, and what is left behind."""

from __future__ import annotations

import pytest

from bot.domain.live import Targets
from bot.domain.run import Control, Run, RunState, Step
from bot.engine.approvals import resume, steer
from bot.errors import Temporary
from tests.deploying import BLUE, COMMAND, GREEN, NEW, OLD, Deploying
from tests.stage import BEN

pytestmark = pytest.mark.unit

BACKEND = "backend"
ON_GREEN, ON_BLUE = [{BLUE: 0, GREEN: 100}] * 2, [{BLUE: 100, GREEN: 0}] * 2


@pytest.fixture
def stage() -> Deploying:
    return Deploying()


def step(run: Run, name: str) -> Step:
    """The last of that name."""
    return [each for each in run.steps if each.spec.name == f"deploy.{name}"][-1]


async def bad(stage: Deploying, text: str = COMMAND) -> None:
    """A release that is bad, all traffic on it; blue was well."""
    stage.serves(BLUE, 4)
    stage.serves(GREEN, 60, errors=80)
    await stage.deployed(text, seconds=60)
    assert stage.now_at() == ON_GREEN


async def breaks(stage: Deploying) -> None:
    """Blue dies after the trigger's last good look at it: while traffic is put back."""
    stage.production.fail("traffic.set_weights", Temporary("AWS: throttled"))
    for _ in range(40):
        due = stage.jobs.next_at
        assert due is not None
        await stage.until_quiet(seconds=(due - stage.clock.now()).total_seconds())
        if (await stage.run()).turned is not None:
            break
    stage.production.targets[BACKEND, BLUE] = Targets(healthy=0, unhealthy=3)
    await stage.until_quiet(seconds=60)


async def test_it_puts_every_route_back_and_says_so(stage: Deploying) -> None:
    await bad(stage)
    await stage.until_quiet()
    run = await stage.run()
    assert (run.state, stage.now_at()) == (RunState.FAILED, ON_BLUE)
    assert step(run, "settle").result["said"] == (
        "/version says v1.4.2, /health is fine, login works. Changes of backend are frozen."
    )
    assert "retire" not in [request.operation for request in stage.tables.requests.values()]


async def test_the_service_stays_frozen_until_somebody_says_why_it_may_go_on(
    stage: Deploying,
) -> None:
    await bad(stage)
    await stage.until_quiet()
    (lock,) = await stage.world.store.locks.held(stage.clock.now())
    assert lock.reason == f"R1 failed: {NEW} was rolled back"
    await stage.type("unfreeze backend the fix is merged", BEN)
    assert await stage.world.store.locks.held(stage.clock.now()) == ()


async def test_a_way_back_onto_a_colour_that_broke_meanwhile_is_held(stage: Deploying) -> None:
    await bad(stage)
    await breaks(stage)
    run = await stage.run()
    assert (run.state, run.turned) == (RunState.HELD, RunState.FAILED)
    assert "0 of 3 targets of blue are healthy: traffic stays where it is" in run.note
    assert stage.now_at() == ON_GREEN


async def test_resumed_it_goes_on_when_the_colour_is_well_again(stage: Deploying) -> None:
    await bad(stage)
    await breaks(stage)
    stage.production.targets[BACKEND, BLUE] = Targets(healthy=3, unhealthy=0)
    await resume(stage.world, stage.asking(BEN), 1)
    await stage.until_quiet()
    run = await stage.run()
    assert (run.state, stage.now_at()) == (RunState.FAILED, ON_BLUE)


async def test_aborted_it_ends_where_it_stands_and_does_not_say_it_went_back(
    stage: Deploying,
) -> None:
    await bad(stage)
    await breaks(stage)
    await steer(stage.world, stage.asking(BEN), 1, Control.ABORT)
    run = await stage.run()
    assert (run.state, stage.now_at()) == (RunState.ABORTED, ON_GREEN)
    (change,) = await stage.world.store.runs.changes()
    assert change.summary.startswith("Stopped on the way back after 6 of 6 changes")


async def test_an_answer_lost_on_the_way_back_is_read_back(stage: Deploying) -> None:
    await bad(stage)
    stage.production.fail("traffic.set_weights", Temporary("AWS: lost"), after=True)
    await stage.until_quiet()
    assert stage.now_at() == ON_BLUE
    assert stage.called().count("modify_listener") == 2


async def test_one_route_of_two_that_had_moved_is_put_back(stage: Deploying) -> None:
    stage.probe.answers["backend@green", "GET", "/health"] = None
    await stage.deployed(seconds=10)
    routes = stage.production.routes[BACKEND]
    routes[1] = stage.production.reweighted(routes[1], BACKEND, {BLUE: 50, GREEN: 50})
    stage.answer_as(GREEN, NEW)
    await stage.until_quiet(seconds=60)
    assert (await stage.run()).state is RunState.HELD
    assert stage.now_at() == [{BLUE: 0, GREEN: 100}, {BLUE: 50, GREEN: 50}]
    await steer(stage.world, stage.asking(BEN), 1, Control.ABORT)
    await stage.until_quiet()
    assert stage.now_at() == ON_BLUE
    assert (await stage.run()).state is RunState.ABORTED


async def test_an_old_release_that_does_not_answer_holds_it_and_can_be_ended(
    stage: Deploying,
) -> None:
    await bad(stage)
    stage.answer_with("v0.0.0")
    await stage.until_quiet()
    run = await stage.run()
    assert run.state is RunState.HELD
    assert f"v0.0.0 answers, not {OLD} (15 looks)." in run.note
    assert stage.now_at() == ON_BLUE
    stage.answer_with(OLD)
    await resume(stage.world, stage.asking(BEN), 1)
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.FAILED


async def test_an_abort_before_any_traffic_leaves_it_alone_and_freezes(stage: Deploying) -> None:
    stage.probe.answers["backend@green", "GET", "/health"] = None
    await stage.deployed(seconds=10)
    await steer(stage.world, stage.asking(BEN), 1, Control.ABORT)
    await stage.until_quiet()
    run = await stage.run()
    assert run.state is RunState.ABORTED
    assert "modify_listener" not in stage.called()
    (change,) = await stage.world.store.runs.changes()
    assert (change.detail["outcome"], change.summary[:22]) == ("aborted", "Gone back after 4 of 6")


async def test_an_abort_before_anything_changed_leaves_no_line_in_the_change_log(
    stage: Deploying,
) -> None:
    await stage.agreed()
    stage.jobs.waiting.clear()
    await stage.launcher.launch(1)
    stage.production.targets[BACKEND, BLUE] = Targets(healthy=1, unhealthy=2)
    await stage.until_quiet(seconds=30)
    await steer(stage.world, stage.asking(BEN), 1, Control.ABORT)
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.ABORTED
    assert await stage.world.store.runs.changes() == ()
