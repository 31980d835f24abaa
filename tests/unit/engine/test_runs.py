"""A run goes on, waits, stands still or ends: never twice, never lost, never silently."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.audit import Entry
from bot.domain.message import Message
from bot.domain.plan import Call, Change, Plan, StepSpec
from bot.domain.run import Control, Run, RunState, StepState
from bot.engine.approvals import resume, steer
from bot.engine.lease import SECONDS
from bot.engine.operation import Context, NoParams, Operation
from bot.engine.runs import FAULTS_TO_HOLD, LONGEST_BACKOFF, Runner
from bot.engine.step import Done, Hold, Outcome, StepCode, Wait, Work
from bot.errors import Fenced, OperationFailed, Refused, Temporary
from bot.topology import Risk
from tests.stage import BEN, Stage

pytestmark = pytest.mark.unit

ENTRY = Entry(actor="test", action="test", subject="R1")
Act = Callable[[Work], Awaitable[Outcome]]


class Script:
    """Two steps whose behaviour a test sets; `acted` and `effects` are what they did."""

    def __init__(self) -> None:
        self.acted: list[str] = []
        self.effects = 0
        self.first: Act = self.fine
        self.second: Act = self.fine

    async def fine(self, work: Work) -> Outcome:
        return Done(said="done", detail={"n": 1})

    async def one(self, work: Work) -> Outcome:
        self.acted.append("one")
        return await self.first(work)

    async def two(self, work: Work) -> Outcome:
        self.acted.append("two")
        return await self.second(work)

    async def change(self, work: Work) -> Outcome:
        self.effects += 1
        return Done(said="changed")

    async def changed(self, work: Work) -> Done | None:
        return Done(said="read back") if self.effects else None

    async def plan(self, context: Context, params: NoParams) -> Plan:
        return Plan(
            operation="try",
            resource="service/backend",
            summary="Try two steps.",
            steps=(
                StepSpec(name="try.one", title="First", args={"a": 1}),
                StepSpec(name="try.two", title="Second"),
            ),
            changes=(Change(subject="it", before="old", after="new"),),
        )

    def operation(self) -> Operation:
        steps = {"try.one": StepCode(act=self.one), "try.two": StepCode(act=self.two)}
        return Operation(name="try", summary="Try.", risk=Risk.CHANGE, plan=self.plan, steps=steps)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def stage(script: Script) -> Stage:
    return Stage(operations=(script.operation(),))


def returning(outcome: Outcome) -> Act:
    async def act(work: Work) -> Outcome:
        return outcome

    return act


def raising(error: Exception) -> Act:
    async def act(work: Work) -> Outcome:
        raise error

    return act


async def begun(stage: Stage) -> Run:
    run = await stage.started("try")
    await stage.world.jobs.step(run.id, 0, 0, run.resource)
    return run


def with_steps(stage: Stage, **codes: StepCode) -> None:
    """Carry with other code for `try.one` and `try.two`."""
    steps = {f"try.{name}": code for name, code in codes.items()}
    stage.runner = Runner(stage.world, {**stage.steps, **steps})
    stage.jobs.attach(stage.launcher.launch, stage.runner.carry)


# --- going on --------------------------------------------------------------------------------


async def test_a_run_goes_through_its_steps_and_writes_the_change_log(
    stage: Stage, script: Script
) -> None:
    await begun(stage)
    await stage.jobs.drain()
    run = await stage.run()
    assert run.state is RunState.SUCCEEDED
    assert script.acted == ["one", "two"]
    assert run.note == "done"
    (change,) = await stage.world.store.runs.changes()
    assert (change.before, change.after) == ("it: old", "it: new")
    assert (change.asked_by, change.approved_by) == ("U0ANA", (BEN,))
    assert stage.jobs.waiting == []
    assert "run.succeeded" in await stage.actions()


async def test_a_step_that_watches_is_looked_at_again_when_it_said(
    stage: Stage, script: Script
) -> None:
    seen: list[object] = []

    async def watch(work: Work) -> Outcome:
        seen.append(work.progress.get("looks", 0))
        if len(seen) < 3:
            return Wait(seconds=30, progress={"looks": len(seen), "said": "not yet"})
        return Done(said="there")

    script.first = watch
    await begun(stage)
    await stage.jobs.drain()
    step = (await stage.run()).steps[0]
    assert (step.state, step.progress["said"]) == (StepState.WAITING, "not yet")
    assert stage.jobs.next_at == stage.clock.now() + timedelta(seconds=30)
    await stage.until_quiet()
    assert seen == [0, 1, 2]
    assert (await stage.run()).state is RunState.SUCCEEDED


async def test_a_change_is_looked_for_made_and_read_back(stage: Stage, script: Script) -> None:
    with_steps(stage, one=StepCode(act=script.change, done=script.changed))
    await begun(stage)
    await stage.jobs.drain()
    assert script.effects == 1
    assert (await stage.run()).steps[0].result["said"] == "read back"


async def test_what_is_done_already_is_not_done_again(stage: Stage, script: Script) -> None:
    script.effects = 1
    with_steps(stage, one=StepCode(act=script.change, done=script.changed))
    await begun(stage)
    await stage.jobs.drain()
    assert script.effects == 1
    assert (await stage.run()).state is RunState.SUCCEEDED


async def test_an_answer_that_was_lost_does_not_double_the_change(
    stage: Stage, script: Script
) -> None:
    async def lost(work: Work) -> Outcome:
        script.effects += 1
        raise Temporary("the answer was lost")

    with_steps(stage, one=StepCode(act=lost, done=script.changed))
    await begun(stage)
    await stage.until_quiet()
    assert script.effects == 1
    assert (await stage.run()).state is RunState.SUCCEEDED


async def test_a_change_not_read_back_is_not_believed(stage: Stage, script: Script) -> None:
    async def never(work: Work) -> Done | None:
        return None

    with_steps(stage, one=StepCode(act=script.fine, done=never))
    await begun(stage)
    await stage.jobs.drain()
    step = (await stage.run()).steps[0]
    assert step.state is StepState.PENDING
    assert "cannot be read back yet" in step.progress["said"]
    await stage.until_quiet()
    run = await stage.run()
    assert run.state is RunState.HELD
    assert "cannot be read back" in run.note


async def test_a_change_that_waits_is_not_read_back_yet(stage: Stage, script: Script) -> None:
    async def never(work: Work) -> Done | None:
        return None

    act = returning(Wait(seconds=5, progress={"said": "on its way"}))
    with_steps(stage, one=StepCode(act=act, done=never))
    await begun(stage)
    await stage.jobs.drain()
    assert (await stage.run()).steps[0].state is StepState.WAITING


# --- standing still --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (returning(Hold(said="not known to be safe")), "not known to be safe"),
        (raising(OperationFailed("AccessDenied", hint="Mend the role.")), "Mend the role."),
        (raising(Refused("not now", code="busy")), "not now"),
    ],
)
async def test_a_step_that_must_not_go_on_holds_the_run(
    stage: Stage, script: Script, act: Act, words: str
) -> None:
    script.first = act
    await begun(stage)
    await stage.jobs.drain()
    run = await stage.run()
    assert run.state is RunState.HELD
    assert run.steps[0].state is StepState.FAILED
    assert words in run.note
    assert "step 1, First" in run.note
    assert script.acted == ["one"]
    assert stage.jobs.waiting == []
    assert "run.held" in await stage.actions()


async def test_a_step_no_release_knows_any_more_holds_the_run(stage: Stage) -> None:
    stage.runner = Runner(stage.world, {})
    stage.jobs.attach(stage.launcher.launch, stage.runner.carry)
    await begun(stage)
    await stage.jobs.drain()
    run = await stage.run()
    assert run.state is RunState.HELD
    assert "This release (test) has no step try.one." in run.note


async def test_faults_are_waited_out_longer_each_time_and_then_a_person_is_asked(
    stage: Stage, script: Script
) -> None:
    script.first = raising(Temporary("throttled"))
    await begun(stage)
    waits: list[float] = []
    for _ in range(FAULTS_TO_HOLD - 1):
        await stage.jobs.drain()
        assert (await stage.run()).state is RunState.RUNNING
        due = stage.jobs.next_at
        assert due is not None
        waits.append((due - stage.clock.now()).total_seconds())
        stage.clock.advance(waits[-1])
    assert waits[:4] == [0.5, 1.0, 2.0, 4.0]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_BACKOFF
    await stage.jobs.drain()
    run = await stage.run()
    assert run.state is RunState.HELD
    assert "20 faults in a row, the last: throttled" in run.note
    assert len(script.acted) == FAULTS_TO_HOLD


async def test_the_other_side_says_when_to_come_back(stage: Stage, script: Script) -> None:
    script.first = raising(Temporary("throttled", retry_after=17))
    await begun(stage)
    await stage.jobs.drain()
    assert stage.jobs.next_at == stage.clock.now() + timedelta(seconds=17)


async def test_a_good_look_between_two_faults_begins_the_count_anew(
    stage: Stage, script: Script
) -> None:
    outcomes = [1, 1, 0, 1]

    async def now_and_then(work: Work) -> Outcome:
        if not outcomes:
            return Done(said="there")
        if outcomes.pop(0):
            raise Temporary("throttled")
        return Wait(seconds=1, progress={"said": "a look"})

    script.first = now_and_then
    await begun(stage)
    for _ in range(4):
        await stage.jobs.drain()
        stage.clock.advance(2)
    assert (await stage.run()).steps[0].progress["faults"] == 1


async def test_resuming_gives_a_held_step_its_faults_back(stage: Stage, script: Script) -> None:
    script.first = raising(Temporary("throttled"))
    await begun(stage)
    await stage.until_quiet()
    script.first = script.fine
    await resume(stage.world, stage.asking(BEN), 1)
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.SUCCEEDED


async def test_a_failed_step_whose_worker_died_before_holding_the_run_is_held(
    stage: Stage,
) -> None:
    run = await begun(stage)
    runs = stage.world.store.runs
    now = stage.clock.now()
    await runs.claim(run.id, 0, attempt=0, lease_until=now + timedelta(seconds=6), now=now)
    await runs.finish(
        run.id, 0, attempt=1, state=StepState.FAILED, result={"said": "denied"}, now=now
    )
    await stage.runner.carry(run.id, 0, 1)
    after = await stage.run()
    assert after.state is RunState.HELD
    assert "denied" in after.note


async def test_a_held_step_begins_anew_when_resumed_and_judges_nothing_twice(
    stage: Stage, script: Script
) -> None:
    seen: list[tuple[Mapping[str, object], datetime]] = []

    async def look(work: Work) -> Outcome:
        seen.append((work.progress, work.started_at))
        if len(seen) == 1:
            return Wait(seconds=1, progress={"looks": 1})
        return Hold(said="bad") if len(seen) == 2 else Done(said="fine")

    script.first = look
    await begun(stage)
    await stage.until_quiet()
    stage.clock.advance(60)
    await resume(stage.world, stage.asking(BEN), 1)
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.SUCCEEDED
    assert [progress for progress, _ in seen] == [{}, {"looks": 1}, {"resumed": True}]
    assert seen[2][1] > seen[1][1], "what it watches begins after a person has looked"


# --- dying -----------------------------------------------------------------------------------


async def test_a_step_that_has_killed_three_workers_holds_the_run(
    stage: Stage, script: Script
) -> None:
    script.first = raising(RuntimeError("killed"))
    run = await begun(stage)
    stage.jobs.waiting.clear()
    for attempt in range(3):
        with pytest.raises(RuntimeError, match="killed"):
            await stage.runner.carry(run.id, 0, attempt)
        stage.clock.advance(SECONDS)
    await stage.runner.carry(run.id, 0, 3)
    after = await stage.run()
    assert after.state is RunState.HELD
    assert "3 workers died in step 1, First." in after.note
    assert len(script.acted) == 3


async def test_a_step_another_worker_holds_is_asked_for_again_in_a_second(
    stage: Stage, script: Script
) -> None:
    run = await begun(stage)
    stage.jobs.waiting.clear()
    now = stage.clock.now()
    await stage.world.store.runs.claim(
        run.id, 0, attempt=0, lease_until=now + timedelta(seconds=6), now=now
    )
    await stage.runner.carry(run.id, 0, 1)
    assert script.acted == []
    assert stage.jobs.next_at == now + timedelta(seconds=1)


@pytest.mark.parametrize("job", [(0, 5), (1, 0), (7, 0)])
async def test_a_job_for_what_is_not_the_present_attempt_does_nothing(
    stage: Stage, script: Script, job: tuple[int, int]
) -> None:
    await begun(stage)
    stage.jobs.waiting.clear()
    await stage.runner.carry(1, *job)
    assert script.acted == []
    assert stage.jobs.waiting == []
    assert (await stage.run()).steps[0].attempt == 0


async def test_one_job_delivered_twice_acts_once(stage: Stage, script: Script) -> None:
    await begun(stage)
    await stage.runner.carry(1, 0, 0)
    await stage.runner.carry(1, 0, 0)
    assert script.acted == ["one"]


async def test_a_job_for_a_run_there_is_not_does_nothing(stage: Stage) -> None:
    await stage.runner.carry(99, 0, 0)
    assert stage.jobs.waiting == []


async def test_a_run_whose_worker_died_before_ending_it_is_ended(stage: Stage) -> None:
    run = await begun(stage)
    for position in (0, 1):
        now = stage.clock.now()
        runs = stage.world.store.runs
        await runs.claim(run.id, position, attempt=0, lease_until=now, now=now)
        await runs.finish(
            run.id, position, attempt=1, state=StepState.DONE, result={"said": "ok"}, now=now
        )
    await stage.runner.carry(run.id, 2, 0)
    assert (await stage.run()).state is RunState.SUCCEEDED


async def test_whoever_lost_the_step_journals_nothing(stage: Stage, script: Script) -> None:
    async def slept(work: Work) -> Outcome:
        stage.clock.advance(SECONDS)
        await stage.world.store.runs.claim(
            1, 0, attempt=1, lease_until=work.now + timedelta(seconds=6), now=work.now
        )
        return Done(said="too late")

    script.first = slept
    await begun(stage)
    await stage.runner.carry(1, 0, 0)
    step = (await stage.run()).steps[0]
    assert (step.state, step.attempt, step.deaths) == (StepState.RUNNING, 2, 1)
    assert "said" not in step.result


async def test_a_worker_that_slept_past_its_lease_sends_nothing(
    stage: Stage, script: Script
) -> None:
    async def slow_look(work: Work) -> Done | None:
        stage.clock.advance(SECONDS)
        return None

    with_steps(stage, one=StepCode(act=script.change, done=slow_look))
    await begun(stage)
    await stage.runner.carry(1, 0, 0)
    assert script.effects == 0
    assert (await stage.run()).state is RunState.RUNNING


async def test_a_fence_met_while_acting_ends_the_attempt_without_a_word(
    stage: Stage, script: Script
) -> None:
    script.first = raising(Fenced("another worker's"))
    await begun(stage)
    await stage.jobs.drain()
    assert (await stage.run()).steps[0].state is StepState.RUNNING
    assert stage.jobs.waiting == []


async def test_a_fault_told_after_the_step_was_taken_over_queues_nothing(
    stage: Stage, script: Script
) -> None:
    async def slept(work: Work) -> Outcome:
        stage.clock.advance(SECONDS)
        await stage.world.store.runs.claim(
            1, 0, attempt=1, lease_until=work.now + timedelta(seconds=6), now=work.now
        )
        raise Temporary("throttled")

    script.first = slept
    await begun(stage)
    stage.jobs.waiting.clear()
    await stage.runner.carry(1, 0, 0)
    assert stage.jobs.waiting == []


async def test_a_hold_told_after_the_step_was_taken_over_does_not_hold_the_run(
    stage: Stage, script: Script
) -> None:
    async def slept(work: Work) -> Outcome:
        stage.clock.advance(SECONDS)
        await stage.world.store.runs.claim(
            1, 0, attempt=1, lease_until=work.now + timedelta(seconds=6), now=work.now
        )
        return Hold(said="too late")

    script.first = slept
    await begun(stage)
    await stage.runner.carry(1, 0, 0)
    assert (await stage.run()).state is RunState.RUNNING


# --- people ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("control", "state", "action"),
    [
        (Control.PAUSE, RunState.PAUSED, "run.paused"),
        (Control.ABORT, RunState.ABORTED, "run.aborted"),
    ],
)
async def test_a_running_run_obeys_before_its_next_call(
    stage: Stage, script: Script, control: Control, state: RunState, action: str
) -> None:
    await begun(stage)
    await steer(stage.world, stage.asking(BEN), 1, control)
    await stage.jobs.drain()
    assert (await stage.run()).state is state
    assert script.acted == []
    assert (await stage.actions())[-1] == action


async def test_an_abort_that_was_promised_is_kept_when_the_step_would_hold(
    stage: Stage, script: Script
) -> None:
    async def aborted_meanwhile(work: Work) -> Outcome:
        await steer(stage.world, stage.asking(BEN), 1, Control.ABORT)
        return Hold(said="not safe")

    script.first = aborted_meanwhile
    await begun(stage)
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.ABORTED
    assert "run.held" not in await stage.actions()


async def test_an_aborted_run_leaves_in_the_change_log_what_it_had_changed(stage: Stage) -> None:
    run = await begun(stage)
    changed = replace(run.steps[0].spec, calls=(Call(service="s", action="a", parameters={}),))
    done = replace(run.steps[0], spec=changed, state=StepState.DONE)
    stage.tables.runs[run.id] = replace(run, steps=(done, *run.steps[1:]))
    await steer(stage.world, stage.asking(BEN), 1, Control.ABORT)
    await stage.world.jobs.step(run.id, 1, 0, run.resource)
    await stage.until_quiet()
    (entry,) = await stage.world.store.runs.changes()
    assert entry.summary == "Aborted after 1 of 1 changes: First."


async def test_an_aborted_run_that_changed_nothing_leaves_nothing_in_it(stage: Stage) -> None:
    await begun(stage)
    await steer(stage.world, stage.asking(BEN), 1, Control.ABORT)
    await stage.until_quiet()
    assert await stage.world.store.runs.changes() == ()


async def test_a_run_that_waits_obeys_at_once(stage: Stage, script: Script) -> None:
    script.first = returning(Wait(seconds=600, progress={"said": "watching"}))
    await begun(stage)
    await stage.jobs.drain()
    await steer(stage.world, stage.asking(BEN), 1, Control.ABORT)
    await stage.jobs.drain()
    assert (await stage.run()).state is RunState.ABORTED


async def test_a_run_asked_to_pause_in_the_middle_of_a_step_pauses_after_it(
    stage: Stage, script: Script
) -> None:
    async def paused_meanwhile(work: Work) -> Outcome:
        await steer(stage.world, stage.asking(BEN), 1, Control.PAUSE)
        return Done(said="done")

    script.first = paused_meanwhile
    await begun(stage)
    await stage.jobs.drain()
    run = await stage.run()
    assert (run.state, script.acted) == (RunState.PAUSED, ["one"])
    await resume(stage.world, stage.asking(BEN), 1)
    await stage.jobs.drain()
    assert (await stage.run()).state is RunState.SUCCEEDED
    assert script.acted == ["one", "two"]


async def test_a_pause_does_not_interrupt_an_attempt_under_way(
    stage: Stage, script: Script
) -> None:
    run = await begun(stage)
    stage.jobs.waiting.clear()
    now = stage.clock.now()
    await stage.world.store.runs.claim(
        run.id, 0, attempt=0, lease_until=now + timedelta(seconds=6), now=now
    )
    await stage.world.store.runs.control(run.id, Control.PAUSE, ENTRY, now)
    await stage.runner.carry(run.id, 0, 1)
    assert (await stage.run()).state is RunState.RUNNING
    assert stage.jobs.next_at == now + timedelta(seconds=1)


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.HELD, RunState.ABORTED])
async def test_a_job_for_a_run_that_stands_still_does_nothing(
    stage: Stage, script: Script, state: RunState
) -> None:
    await begun(stage)
    await stage.world.store.runs.move(
        1,
        expected=(RunState.RUNNING,),
        state=state,
        note="",
        entry=ENTRY,
        now=stage.clock.now(),
    )
    await stage.jobs.drain()
    assert script.acted == []


async def test_a_run_aborted_while_its_worker_slept_stays_aborted(
    stage: Stage, script: Script
) -> None:
    async def aborted_meanwhile(work: Work) -> Outcome:
        stage.clock.advance(SECONDS)
        await stage.world.store.runs.move(
            1,
            expected=(RunState.RUNNING,),
            state=RunState.ABORTED,
            note="by hand",
            entry=ENTRY,
            now=work.now,
        )
        return Done(said="done")

    script.first = aborted_meanwhile
    await begun(stage)
    await stage.jobs.drain()
    assert (await stage.run()).state is RunState.ABORTED
    assert script.acted == ["one"]


async def test_a_run_of_no_steps_succeeds_without_a_word(stage: Stage) -> None:
    run = await begun(stage)
    stage.tables.runs[run.id] = replace(run, steps=())
    await stage.jobs.drain()
    assert (await stage.run()).note == ""


async def test_a_card_is_drawn_for_every_state_a_run_can_be_in(
    stage: Stage, script: Script
) -> None:
    await begun(stage)
    for state in RunState:
        stage.tables.runs[1] = replace(stage.tables.runs[1], state=state)
        stage.tables.want("R1")
        await stage.publisher.publish()
        stage.clock.advance(10)
    (card,) = stage.chat.messages("ops-alerts")
    assert isinstance(card.message, Message)
    assert len(card.versions) == len(RunState) - 1
