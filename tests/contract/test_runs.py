"""The journal: one open run a resource, one attempt a step, stale attempts refused."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.domain.plan import Plan
from bot.domain.request import RequestState
from bot.domain.run import ChangeLogEntry, Control, Run, RunState, Step, StepState
from bot.ports import Store
from tests.contract.asking import (
    LEASE,
    MOMENT,
    NOW,
    after,
    approved,
    entry,
    intact,
    plan,
    request,
    started,
    unwritable,
    wanted,
)

pytestmark = pytest.mark.contract

UNTIL = NOW + LEASE


async def claim(store: Store, run: Run, attempt: int = 0, *, at: float = 0) -> Step | None:
    now = after(at)
    return await store.runs.claim(run.id, 0, attempt=attempt, lease_until=now + LEASE, now=now)


async def first_step(store: Store, run: Run) -> Step:
    found = await store.runs.get(run.id)
    assert found is not None
    return found.steps[0]


async def move(
    store: Store,
    run: Run,
    state: RunState,
    *,
    expected: Sequence[RunState] = (RunState.RUNNING,),
    change: ChangeLogEntry | None = None,
) -> bool:
    return await store.runs.move(
        run.id,
        expected=expected,
        state=state,
        note=f"now {state}",
        entry=entry(f"run.{state}"),
        now=after(9),
        change=change,
    )


async def test_starting_copies_the_plans_steps(either_store: Store) -> None:
    agreed = await approved(either_store)
    run = await either_store.runs.start(
        agreed, agreed.plan, release="v7", entry=entry("start"), now=after(2)
    )
    assert run == Run(
        id=agreed.id,
        operation="rollback",
        resource="service/web",
        state=RunState.RUNNING,
        steps=tuple(
            Step(position=position, spec=spec) for position, spec in enumerate(plan().steps)
        ),
        started_at=after(2),
        release="v7",
    )
    assert await either_store.runs.get(agreed.id) == run
    asked = await either_store.requests.get(agreed.id)
    assert asked is not None
    assert asked.state is RequestState.STARTED
    assert await intact(either_store) == ["request", "approve", "start"]


async def test_only_an_approved_request_starts_and_once(either_store: Store) -> None:
    planned = await either_store.requests.open(request(), entry())
    for asked in (planned, replace(planned, id=99)):
        assert not await either_store.runs.start(asked, plan(), release="1", entry=entry(), now=NOW)
    agreed = await approved(either_store)
    runs = await asyncio.gather(
        *(
            either_store.runs.start(agreed, agreed.plan, release="1", entry=entry(), now=NOW)
            for _ in range(8)
        )
    )
    assert sum(run is not None for run in runs) == 1


async def test_a_resource_has_one_open_run_of_many_started_at_once(either_store: Store) -> None:
    agreed = [await approved(either_store) for _ in range(6)]
    other = await approved(either_store, "service/api")
    runs = await asyncio.gather(
        *(
            either_store.runs.start(asked, asked.plan, release="1", entry=entry(), now=NOW)
            for asked in (*agreed, other)
        )
    )
    assert sum(run is not None for run in runs[:-1]) == 1
    assert runs[-1] is not None
    left = await either_store.requests.waiting()
    assert len(left) == 5
    assert {asked.state for asked in left} == {RequestState.APPROVED}


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.HELD])
async def test_a_run_that_stands_still_keeps_its_resource(
    either_store: Store, state: RunState
) -> None:
    run = await started(either_store)
    agreed = await approved(either_store)
    assert await move(either_store, run, state)
    assert not await either_store.runs.start(
        agreed, agreed.plan, release="1", entry=entry(), now=NOW
    )
    assert await move(either_store, run, RunState.ABORTED, expected=(state,))
    assert await either_store.runs.start(agreed, agreed.plan, release="1", entry=entry(), now=NOW)


async def test_without_its_audit_row_nothing_starts_or_moves(either_store: Store) -> None:
    agreed = await approved(either_store)
    with pytest.raises((TypeError, ValueError)):
        await either_store.runs.start(agreed, agreed.plan, release="1", entry=unwritable(), now=NOW)
    assert await either_store.runs.get(agreed.id) is None
    assert await either_store.requests.get(agreed.id) == agreed
    run = await either_store.runs.start(agreed, agreed.plan, release="1", entry=entry(), now=NOW)
    assert run is not None
    with pytest.raises((TypeError, ValueError)):
        await either_store.runs.control(run.id, Control.PAUSE, unwritable(), NOW)
    with pytest.raises((TypeError, ValueError)):
        await either_store.runs.move(
            run.id,
            expected=(RunState.RUNNING,),
            state=RunState.ABORTED,
            note="",
            entry=unwritable(),
            now=NOW,
        )
    assert await either_store.runs.get(run.id) == run


async def test_of_twenty_claims_at_once_one_wins(either_store: Store) -> None:
    run = await started(either_store)
    claims = await asyncio.gather(*(claim(either_store, run) for _ in range(20)))
    won = [step for step in claims if step is not None]
    assert won == [
        Step(
            position=0,
            spec=plan().steps[0],
            state=StepState.RUNNING,
            attempt=1,
            lease_until=UNTIL,
            started_at=NOW,
        )
    ]


async def test_a_claim_needs_the_present_attempt_and_a_free_lease(either_store: Store) -> None:
    run = await started(either_store)
    assert await claim(either_store, run, 1) is None
    assert await claim(either_store, run, 0)
    assert await claim(either_store, run, 0) is None
    assert await claim(either_store, run, 1, at=LEASE.total_seconds() - 1) is None
    assert await either_store.runs.claim(99, 0, attempt=0, lease_until=UNTIL, now=NOW) is None
    assert await either_store.runs.claim(run.id, 9, attempt=0, lease_until=UNTIL, now=NOW) is None


async def test_an_expired_lease_is_taken_over_and_counts_a_death(either_store: Store) -> None:
    run = await started(either_store)
    await claim(either_store, run, 0)
    second = await claim(either_store, run, 1, at=30)
    assert second is not None
    assert (second.attempt, second.deaths, second.started_at) == (2, 1, NOW)
    third = await claim(either_store, run, 2, at=60)
    assert third is not None
    assert (third.attempt, third.deaths) == (3, 2)


async def test_of_many_taking_over_one_does(either_store: Store) -> None:
    run = await started(either_store)
    await claim(either_store, run, 0)
    claims = await asyncio.gather(*(claim(either_store, run, 1, at=31) for _ in range(10)))
    assert sum(step is not None for step in claims) == 1
    assert (await first_step(either_store, run)).deaths == 1


async def test_a_stale_attempt_is_refused_in_everything(either_store: Store) -> None:
    run = await started(either_store)
    runs = either_store.runs
    await claim(either_store, run, 0)
    await claim(either_store, run, 1, at=31)
    before = await first_step(either_store, run)
    assert not await runs.renew(run.id, 0, attempt=1, lease_until=after(99))
    assert not await runs.wait(run.id, 0, attempt=1, progress={"a": 1}, now=NOW)
    assert not await runs.release(run.id, 0, attempt=1, said="fault", now=NOW)
    assert not await runs.finish(
        run.id, 0, attempt=1, state=StepState.DONE, result={"said": "done"}, now=NOW
    )
    assert await first_step(either_store, run) == before


async def test_an_expired_lease_nobody_took_over_is_still_ones_own(either_store: Store) -> None:
    run = await started(either_store)
    await claim(either_store, run, 0)
    assert await either_store.runs.renew(run.id, 0, attempt=1, lease_until=after(90))
    assert (await first_step(either_store, run)).lease_until == after(90)
    assert await claim(either_store, run, 1, at=89) is None


async def test_finishing_keeps_the_result_and_opens_the_next_step(either_store: Store) -> None:
    run = await started(either_store)
    await claim(either_store, run, 0)
    result = {"said": "moved \0 and ok", "weights": {"blue": 100}, "share": 0.5}
    assert await either_store.runs.finish(
        run.id, 0, attempt=1, state=StepState.DONE, result=result, now=after(3)
    )
    found = await either_store.runs.get(run.id)
    assert found is not None
    done = found.steps[0]
    assert (done.state, done.lease_until, done.ended_at) == (StepState.DONE, None, after(3))
    assert done.result == {**result, "said": "moved \ufffd and ok"}
    assert found.next_step == found.steps[1]
    assert await claim(either_store, run, 1, at=99) is None
    assert not await either_store.runs.renew(run.id, 0, attempt=1, lease_until=after(99))


async def test_a_watch_goes_on_from_what_it_remembered(either_store: Store) -> None:
    run = await started(either_store)
    await claim(either_store, run, 0)
    assert await either_store.runs.wait(run.id, 0, attempt=1, progress={"minutes": 1}, now=NOW)
    waiting = await first_step(either_store, run)
    assert (waiting.state, waiting.lease_until) == (StepState.WAITING, None)
    again = await claim(either_store, run, 1, at=1)
    assert again is not None
    assert (again.progress, again.deaths, again.attempt) == ({"minutes": 1}, 0, 2)


async def test_a_fault_gives_the_lease_up_and_is_counted(either_store: Store) -> None:
    run = await started(either_store)
    for number in (1, 2):
        await claim(either_store, run, number - 1)
        assert await either_store.runs.release(
            run.id, 0, attempt=number, said=f"fault \0 {number}", now=NOW
        )
    step = await first_step(either_store, run)
    assert (step.state, step.lease_until, step.deaths) == (StepState.PENDING, None, 0)
    assert step.progress == {"said": "fault \ufffd 2", "faults": 2}


async def test_nothing_is_claimed_of_a_run_that_does_not_run(either_store: Store) -> None:
    run = await started(either_store)
    await move(either_store, run, RunState.PAUSED)
    assert await claim(either_store, run) is None
    await move(either_store, run, RunState.RUNNING, expected=(RunState.PAUSED,))
    assert await claim(either_store, run)


async def test_moving_is_from_an_expected_state_and_once(either_store: Store) -> None:
    run = await started(either_store)
    assert not await move(either_store, run, RunState.ABORTED, expected=(RunState.HELD,))
    tried = await asyncio.gather(*(move(either_store, run, RunState.HELD) for _ in range(5)))
    assert tried.count(True) == 1
    held = await either_store.runs.get(run.id)
    assert held is not None
    assert (held.state, held.note, held.ended_at) == (RunState.HELD, "now held", None)
    assert (await intact(either_store)).count("run.held") == 1
    assert await move(
        either_store, run, RunState.ABORTED, expected=(RunState.HELD, RunState.PAUSED)
    )
    aborted = await either_store.runs.get(run.id)
    assert aborted is not None
    assert aborted.ended_at == after(9)
    assert not await move(either_store, replace(run, id=99), RunState.HELD)


async def test_running_again_clears_the_wish_and_gives_lives_and_faults_back(
    either_store: Store,
) -> None:
    run = await started(either_store)
    await claim(either_store, run, 0)
    await claim(either_store, run, 1, at=31)
    await either_store.runs.release(run.id, 0, attempt=2, said="fault", now=NOW)
    await either_store.runs.control(run.id, Control.PAUSE, entry(), NOW)
    await move(either_store, run, RunState.PAUSED)
    await move(either_store, run, RunState.RUNNING, expected=(RunState.PAUSED,))
    found = await either_store.runs.get(run.id)
    assert found is not None
    assert found.control is Control.NONE
    assert found.steps[0].deaths == 0
    assert found.steps[0].progress == {"said": "fault"}
    assert found.steps[0].attempt == 2


async def test_a_failed_step_of_a_held_run_may_be_tried_again(either_store: Store) -> None:
    run = await started(either_store)
    await claim(either_store, run, 0)
    await either_store.runs.finish(
        run.id, 0, attempt=1, state=StepState.FAILED, result={"said": "no"}, now=NOW
    )
    await move(either_store, run, RunState.HELD)
    assert await claim(either_store, run, 1) is None
    await move(either_store, run, RunState.RUNNING, expected=(RunState.HELD,))
    step = await first_step(either_store, run)
    assert (step.state, step.result, step.ended_at) == (StepState.PENDING, {}, None)
    assert (step.progress, step.started_at) == ({"resumed": True}, None), "it begins anew"
    assert await claim(either_store, run, 1)


async def test_a_wish_is_kept_of_open_runs_only(either_store: Store) -> None:
    run = await started(either_store)
    assert await either_store.runs.control(run.id, Control.ABORT, entry("abort"), NOW)
    wished = await either_store.runs.get(run.id)
    assert wished is not None
    assert wished.control is Control.ABORT
    await move(either_store, run, RunState.ABORTED)
    assert not await either_store.runs.control(run.id, Control.PAUSE, entry("pause"), NOW)
    assert not await either_store.runs.control(99, Control.PAUSE, entry("pause"), NOW)
    assert (await intact(either_store))[-2:] == ["abort", "run.aborted"]


async def test_the_open_are_oldest_first_and_the_recent_newest_first(either_store: Store) -> None:
    web = await started(either_store)
    await move(either_store, web, RunState.SUCCEEDED)
    again = await started(either_store)
    api = await started(either_store, "service/api")
    await move(either_store, api, RunState.HELD)
    assert [run.id for run in await either_store.runs.open()] == [again.id, api.id]
    assert [run.id for run in await either_store.runs.recent()] == [api.id, again.id, web.id]
    assert [run.id for run in await either_store.runs.recent(limit=1)] == [api.id]
    recent = await either_store.runs.recent(resource="service/web")
    assert [run.id for run in recent] == [again.id, web.id]


async def test_the_change_log_is_newest_first_and_by_resource(either_store: Store) -> None:
    lines = []
    for number, resource in enumerate(("service/web", "service/api", "service/web")):
        run = await started(either_store, resource)
        line = ChangeLogEntry(
            run=run.id,
            resource=resource,
            operation="rollback",
            summary=f"change {number}",
            before="green 100",
            after="blue 100",
            asked_by="U0MARA",
            approved_by=("U0IVO", "U0ANA"),
            at=after(number),
            detail={"version": f"v1.{number}", "nested": {"\0": [None, 0.5]}} if number else {},
        )
        assert not await move(
            either_store, run, RunState.SUCCEEDED, expected=(RunState.HELD,), change=line
        )
        assert await move(either_store, run, RunState.SUCCEEDED, change=line)
        lines.append(line)
    first, second, third = lines
    assert await either_store.runs.changes() == (third, second, first)
    assert await either_store.runs.changes(limit=1) == (third,)
    assert await either_store.runs.changes(resource="service/web") == (third, first)
    assert await either_store.runs.changes(since=after(1)) == (third, second)
    assert await either_store.runs.changes(since=after(1) + MOMENT, limit=5) == (third,)
    later = await either_store.runs.changes(resource="service/web", since=after(0) + MOMENT)
    assert later == (third,)


async def test_what_people_see_raises_the_card_and_a_lease_does_not(either_store: Store) -> None:
    run = await started(either_store)
    versions = [await wanted(either_store, run.name)]

    async def seen() -> bool:
        versions.append(await wanted(either_store, run.name))
        return versions[-1] > versions[-2]

    runs = either_store.runs
    await claim(either_store, run, 0)
    assert await seen()
    await runs.renew(run.id, 0, attempt=1, lease_until=UNTIL + MOMENT)
    assert not await seen()
    await runs.wait(run.id, 0, attempt=1, progress={"minutes": 1}, now=NOW)
    assert await seen()
    await claim(either_store, run, 1)
    assert await seen()
    await runs.finish(run.id, 0, attempt=2, state=StepState.DONE, result={}, now=NOW)
    assert await seen()
    await runs.control(run.id, Control.PAUSE, entry(), NOW)
    assert await seen()
    await move(either_store, run, RunState.PAUSED)
    assert await seen()


async def test_writers_of_one_run_never_wait_in_a_circle(either_store: Store) -> None:
    run = await started(either_store)
    for round_number in range(5):
        await claim(either_store, run, round_number, at=round_number)
        await asyncio.gather(
            either_store.runs.wait(run.id, 0, attempt=round_number + 1, progress={}, now=NOW),
            either_store.runs.control(run.id, Control.PAUSE, entry(), NOW),
            move(either_store, run, RunState.RUNNING),
            move(either_store, run, RunState.RUNNING),
            either_store.cards.claim(now=NOW, lease_until=NOW),
            either_store.cards.shown(run.name, ts="1.1", version=1, next_at=NOW),
        )
    await intact(either_store)


def with_a_way_back() -> Plan:
    """One step forward, which may be promoted, and one back."""
    forward, back = plan().steps
    return replace(plan(), steps=(replace(forward, promotable=True), replace(back, back=True)))


async def turnable(store: Store) -> Run:
    """A run of that plan."""
    agreed = await approved(store)
    run = await store.runs.start(
        agreed, with_a_way_back(), release="1", entry=entry("start"), now=NOW
    )
    assert run is not None
    return run


async def turn(store: Store, run: Run, *expected: RunState) -> bool:
    return await store.runs.turn(
        run.id,
        expected=expected or (RunState.RUNNING,),
        ends=RunState.FAILED,
        note="turned round",
        entry=entry("run.turned"),
        now=after(5),
    )


async def test_a_run_that_turns_round_goes_the_steps_of_its_way_back(either_store: Store) -> None:
    run = await turnable(either_store)
    assert [step.spec.back for step in run.steps] == [False, True]
    assert run.has_way_back
    assert run.next_step == run.steps[0]
    await either_store.runs.control(run.id, Control.ABORT, entry("abort"), NOW)
    before = await wanted(either_store, run.name)
    assert await turn(either_store, run)
    turned = await either_store.runs.get(run.id)
    assert turned is not None
    assert (turned.turned, turned.state, turned.note) == (
        RunState.FAILED,
        RunState.RUNNING,
        "turned round",
    )
    assert turned.control is Control.NONE
    assert turned.next_step == turned.steps[1]
    assert not turned.has_way_back
    assert await wanted(either_store, run.name) > before
    assert not await turn(either_store, run)
    assert (await intact(either_store))[-1] == "run.turned"


async def test_a_run_that_stands_turns_only_when_that_is_expected(either_store: Store) -> None:
    run = await turnable(either_store)
    assert await move(either_store, run, RunState.HELD)
    assert not await turn(either_store, run)
    assert await turn(either_store, run, RunState.HELD, RunState.PAUSED)
    moved = await either_store.runs.get(run.id)
    assert moved is not None
    assert moved.state is RunState.RUNNING


async def test_a_resumed_run_that_has_turned_begins_its_step_back_anew(
    either_store: Store,
) -> None:
    run = await turnable(either_store)
    assert await turn(either_store, run)
    now = after(6)
    claimed = await either_store.runs.claim(run.id, 1, attempt=0, lease_until=now + LEASE, now=now)
    assert claimed is not None
    assert claimed.spec.back
    await either_store.runs.finish(
        run.id, 1, attempt=1, state=StepState.FAILED, result={"said": "no"}, now=now
    )
    assert await move(either_store, run, RunState.HELD)
    assert await move(either_store, run, RunState.RUNNING, expected=(RunState.HELD,))
    again = await either_store.runs.get(run.id)
    assert again is not None
    assert [step.state for step in again.steps] == [StepState.PENDING, StepState.PENDING]
    assert again.turned is RunState.FAILED


async def test_who_promoted_a_step_had_not_seen_it_fail(either_store: Store) -> None:
    run = await turnable(either_store)
    await either_store.runs.promote(run.id, 0, by="U0IVO", entry=entry("run.promote"), now=NOW)
    await claim(either_store, run)
    await either_store.runs.finish(
        run.id, 0, attempt=1, state=StepState.FAILED, result={"said": "no"}, now=NOW
    )
    await move(either_store, run, RunState.HELD)
    await move(either_store, run, RunState.RUNNING, expected=(RunState.HELD,))
    assert (await first_step(either_store, run)).promoted_by == ""


async def test_a_step_is_promoted_once_and_by_one_person(either_store: Store) -> None:
    run = await turnable(either_store)

    async def promoted(position: int, by: str) -> bool:
        return await either_store.runs.promote(
            run.id, position, by=by, entry=entry("run.promote"), now=NOW
        )

    before = await wanted(either_store, run.name)
    assert not await promoted(1, "U0IVO"), "the way back cannot be promoted"
    assert await promoted(0, "U0IVO")
    assert not await promoted(0, "U0MARA")
    assert (await first_step(either_store, run)).promoted_by == "U0IVO"
    claimed = await claim(either_store, run)
    assert claimed is not None
    assert claimed.promoted_by == "U0IVO"
    assert await wanted(either_store, run.name) > before
    assert (await intact(either_store)).count("run.promote") == 1


async def test_under_a_lease_a_run_is_not_turned_paused_or_ended(either_store: Store) -> None:
    run = await turnable(either_store)
    assert await claim(either_store, run) is not None
    assert not await turn(either_store, run)
    for state in (RunState.PAUSED, RunState.ABORTED):
        assert not await move(either_store, run, state)
    assert (await first_step(either_store, run)).lease_until == UNTIL
    assert await either_store.runs.renew(run.id, 0, attempt=1, lease_until=after(90))


@pytest.mark.parametrize("how", ["turned", "paused", "aborted"])
async def test_who_slept_while_a_run_was_turned_or_stopped_may_not_go_on(
    either_store: Store, how: str
) -> None:
    run = await turnable(either_store)
    runs = either_store.runs
    await runs.claim(run.id, 0, attempt=0, lease_until=after(3), now=NOW)
    if how == "turned":
        assert await turn(either_store, run)
    else:
        assert await move(either_store, run, RunState(how))
    given_up = await first_step(either_store, run)
    assert (given_up.state, given_up.lease_until) == (StepState.PENDING, None)
    assert not await runs.renew(run.id, 0, attempt=1, lease_until=after(99))
    assert not await runs.wait(run.id, 0, attempt=1, progress={"a": 1}, now=after(9))
    assert not await runs.release(run.id, 0, attempt=1, said="fault", now=after(9))
    assert not await runs.finish(
        run.id, 0, attempt=1, state=StepState.FAILED, result={"said": "no"}, now=after(9)
    )
    assert await claim(either_store, run, 1, at=9) is None
    assert await first_step(either_store, run) == given_up


async def test_of_a_claim_and_a_turn_at_one_instant_one_happens(either_store: Store) -> None:
    for _ in range(10):
        run = await turnable(either_store)
        claimed, turned = await asyncio.gather(
            claim(either_store, run, at=5), turn(either_store, run)
        )
        assert (claimed is not None) != turned
        assert await either_store.runs.move(
            run.id,
            expected=(RunState.RUNNING,),
            state=RunState.ABORTED,
            note="",
            entry=entry(),
            now=after(99),
        )
