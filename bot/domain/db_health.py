"""Whether a database is well: the judgement of one look (runbook, *Check Database Performance*).

Pure. Before: the Sql port's `Vitals`, and the thresholds of `[databases.ID]`. After: the answer to
`/filmops db health`. What could not be read is said, never taken for well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.domain.amount import in_percent, in_seconds
from bot.domain.duration import in_words
from bot.domain.live import Missing
from bot.domain.vitals import Blocked, Replica, Sessions, Slow, Transaction, Vitals
from bot.topology import Database

NEARLY_FULL = 0.95
"""Of `max_connections`: beyond it the next ones are refused within minutes."""

WAITING_SECONDS = 30.0
"""Whoever waits for a lock so long is not merely passing by somebody."""

IDLE = "idle in transaction"
"""A session that holds what it has locked and does nothing, as PostgreSQL names it."""


class Grade(StrEnum):
    """How much a finding asks of whoever reads it."""

    OK = "ok"
    MIND = "mind"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the diagnosis; `help_` is what to do about it."""

    subject: str
    grade: Grade
    said: str
    help_: str = ""


def judged(vitals: Vitals, database: Database) -> tuple[Finding, ...]:
    """The findings, the worst first."""
    order = {Grade.BAD: 0, Grade.MIND: 1, Grade.OK: 2}
    return tuple(sorted(_findings(vitals, database), key=lambda one: order[one.grade]))


def _findings(vitals: Vitals, database: Database) -> Iterator[Finding]:
    if not vitals.server.monitor:
        yield Finding(
            subject="Privilege",
            grade=Grade.MIND,
            said=f"{vitals.server.role} lacks pg_monitor: what others do is not shown to it, and "
            "what stands here is not all there is",
            help_=f"GRANT pg_monitor TO {vitals.server.role};",
        )
    yield _connections(vitals, database)
    yield _locks(vitals.blocked)
    yield _transactions(vitals.transactions, database)
    yield _slow(vitals.slow, database)
    yield _replicas(vitals.replicas, vitals.server.standby, database)
    for subject, part in (("Size", vitals.size), ("Tables", vitals.tables)):
        if isinstance(part, Missing):
            yield _unread(subject, part)


def _unread(subject: str, part: Missing) -> Finding:
    return Finding(subject=subject, grade=Grade.MIND, said=f"could not be read ({part.reason})")


def _connections(vitals: Vitals, database: Database) -> Finding:
    if isinstance(vitals.sessions, Missing):
        return _unread("Connections", vitals.sessions)
    used, most = sum(each.count for each in vitals.sessions), vitals.server.most
    share = used / most
    said = f"{used} of {most} ({in_percent(share)}): {_states(vitals.sessions)}"
    if share > NEARLY_FULL:
        grade, help_ = Grade.BAD, "The next ones are refused: who holds them?"
    elif share > database.connections_share:
        grade, help_ = Grade.MIND, f"More than {in_percent(database.connections_share)}."
    else:
        grade, help_ = Grade.OK, ""
    return Finding(subject="Connections", grade=grade, said=said, help_=help_)


def _states(sessions: tuple[Sessions, ...]) -> str:
    return ", ".join(f"{each.count} {each.state}" for each in sessions) or "none"


def _locks(blocked: tuple[Blocked, ...] | Missing) -> Finding:
    if isinstance(blocked, Missing):
        return _unread("Locks", blocked)
    if not blocked:
        return Finding(subject="Locks", grade=Grade.OK, said="nobody waits for one")
    waiting, longest = {each.pid for each in blocked}, blocked[0]
    holders = {each.by_pid for each in blocked} - waiting
    said = (
        f"{len(waiting)} waiting, the longest {_long(longest.seconds)}; held by "
        f"{', '.join(map(str, sorted(holders))) or 'each other'}"
    )
    grade = Grade.BAD if longest.seconds > WAITING_SECONDS else Grade.MIND
    return Finding(
        subject="Locks",
        grade=grade,
        said=said,
        help_="Ask whose it is; as a last resort: SELECT pg_terminate_backend(PID);",
    )


def _transactions(found: tuple[Transaction, ...] | Missing, database: Database) -> Finding:
    if isinstance(found, Missing):
        return _unread("Transactions", found)
    limit = timedelta(minutes=database.long_transaction_minutes)
    long = [each for each in found if each.seconds > limit.total_seconds()]
    if not long:
        said = f"none is open for more than {in_words(limit)}"
        return Finding(subject="Transactions", grade=Grade.OK, said=said)
    idle = [each for each in long if each.state.startswith(IDLE)]
    oldest = in_words(timedelta(seconds=long[0].seconds))
    said = f"{len(long)} open for more than {in_words(limit)}, the oldest for {oldest}"
    if not idle:
        return Finding(subject="Transactions", grade=Grade.MIND, said=said)
    return Finding(
        subject="Transactions",
        grade=Grade.BAD,
        said=f"{said}; {len(idle)} of them {IDLE}",
        help_="They hold their locks, and vacuum cannot clean up: find whose code forgot them.",
    )


def _slow(found: tuple[Slow, ...] | Missing, database: Database) -> Finding:
    if isinstance(found, Missing):
        return _unread("Slow queries", found)
    slow = [each for each in found if each.mean_seconds > database.slow_query_seconds]
    limit = in_seconds(database.slow_query_seconds)
    if not slow:
        said = f"none takes more than {limit} on average"
        return Finding(subject="Slow queries", grade=Grade.OK, said=said)
    return Finding(
        subject="Slow queries",
        grade=Grade.MIND,
        said=f"{len(slow)} take more than {limit} on average, the slowest "
        f"{in_seconds(slow[0].mean_seconds)}",
        help_="EXPLAIN (ANALYZE, BUFFERS) shows where the time goes.",
    )


def _replicas(found: tuple[Replica, ...] | Missing, standby: bool, database: Database) -> Finding:
    if isinstance(found, Missing):
        return _unread("Replication", found)
    if not found:
        return Finding(subject="Replication", grade=Grade.OK, said="nothing copies this server")
    limit = database.replication_lag_seconds
    behind = [each for each in found if (each.lag_seconds or 0) > limit]
    lags = ", ".join(_lag(each) for each in found)
    said = f"{'this is a replica: ' if standby else ''}{lags}"
    return Finding(
        subject="Replication",
        grade=Grade.BAD if behind else Grade.OK,
        said=said,
        help_=f"More than {_long(limit)} behind: what is read there is old." if behind else "",
    )


def _lag(replica: Replica) -> str:
    if replica.lag_seconds is None:
        return f"{replica.name} {replica.state}"
    return f"{replica.name} {_long(replica.lag_seconds)} behind"


def _long(seconds: float) -> str:
    """A response time, or a length of minutes and hours."""
    return in_seconds(seconds) if seconds < 60 else in_words(timedelta(seconds=seconds))
