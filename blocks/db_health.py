"""The answer to `/filmops db health`: what is wrong first, then what was seen.

Before: `bot.domain.db_health` has judged. After: the Slack adapter, to the one who asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from blocks.elements import Block, bullets, code, context, header, section
from blocks.text import count, cut, duration, inline, moment, seconds, typed
from bot.domain.db_health import Finding, Grade
from bot.domain.live import Missing
from bot.domain.message import Message
from bot.domain.vitals import Blocked, Slow, Transaction, Vitals
from bot.topology import Database

T = TypeVar("T")

_ICONS = {Grade.OK: "✅", Grade.MIND: "⚠️", Grade.BAD: "🔴"}
_SHOWN = 5
"""Lines of one kind: who wants all of them looks there."""

_GRANTS = """CREATE ROLE filmops_reader LOGIN PASSWORD '…';
ALTER ROLE filmops_reader SET default_transaction_read_only = on;
GRANT pg_monitor TO filmops_reader;
GRANT pg_read_all_data TO filmops_reader;  -- only for db query
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;"""

_THEN = (
    "Then set `PRODUCT_DATABASE_URL` for `web` and `worker` to "
    "`postgresql://filmops_reader:…@HOST/NAME?sslmode=verify-full` and start them anew; "
    "`filmops check` says whether it is right."
)


def not_set_up(database: Database) -> Message:
    """Nobody said where it is: what to do about it, whole."""
    said = f"FilmOps does not know where {inline(database.key, 80)} is read."
    return Message(
        text=f"{said} Give it a role that only reads, and set PRODUCT_DATABASE_URL.",
        blocks=(
            section(f":grey_question: *{said}* Nothing was done."),
            section("On the database, as its owner, once:"),
            code(_GRANTS),
            section(_THEN),
        ),
    )


def health(
    database: Database, vitals: Vitals, findings: Sequence[Finding], now: datetime
) -> Message:
    """What is wrong first, then what was seen."""
    wrong = [each for each in findings if each.grade is not Grade.OK]
    things = count(len(wrong), "thing needs", "things need")
    verdict = f"{database.key}: {f'{things} attention' if wrong else 'well'}"
    worst = findings[0].grade if findings else Grade.OK
    server = vitals.server
    up = duration(now - server.started_at)
    about = f"PostgreSQL {inline(server.version, 60)}, up {up}, read as {inline(server.role, 60)}"
    said = " ".join(f"{each.subject}: {each.said}." for each in wrong)
    return Message(
        text=cut(f"{inline(verdict, 200)}. {inline(said, 2000) if wrong else about}", 3000),
        blocks=(
            header(f"{_ICONS[worst]} {verdict}"),
            bullets("", map(_finding, findings), mark=""),
            *_details(vitals),
            context(f"{about}. Read {moment(now)}."),
        ),
    )


def _finding(finding: Finding) -> str:
    help_ = f" _{inline(finding.help_, 200)}_" if finding.help_ else ""
    return f"{_ICONS[finding.grade]} *{finding.subject}* {inline(finding.said, 350)}{help_}"


def _details(vitals: Vitals) -> list[Block]:
    return [
        *_listed("Waiting for locks", vitals.blocked, _blocked),
        *_listed("Oldest transactions", vitals.transactions, _transaction),
        *_listed("Slowest statements", vitals.slow, _slow),
        *_sizes(vitals),
    ]


def _listed(title: str, part: tuple[T, ...] | Missing, line: Callable[[T], str]) -> list[Block]:
    """The first few; what is Missing stands among the findings."""
    if isinstance(part, Missing) or not part:
        return []
    return [bullets(f"*{title}*", map(line, part[:_SHOWN]))]


def _blocked(one: Blocked) -> str:
    holder = f"{one.by_pid} ({inline(one.by_who, 40)}, {inline(one.by_state, 40)})"
    return (
        f"{one.pid} ({inline(one.who, 40)}) waits {seconds(one.seconds)} for {holder}: "
        f"{typed(one.query, 150)} behind {typed(one.by_query, 150)}"
    )


def _transaction(one: Transaction) -> str:
    who = f"{one.pid} ({inline(one.who, 40)}, {inline(one.state, 40)})"
    return f"{duration(timedelta(seconds=one.seconds))}, {who}: {typed(one.query, 250)}"


def _slow(one: Slow) -> str:
    return f"{seconds(one.mean_seconds)} on average, {one.calls:,} times: {typed(one.query, 250)}"


def _sizes(vitals: Vitals) -> list[Block]:
    if isinstance(vitals.size, Missing):
        return []
    title = f"*Size* {size(vitals.size)}"
    if isinstance(vitals.tables, Missing) or not vitals.tables:
        return [section(title)]
    lines = [
        f"{typed(each.name, 80)} {size(each.bytes)}"
        + ("" if each.rows is None else f", about {each.rows:,} rows")
        + (f", {each.dead:,} dead" if each.dead else "")
        for each in vitals.tables
    ]
    return [bullets(f"{title}, the largest tables", lines)]


def size(number: int) -> str:
    """Bytes as PostgreSQL's people say them: `8 kB`, `1.2 GB`; 1024 to the next."""
    value, units = float(number), ["bytes", "kB", "MB", "GB", "TB"]
    while value >= 1024 and len(units) > 1:
        value, units = value / 1024, units[1:]
    whole = value >= 10 or value == round(value)
    return f"{value:.0f} {units[0]}" if whole else f"{value:.1f} {units[0]}"
