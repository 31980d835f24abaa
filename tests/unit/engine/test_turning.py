"""A run with a way back turns round when going on would harm, or when somebody aborts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.plan import Call, Change, Plan, StepSpec
from bot.domain.run import Control, Run, RunState, StepState
from bot.engine.approvals import promote, resume, steer
from bot.engine.lease import SECONDS
from bot.engine.operation import Context, NoParams, Operation
from bot.engine.reconciler import requeue
from bot.engine.step import Back, Done, Hold, Outcome, StepCode, Wait, Work
from bot.errors import Fenced, Refused
from bot.topology import Risk
from tests.stage import ANA, BEN, EVE, Stage

pytestmark = pytest.mark.unit

CALL = Call(service="elbv2", action="modify_listener", parameters={})


class Script:
    """Move, watch, and the way back; `watched` is what the watch comes to, look by look."""

    def __init__(self) -> None:
        self.acted: list[str] = []
        self.watched: list[Outcome] = [Back(said="8 % errors.")]
        self.backed: list[Outcome] = []
        self.seen: list[Work] = []

    async def move(self, work: Work) -> Outcome:
        self.acted.append("move")
        return Done(said="moved", detail={"colour": "green"})

    async def watch(self, work: Work) -> Outcome:
        self.acted.append("watch")
        self.seen.append(work)
        return self.watched.pop(0) if len(self.watched) > 1 else self.watched[0]

    async def back(self, work: Work) -> Outcome:
        self.acted.append("back")
        self.seen.append(work)
        return self.backed.pop(0) if self.backed else Done(said="All traffic is on blue again.")

    async def plan(self, context: Context, params: NoParams) -> Plan:
        return Plan(
            operation="try",
            resource="service/backend",
            summary="Try it.",
            steps=(
                StepSpec(name="try.move", title="Move", calls=(CALL,)),
                StepSpec(name="try.watch", title="Watch", promotable=True),
                StepSpec(name="try.back", title="Move back", calls=(CALL,), back=True),
            ),
            changes=(Change(subject="it", before="old", after="new"),),
        )

    def operation(self) -> Operation:
        steps = {
            "try.move": StepCode(act=self.move),
            "try.watch": StepCode(act=self.watch),
            "try.back": StepCode(act=self.back),
        }
        return Operation(name="try", summary="Try.", risk=Risk.CHANGE, plan=self.plan, steps=steps)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def stage(script: Script) -> Stage:
    return Stage(operations=(script.operation(),))


async def begun(stage: Stage) -> Run:
    run = await stage.started("try")
    await stage.world.jobs.step(run.id, 0, 0, run.resource)
    return run


async def test_a_run_that_succeeds_never_goes_its_way_back(stage: Stage, script: Script) -> None:
    script.watched = [Done(said="well")]
    await begun(stage)
    await stage.until_quiet()
    run = await stage.run()
    assert (run.state, run.note, script.acted) == (RunState.SUCCEEDED, "well", ["move", "watch"])
    assert run.steps[2].state is StepState.PENDING


async def test_a_step_that_turns_it_round_is_the_last_of_the_way_forward(
    stage: Stage, script: Script
) -> None:
    await begun(stage)
    await stage.until_quiet()
    run = await stage.run()
    assert script.acted == ["move", "watch", "back"]
    assert (run.state, run.turned) == (RunState.FAILED, RunState.FAILED)
    assert run.note == ("Turned round at step 2, Watch: 8 % errors. All traffic is on blue again.")
    assert [step.state for step in run.steps] == [
        StepState.DONE,
        StepState.FAILED,
        StepState.DONE,
    ]
    assert (await stage.actions())[-2:] == ["run.turned", "run.failed"]
    (change,) = await stage.world.store.runs.changes()
    assert change.summary == "Gone back after 1 of 1 changes: Move."


async def test_without_a_way_back_it_is_held_instead(stage: Stage, script: Script) -> None:
    run = await begun(stage)
    forward = tuple(step for step in run.steps if not step.spec.back)
    stage.tables.runs[run.id] = replace(run, steps=forward)
    await stage.until_quiet(seconds=60)
    assert (await stage.run()).state is RunState.HELD


async def test_steps_know_what_earlier_ones_came_to(stage: Stage, script: Script) -> None:
    await begun(stage)
    await stage.until_quiet()
    assert script.seen[0].results["try.move"]["colour"] == "green"
    assert "try.watch" not in script.seen[1].results


@pytest.mark.parametrize("standing", [None, Control.PAUSE])
async def test_an_abort_goes_back_first_whether_the_run_goes_or_stands(
    stage: Stage, script: Script, standing: Control | None
) -> None:
    script.watched = [Wait(seconds=60, progress={"said": "watching"})]
    run = await begun(stage)
    await stage.jobs.drain()
    if standing is not None:
        await steer(stage.world, stage.asking(BEN), run.id, standing)
        await stage.jobs.drain()
        assert (await stage.run()).state is RunState.PAUSED
    await steer(stage.world, stage.asking(BEN), run.id, Control.ABORT)
    await stage.jobs.drain()
    ended = await stage.run()
    assert script.acted[-1] == "back"
    assert (ended.state, ended.turned) == (RunState.ABORTED, RunState.ABORTED)
    assert "All traffic is on blue again." in ended.note


async def test_an_abort_of_a_held_run_goes_back_too(stage: Stage, script: Script) -> None:
    script.watched = [Hold(said="BLIND")]
    run = await begun(stage)
    await stage.jobs.drain()
    said = await steer(stage.world, stage.asking(BEN), run.id, Control.ABORT)
    assert said == "R1 is aborted; what it changed is put back first."
    await stage.jobs.drain()
    assert (await stage.run()).state is RunState.ABORTED
    assert script.acted == ["move", "watch", "back"]


async def test_a_way_back_that_is_held_can_be_resumed_or_ended_where_it_is(
    stage: Stage, script: Script
) -> None:
    script.backed = [Hold(said="blue is dead"), Hold(said="still dead")]
    run = await begun(stage)
    await stage.until_quiet(seconds=60)
    held = await stage.run()
    assert (held.state, held.turned) == (RunState.HELD, RunState.FAILED)
    await resume(stage.world, stage.asking(BEN), run.id)
    await stage.until_quiet(seconds=60)
    assert script.acted == ["move", "watch", "back", "back"]
    await steer(stage.world, stage.asking(BEN), run.id, Control.ABORT)
    ended = await stage.run()
    assert (ended.state, script.acted[-1]) == (RunState.ABORTED, "back")


async def test_a_worker_that_dies_before_it_could_turn_the_run_is_followed_by_one_that_does(
    stage: Stage, script: Script
) -> None:
    run = await begun(stage)
    await stage.jobs.drain()
    failed = await stage.run()
    # As the dead worker left it: the step journaled, the run not turned, no job.
    stage.tables.runs[run.id] = replace(
        failed,
        state=RunState.RUNNING,
        turned=None,
        note="",
        ended_at=None,
        steps=(*failed.steps[:2], run.steps[2]),
    )
    stage.jobs.waiting.clear()
    await requeue(stage.world)
    await stage.until_quiet(seconds=60)
    assert (await stage.run()).turned is RunState.FAILED
    assert script.acted == ["move", "watch", "back", "back"]


async def test_a_person_may_say_that_a_watch_has_seen_enough(stage: Stage, script: Script) -> None:
    script.watched = [Wait(seconds=600, progress={"said": "watching"}), Done(said="promoted")]
    run = await begun(stage)
    await stage.jobs.drain()
    said = await promote(stage.world, stage.asking(BEN), run.id)
    assert said.startswith("R1 goes on from step 2")
    await stage.jobs.drain()
    assert [work.promoted_by for work in script.seen] == ["", BEN]
    assert (await stage.run()).state is RunState.SUCCEEDED
    assert "run.promote" in await stage.actions()


async def test_only_a_step_that_waits_for_certainty_can_be_promoted_and_only_once(
    stage: Stage, script: Script
) -> None:
    script.watched = [Wait(seconds=600, progress={})]
    run = await begun(stage)
    with pytest.raises(Refused):
        await promote(stage.world, stage.asking(BEN), run.id)  # It stands at the move.
    await stage.jobs.drain()
    with pytest.raises(Refused):
        await promote(stage.world, stage.asking(EVE), run.id)  # She may not decide.
    await promote(stage.world, stage.asking(ANA), run.id)
    with pytest.raises(Refused):
        await promote(stage.world, stage.asking(BEN), run.id)


async def test_an_approved_request_for_later_starts_when_its_time_has_come(
    stage: Stage, script: Script
) -> None:
    later = stage.clock.now() + timedelta(hours=3)
    plain = script.plan

    async def plan(context: Context, params: NoParams) -> Plan:
        return replace(await plain(context, params), start_at=later, start_by=later + ONE_HOUR)

    stage.operations["try"] = replace(stage.operations["try"], plan=plan)
    request = await stage.ask("try")
    assert "at 20" in await stage.approve(request.id)
    await requeue(stage.world)
    assert not stage.jobs.waiting
    stage.clock.advance(3 * 3600)
    await requeue(stage.world)
    await stage.until_quiet()
    assert (await stage.run()).turned is RunState.FAILED


ONE_HOUR = timedelta(hours=1)


async def test_a_request_whose_window_has_passed_is_not_started(
    stage: Stage, script: Script
) -> None:
    later = stage.clock.now() + timedelta(hours=3)
    plain = script.plan

    async def plan(context: Context, params: NoParams) -> Plan:
        return replace(await plain(context, params), start_at=later, start_by=later + ONE_HOUR)

    stage.operations["try"] = replace(stage.operations["try"], plan=plan)
    request = await stage.ask("try")
    await stage.approve(request.id)
    stage.clock.advance(4 * 3600 + 1)
    await requeue(stage.world)
    await stage.until_quiet()
    assert (await stage.request()).state == "expired"


async def test_who_slept_while_its_run_went_back_neither_acts_nor_writes(
    stage: Stage, script: Script
) -> None:
    async def asleep(work: Work) -> Outcome:
        stage.clock.advance(SECONDS)
        await steer(stage.world, stage.asking(BEN), 1, Control.ABORT)
        await stage.jobs.drain()
        assert not await stage.world.store.runs.renew(
            1, 0, attempt=1, lease_until=stage.clock.now() + timedelta(seconds=SECONDS)
        )
        with pytest.raises(Fenced):
            work.fence()
        return Back(said="8 % errors, seen before it slept.")

    script.move = asleep  # type: ignore[method-assign]
    stage = Stage(operations=(script.operation(),))
    await begun(stage)
    await stage.jobs.drain()
    run = await stage.run()
    assert (run.state, run.turned) == (RunState.ABORTED, RunState.ABORTED)
    assert [step.state for step in run.steps] == [
        StepState.PENDING,
        StepState.PENDING,
        StepState.DONE,
    ]
    assert script.acted == ["back"]
    assert (await stage.actions())[-1] == "run.aborted"
