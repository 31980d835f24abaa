"""Reminding of the DR test: of each database whose restore was not tested for too long, or never.

Before: a scheduler, each minute. After: a card in the channel for the day on which it became due,
once, however many schedulers there are; it is drawn here. (Runbook, *Quarterly DR Test*.) A backup
that is itself too old is an incident: `bot.engine.backups`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.dr_report import DrOutcome
from bot.domain.dr_test import due_on
from bot.domain.message import Message
from bot.domain.run import ChangeLogEntry
from bot.engine.world import World
from bot.topology import Database

LETTER = "T"
"""Cards of reminders: T20261001."""

OPERATION = "backup dr-test"
_LATEST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    """What the change log knows of one database's tests."""

    database: Database
    passed: ChangeLogEntry | None
    last: ChangeLogEntry | None


async def remind_of_dr_tests(world: World) -> int:
    """Open the card of each day on which a test became due; how many are new."""
    now, days = world.clock.now(), world.topology.backup.dr_days
    due = {_due(tested, days, now) for tested in await _all(world)} - {None}
    channel = world.topology.studio.channel.removeprefix("#")
    opened = [await world.store.cards.open(f"{LETTER}{day:%Y%m%d}", channel) for day in due if day]
    return sum(opened)


async def dr_reminder(world: World, number: int) -> Message:
    """What a reminder's card says now."""
    now, days = world.clock.now(), world.topology.backup.dr_days
    tested = await _all(world)
    lines = [_line(each) for each in tested if _due(each, days, now) is not None]
    if not lines:
        return world.voice.line("The DR test that was due has been carried out.")
    day = datetime.strptime(str(number), "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    when = f"due since {day:%Y-%m-%d}" if day <= now.date() else "due"
    return world.voice.line(
        f"The quarterly DR test is {when}. {' '.join(lines)} It costs an instance for an hour or "
        "so and does not touch production: /filmops backup dr-test"
    )


def _due(tested: _Tested, days: int, now: datetime) -> date | None:
    passed_at = tested.passed.at if tested.passed is not None else None
    return due_on(passed_at, days=days, now=now)


def _line(tested: _Tested) -> str:
    title = tested.database.title or tested.database.key
    if tested.passed is not None:
        said = f"{title}: last passed on {tested.passed.at:%Y-%m-%d} (R{tested.passed.run})"
    else:
        said = f"{title}: a restore was NEVER tested successfully"
    last = tested.last
    if last is not None and last != tested.passed:
        outcome = last.detail.get("outcome", "not known")
        said += f", the last try on {last.at:%Y-%m-%d} (R{last.run}): {outcome}"
    return f"{said}."


async def _all(world: World) -> list[_Tested]:
    return [await _tested(world, each) for each in world.topology.databases.values()]


async def _tested(world: World, database: Database) -> _Tested:
    changes = await world.store.runs.changes(resource=f"dr-test/{database.key}", limit=_LATEST)
    tests = [change for change in changes if change.operation == OPERATION]
    passed = (t for t in tests if t.detail.get("outcome") == DrOutcome.PASSED)
    return _Tested(database=database, passed=next(passed, None), last=next(iter(tests), None))
