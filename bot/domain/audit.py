"""The audit log's rows and their chain: each row's hash covers the one before.

Append-only by the database, tamper-evident by this: a changed, removed or reordered row
breaks the chain at a row that `broken` names. The head (last number and hash) is kept apart,
so that rows cut off at the end are missed too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64
"""What the first row's `previous` is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What to write: who did what to what. Secrets never belong in `detail`."""

    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A written entry: its number from 1 on without gaps, when, and its place in the chain."""

    number: int
    at: datetime
    entry: Entry
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last row's number and hash; (0, GENESIS) for an empty log."""

    number: int
    hash: str


def chain(number: int, at: datetime, entry: Entry, previous: str) -> str:
    """The hash of a row: over its number, UTC time to the microsecond, entry and predecessor."""
    value = [
        number,
        at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor,
        entry.action,
        entry.subject,
        dict(entry.detail),
        previous,
    ]
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def broken(rows: Iterable[Row], head: Head) -> str | None:
    """The first thing wrong with the whole log, as a sentence; None when it holds."""
    number, previous = 0, GENESIS
    for row in rows:
        if row.number != number + 1:
            return f"row {number + 1} is missing: row {row.number} follows row {number}"
        if row.previous != previous:
            return (
                f"row {row.number} does not follow row {number}: the order or row {number} changed"
            )
        if row.hash != chain(row.number, row.at, row.entry, row.previous):
            return f"row {row.number} was changed after it was written"
        number, previous = row.number, row.hash
    if (number, previous) != (head.number, head.hash):
        return f"the log ends at row {number} and its head says {head.number}: rows were cut off"
    return None
