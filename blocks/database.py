"""The answers of `/filmops db query` and `db backups`: rows, snapshots.

Before: the handlers, which have read. After: the Slack adapter, to the one who asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from blocks.elements import bullets, code, context, header, section
from blocks.status_service import unread
from blocks.table import table
from blocks.text import count, duration, inline, moment, typed
from bot.domain.live import DatabaseState, Missing, Snapshot
from bot.domain.message import Message
from bot.domain.vitals import Rows
from bot.topology import Database, Query


def questions(database: Database) -> Message:
    """What may be asked by name."""
    if not database.queries:
        said = f"{inline(database.key, 80)} has no named queries."
        how = "A maintainer adds `[databases.ID.queries.NAME]` to filmops.toml."
        return Message(text=said, blocks=(section(said), context(how)))
    lines = [
        f"{typed(f'/filmops db query {name}', 120)} {inline(query.title, 200)}"
        for name, query in database.queries.items()
    ]
    return Message(
        text=f"Queries of {inline(database.key, 80)}: {', '.join(database.queries)}.",
        blocks=(bullets(f"*Queries of {inline(database.key, 80)}*", lines),),
    )


def answered(database: Database, query: Query, rows: Rows, now: datetime) -> Message:
    """The rows as a table, as many as a message holds."""
    body, shown = table(rows.columns, rows.rows)
    left = rows.more or shown < len(rows.rows)
    found = count(len(rows.rows), "row") if not left else f"the first {shown} rows"
    return Message(
        text=f"{inline(query.title, 200)}: {found}.",
        blocks=(
            header(query.title),
            code(body) if rows.rows else section("No rows."),
            context(f"{found} of {inline(database.key, 80)}, read {moment(now)}."),
        ),
    )


def backups(
    database: Database,
    state: DatabaseState | Missing,
    snapshots: tuple[Snapshot, ...] | Missing,
    now: datetime,
    *,
    limit: timedelta,
) -> Message:
    """Whether the newest backup is younger than `limit`, and what could be restored."""
    verdict, well = _youth(state, snapshots, now, limit)
    name = inline(database.key, 80)
    if isinstance(snapshots, Missing):
        listed = section(f"*Snapshots:* {unread(snapshots)}")
    elif not snapshots:
        listed = section("*Snapshots:* none that could be restored")
    else:
        lines = [
            f"{typed(each.id, 120)} {inline(each.kind, 40)}, {moment(each.created_at)}"
            for each in snapshots
        ]
        listed = bullets("*Snapshots, newest first*", lines)
    return Message(
        text=f"Backups of {name}: {inline(verdict, 500)}.",
        blocks=(
            header(f"{'✅' if well else '⚠️'} Backups of {database.key}"),
            section(f"{inline(verdict, 500)}."),
            listed,
            *(section(f"*Restorable to:* {unread(each)}") for each in _unknown(state)),
            context(
                f"To a *new* instance: `/filmops db restore SNAPSHOT as {name}-restored` · "
                f"one more now: `/filmops db backup {name}`"
            ),
        ),
    )


def _unknown(state: DatabaseState | Missing) -> Iterator[Missing]:
    """What RDS itself would have said, when it could not be read."""
    said = state if isinstance(state, Missing) else state.latest_backup_at
    if isinstance(said, Missing):
        yield said


def _youth(
    state: DatabaseState | Missing,
    snapshots: tuple[Snapshot, ...] | Missing,
    now: datetime,
    limit: timedelta,
) -> tuple[str, bool]:
    """Restorable to when, and whether that is young enough; not known is not well."""
    known = [] if isinstance(snapshots, Missing) else [each.created_at for each in snapshots]
    if isinstance(state, DatabaseState) and isinstance(state.latest_backup_at, datetime):
        known.append(state.latest_backup_at)
    if not known:
        lost = isinstance(snapshots, Missing) or any(_unknown(state))
        return ("the newest backup is not known" if lost else "there is no backup"), False
    age = now - max(known)
    said = f"the newest backup is {duration(max(age, timedelta()))} old"
    if age <= limit:
        return said, True
    return f"{said}, older than {duration(limit)}", False
