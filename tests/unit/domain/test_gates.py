"""What stands between a plan and its run: every obstacle at once, each with what clears it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.adapters.memory.clock import START
from bot.domain.gates import gates
from bot.domain.lock import EVERYTHING, Lock, LockKind
from bot.domain.reasons import Obstacle, Reason
from bot.domain.run import Run, RunState
from tests.stage import ANA, BEN

pytestmark = pytest.mark.unit

HERE, ELSEWHERE = "service/backend", "service/other"


def lock(kind: LockKind, resource: str = HERE, *, owner: str = BEN, hours: float = 1) -> Lock:
    return Lock(
        kind=kind,
        resource=resource,
        owner=owner,
        reason="debugging",
        taken_at=START,
        expires_at=START + timedelta(hours=hours),
    )


def run(state: RunState, resource: str = HERE) -> Run:
    return Run(
        id=7, operation="rollback", resource=resource, state=state, steps=(), started_at=START
    )


def met(*held: Lock | Run, heedless: bool = False, actor: str = ANA) -> tuple[Obstacle, ...]:
    return gates(
        resource=HERE,
        actor=actor,
        heedless=heedless,
        locks=[one for one in held if isinstance(one, Lock)],
        runs=[one for one in held if isinstance(one, Run)],
        now=START,
    )


def codes(*held: Lock | Run, heedless: bool = False, actor: str = ANA) -> list[Reason]:
    return [obstacle.code for obstacle in met(*held, heedless=heedless, actor=actor)]


def test_nothing_in_the_way_is_no_obstacle() -> None:
    assert codes() == []


@pytest.mark.parametrize("state", list(RunState))
def test_an_open_run_on_the_same_resource_is_in_the_way_an_ended_one_is_not(
    state: RunState,
) -> None:
    assert codes(run(state)) == ([Reason.BUSY] if state.open else [])


def test_even_a_rollback_waits_for_an_open_run() -> None:
    assert codes(run(RunState.HELD), heedless=True) == [Reason.BUSY]


def test_a_run_elsewhere_is_in_nobodys_way() -> None:
    assert codes(run(RunState.RUNNING, ELSEWHERE)) == []


def test_a_lock_stops_everybody_but_its_owner() -> None:
    assert codes(lock(LockKind.LOCK)) == [Reason.LOCKED]
    assert codes(lock(LockKind.LOCK), actor=BEN) == []


def test_a_freeze_stops_its_owner_too() -> None:
    assert codes(lock(LockKind.FREEZE), actor=BEN) == [Reason.FROZEN]


@pytest.mark.parametrize("kind", list(LockKind))
def test_neither_lock_nor_freeze_stops_a_rollback(kind: LockKind) -> None:
    assert codes(lock(kind), lock(kind, EVERYTHING), heedless=True) == []


@pytest.mark.parametrize("kind", list(LockKind))
def test_what_has_run_out_or_is_elsewhere_stops_nothing(kind: LockKind) -> None:
    assert codes(lock(kind, hours=0), lock(kind, ELSEWHERE)) == []


def test_a_freeze_of_everything_stops_this() -> None:
    (obstacle,) = met(lock(LockKind.FREEZE, EVERYTHING))
    assert obstacle.code is Reason.FROZEN
    assert obstacle.unblock == "/filmops unfreeze all"
    assert "all is frozen by <@U0BEN> until 04:00 UTC: debugging" in obstacle.message


def test_every_obstacle_is_named_with_the_command_that_clears_it() -> None:
    obstacles = met(run(RunState.PAUSED), lock(LockKind.LOCK), lock(LockKind.FREEZE))
    assert [o.code for o in obstacles] == [Reason.BUSY, Reason.LOCKED, Reason.FROZEN]
    assert "/filmops show R7" in obstacles[0].unblock
    assert [o.unblock for o in obstacles[1:]] == [
        "/filmops unlock backend",
        "/filmops unfreeze backend",
    ]
