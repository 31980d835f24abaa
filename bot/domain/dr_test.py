"""A DR test: what its instance is called and carries, when one is due, and what may be swept.

A drill tries the ladder; a DR test tries a backup. Pure. Before: `handlers.backup.dr_test` and the
scheduler. After: an instance that nobody but us made, and that is gone again whatever happens.
(Runbook, *Test Restore Procedure*.)
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.domain.instance import DR_TEST_TAG, Instance
from bot.topology import Integrity

RUN_TAG, EXPIRES_TAG = "filmops-run", "filmops-expires"
_RUN = re.compile(r"R([1-9][0-9]{0,17})")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One integrity query and what it gave in the restored database."""

    name: str
    expect: str
    found: str
    ok: bool


def instance_name(database: str, run: int) -> str:
    """The test instance's identifier: a run's own, so that nobody else's can be meant."""
    return f"{database}-dr-test-r{run}"


def tags_of(run: int, *, expires: datetime) -> dict[str, str]:
    """What the test instance carries from its birth: whose it is, and until when at most."""
    return {
        DR_TEST_TAG[0]: DR_TEST_TAG[1],
        RUN_TAG: f"R{run}",
        EXPIRES_TAG: f"{expires.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }


def is_ours(instance: Instance, run: int) -> bool:
    """Whether that run made it."""
    return DR_TEST_TAG in instance.tags.items() and instance.tags.get(RUN_TAG) == f"R{run}"


def meets(integrity: Integrity, found: str | None) -> bool:
    """Whether a value is what the topology expects; NULL never is."""
    if found is None:
        return False
    compared = integrity.comparison
    if compared is None:
        return found == integrity.expect
    sign, limit = compared
    try:
        return _COMPARE[sign](Decimal(found), limit)
    except InvalidOperation:
        return False


def left_alone(
    instance: Instance, *, databases: Collection[str], open_runs: Collection[int], now: datetime
) -> str:
    """Why the sweep leaves an instance alone; empty when it is a test's that nobody needs.

    The tag alone is not believed: whoever can set tags could point it at anything.
    """
    run = _RUN.fullmatch(instance.tags.get(RUN_TAG, ""))
    number = int(run[1]) if run is not None else 0
    expires = _instant(instance.tags.get(EXPIRES_TAG, ""))
    for holds, why in (
        (DR_TEST_TAG not in instance.tags.items(), "it does not carry our tag"),
        (run is None, f"its {RUN_TAG} names no run"),
        (
            instance.id not in {instance_name(key, number) for key in databases},
            f"its name is not one that R{number} gives",
        ),
        (instance.id in databases, "it is a database of filmops.toml"),
        (bool(instance.replicas) or instance.source is not None, "it has a replica, or is one"),
        (expires is None, f"its {EXPIRES_TAG} is no time"),
        (expires is not None and expires > now, f"it may stay until {expires}"),
        (number in open_runs, f"R{number} is not over"),
    ):
        if holds:
            return why
    return ""


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def due_on(passed_at: datetime | None, *, days: int, now: datetime) -> date | None:
    """The day on which the test that is due now became due, or was called for again: so many days
    after one that passed, and on the first day of each quarter in which it is still due; None when
    it is not. Without one that ever passed it is due since the quarter began.
    """
    quarter = date(now.year, 3 * ((now.month - 1) // 3) + 1, 1)
    if passed_at is None:
        return quarter
    due = passed_at + timedelta(days=days)
    return max(due.date(), quarter) if due <= now else None
