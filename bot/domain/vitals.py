"""How a product's PostgreSQL does, as read (runbook, *Daily Database Maintenance*).

The Sql port fills these; `bot.domain.db_health` judges them. Statements come without their values:
see `bot.domain.statement`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.live import Missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What a query gave, as text (None: NULL); `more` when there were more than were asked for."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Who answers. `role` is ours there; without `monitor` (pg_monitor) it is not shown what others
    do. `most` is `max_connections`.
    """

    version: str
    role: str
    monitor: bool
    standby: bool
    started_at: datetime
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """Client connections of the whole server in one state."""

    state: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its indexes and what lies beside it. `rows` is an estimate, None before one."""

    name: str
    bytes: int
    rows: int | None
    dead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """A statement as pg_stat_statements has it since its last reset."""

    query: str
    calls: int
    mean_seconds: float
    total_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A session that waits for a lock, and one that has it (there may be several)."""

    pid: int
    who: str
    seconds: float
    query: str
    by_pid: int
    by_who: str
    by_state: str
    by_query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """An open transaction; `query` is its latest statement."""

    pid: int
    who: str
    state: str
    seconds: float
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One that copies this server, or this server as a copy. None where nobody can tell."""

    name: str
    state: str
    lag_seconds: float | None
    lag_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """One look; each part was read or is Missing with the reason."""

    server: Server
    sessions: tuple[Sessions, ...] | Missing
    size: int | Missing
    tables: tuple[Table, ...] | Missing
    slow: tuple[Slow, ...] | Missing
    blocked: tuple[Blocked, ...] | Missing
    transactions: tuple[Transaction, ...] | Missing
    replicas: tuple[Replica, ...] | Missing
