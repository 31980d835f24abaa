"""What is wrong with a database comes first; what could not be read is not well."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.adapters.memory.sql import WELL
from bot.domain.db_health import Finding, Grade, judged
from bot.domain.live import Missing
from bot.domain.vitals import Blocked, Replica, Sessions, Slow, Transaction
from bot.topology import Database

pytestmark = pytest.mark.unit

DATABASE = Database(key="prod-db")
AWAY = Missing(reason="permission denied")


def found(subject: str, **parts: Any) -> Finding:
    (one,) = [each for each in judged(replace(WELL, **parts), DATABASE) if each.subject == subject]
    return one


def blocked(seconds: float, *, pid: int = 11, by: int = 12) -> Blocked:
    return Blocked(
        pid=pid,
        who="app",
        seconds=seconds,
        query="UPDATE films",
        by_pid=by,
        by_who="ana",
        by_state="idle in transaction",
        by_query="LOCK films",
    )


def transaction(minutes: float, state: str = "active") -> Transaction:
    return Transaction(pid=7, who="app", state=state, seconds=minutes * 60, query="SELECT 1")


def test_a_database_that_is_well_has_five_good_findings() -> None:
    findings = judged(WELL, DATABASE)
    assert {each.grade for each in findings} == {Grade.OK}
    assert [each.subject for each in findings] == [
        "Connections",
        "Locks",
        "Transactions",
        "Slow queries",
        "Replication",
    ]


@pytest.mark.parametrize(
    ("used", "grade"), [(80, Grade.OK), (81, Grade.MIND), (95, Grade.MIND), (96, Grade.BAD)]
)
def test_connections_are_judged_by_their_share(used: int, grade: Grade) -> None:
    sessions = (Sessions(state="idle", count=used - 1), Sessions(state="active", count=1))
    one = found("Connections", sessions=sessions)
    assert one.grade is grade
    assert one.said == f"{used} of 100 ({used} %): {used - 1} idle, 1 active"


@pytest.mark.parametrize(
    ("waits", "grade", "said"),
    [
        ([blocked(2)], Grade.MIND, "1 waiting, the longest 2.00 s; held by 12"),
        ([blocked(90), blocked(90, by=13)], Grade.BAD, "1 waiting, the longest 1 min 30 s; held"),
        ([blocked(31, pid=1, by=2), blocked(30, pid=2, by=1)], Grade.BAD, "by each other"),
    ],
)
def test_who_waits_for_a_lock_is_counted_and_who_holds_it_named(
    waits: list[Blocked], grade: Grade, said: str
) -> None:
    one = found("Locks", blocked=tuple(waits))
    assert one.grade is grade
    assert said in one.said
    assert "pg_terminate_backend" in one.help_


def test_a_long_transaction_is_minded_and_an_idle_one_is_bad() -> None:
    assert found("Transactions", transactions=(transaction(9),)).grade is Grade.OK
    one = found("Transactions", transactions=(transaction(11),))
    assert (one.grade, one.said) == (
        Grade.MIND,
        "1 open for more than 10 min, the oldest for 11 min",
    )
    idle = (transaction(60, "idle in transaction (aborted)"), transaction(11))
    worse = found("Transactions", transactions=idle)
    assert worse.grade is Grade.BAD
    assert worse.said.endswith("the oldest for 1 h; 1 of them idle in transaction")


def test_slow_statements_are_counted_by_their_average() -> None:
    def slow(mean: float) -> Slow:
        return Slow(query="SELECT 1", calls=3, mean_seconds=mean, total_seconds=mean * 3)

    assert found("Slow queries", slow=(slow(1.0),)).grade is Grade.OK
    one = found("Slow queries", slow=(slow(4.2), slow(1.1), slow(0.2)))
    assert one.grade is Grade.MIND
    assert one.said == "2 take more than 1.00 s on average, the slowest 4.20 s"


def test_a_replica_far_behind_is_bad_and_one_that_says_nothing_is_shown() -> None:
    near = Replica(name="replica-1", state="streaming", lag_seconds=0.2, lag_bytes=100)
    still = Replica(name="replica-2", state="streaming", lag_seconds=None, lag_bytes=0)
    one = found("Replication", replicas=(near, still))
    assert (one.grade, one.said) == (Grade.OK, "replica-1 200 ms behind, replica-2 streaming")
    far = found("Replication", replicas=(replace(near, lag_seconds=120.0),))
    assert (far.grade, far.help_) == (
        Grade.BAD,
        "More than 1 min behind: what is read there is old.",
    )
    here = found("Replication", replicas=(near,), server=replace(WELL.server, standby=True))
    assert here.said.startswith("this is a replica: ")


@pytest.mark.parametrize(
    ("part", "subject"),
    [
        ("sessions", "Connections"),
        ("blocked", "Locks"),
        ("transactions", "Transactions"),
        ("slow", "Slow queries"),
        ("replicas", "Replication"),
        ("size", "Size"),
        ("tables", "Tables"),
    ],
)
def test_what_could_not_be_read_is_said_and_not_taken_for_well(part: str, subject: str) -> None:
    one = found(subject, **{part: AWAY})
    assert (one.grade, one.said) == (Grade.MIND, "could not be read (permission denied)")


def test_without_pg_monitor_the_others_are_hidden_which_is_said_first() -> None:
    blind = replace(WELL.server, monitor=False)
    first = judged(replace(WELL, server=blind), DATABASE)[0]
    assert first.subject == "Privilege"
    assert first.help_ == "GRANT pg_monitor TO filmops_reader;"


def test_the_worst_comes_first() -> None:
    vitals = replace(WELL, blocked=(blocked(90),), slow=AWAY)
    grades = [each.grade for each in judged(vitals, DATABASE)]
    assert grades == [Grade.BAD, Grade.MIND, Grade.OK, Grade.OK, Grade.OK]
