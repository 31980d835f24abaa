"""What the twins of incidents and pages share: climbs, lines of the timeline, and the triggers."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.adapters.memory.tables import NoteRow, PageRow, Tables
from bot.adapters.stored import clean
from bot.domain.climb import Climb
from bot.domain.incident import Escalation, Happening, Incident, Page, PageState, Why, Wish
from bot.domain.message import Message
from bot.domain.timeline import page_happening
from bot.ports import ThreadNote

THERE = (PageState.SENT, PageState.CONFIRMED, PageState.UNCONFIRMED)
"""PagerDuty has taken it."""

RINGS = (PageState.ARMED, PageState.SENDING, PageState.WAITING, PageState.SENT, PageState.CONFIRMED)
"""It has reached somebody, or may yet."""


def keep_incident(tables: Tables, incident: Incident) -> Incident:
    """Store a changed incident, its card wanted."""
    if tables.incidents[incident.id] != incident:
        tables.incidents[incident.id] = incident
        tables.want(incident.name)
    return incident


def keep_page(tables: Tables, row: PageRow, **changes: Any) -> Page:
    """Store a changed page; its card is wanted when people would see a difference."""
    before, row.page = row.page, replace(row.page, **changes)
    if before.attempts == row.page.attempts and _seen(before) != _seen(row.page):
        tables.want(f"I{row.page.incident}")
    return row.page


def _seen(page: Page) -> tuple[object, ...]:
    return (page.state, page.due_at, page.reached, page.said)


def tell(tables: Tables, incident: int, happening: Happening, *, thread: bool = True) -> None:
    """A line in the timeline, and in the card's thread."""
    line = replace(happening, actor=clean(happening.actor), text=clean(happening.text))
    tables.happenings.append((incident, line))
    if thread:
        key, subject = f"I{incident}:{len(tables.happenings)}", f"I{incident}"
        note = ThreadNote(key=key, subject=subject, message=Message(text=line.text))
        tables.notes[key] = NoteRow(note=note)


def say(tables: Tables, page: Page, now: datetime) -> None:
    """The line for the state it has come to, if there is one."""
    happening = page_happening(page, now)
    if happening is not None:
        tell(tables, page.incident, happening)


def begin(tables: Tables, incident: int, climb: Climb, why: Why, now: datetime) -> None:
    """Another escalation, with a page for each level that is due."""
    name = str(uuid.uuid4())
    number = 1 + sum(one.incident == incident for one in tables.escalations.values())
    tables.escalations[name] = Escalation(
        id=name, incident=incident, number=number, why=why, began_at=now
    )
    tables.want(f"I{incident}")
    for due in climb.dues:
        page = Page(
            key=f"esc:{name}:L{due.level}",
            escalation=name,
            incident=incident,
            level=due.level,
            due_at=due.at,
            next_at=due.at,
            state=PageState.ARMED,
        )
        tables.pages[page.key] = PageRow(page=page)


def end(tables: Tables, ids: Collection[int], why: str, now: datetime) -> None:
    """The present climbs of these are over: nothing more is paged, what was paged rings on."""
    for one in tuple(tables.escalations.values()):
        if one.incident in ids and one.ended_at is None:
            tables.escalations[one.id] = replace(one, ended_at=now, ended_why=why)
    for row in of_incidents(tables, ids):
        row.needed = row.needed and not (
            row.page.state.to_send or row.page.state is PageState.SUPERSEDED
        )
        if row.page.state in (PageState.ARMED, PageState.WAITING):
            state = PageState.GONE if row.page.unsure else PageState.CANCELLED
            keep_page(tables, row, state=state, next_at=None)


def quiet(
    tables: Tables, ids: Collection[int], *, wish: Wish, by: str, why: str, now: datetime
) -> None:
    """The climbs are over, and PagerDuty is to be told of what was paged."""
    end(tables, ids, why, now)
    for row in of_incidents(tables, ids):
        page = row.page
        if page.unsure or page.state in (*THERE, PageState.SENDING, PageState.GONE):
            at = None if page.state is PageState.SENDING else now
            keep_page(tables, row, wish=wish, wish_by=by, look_at=None, tellings=0, tell_at=at)


def unwish(tables: Tables, incident: int, *, ringing: str) -> None:
    """Open again: what was not told yet is not true any more."""
    for row in of_incidents(tables, (incident,)):
        gone = row.page.state is PageState.SENDING or row.page.key == ringing
        keep_page(tables, row, tell_at=None, wish=Wish.NONE if gone else row.page.wish)


def pass_on(tables: Tables, page: Page, now: datetime) -> None:
    """It reached nobody: the next level's turn, or that of the one it had superseded."""
    climb = [row for row in tables.pages.values() if row.page.escalation == page.escalation]
    climb.sort(key=lambda row: row.page.level)
    above = [row for row in climb if row.page.level > page.level]
    if above and above[0].page.state is PageState.ARMED:
        due_at = min(above[0].page.due_at, now)
        keep_page(tables, above[0], next_at=now, due_at=due_at)
    below = [
        row
        for row in climb
        if row.page.level < page.level and row.page.state is PageState.SUPERSEDED
    ]
    if below and below[-1].needed and not any(row.page.state in RINGS for row in above):
        keep_page(tables, below[-1], state=PageState.ARMED, next_at=now)
    say(tables, page, now)


def of_incidents(tables: Tables, ids: Collection[int]) -> Iterator[PageRow]:
    """Their pages of all climbs."""
    return (row for row in tables.pages.values() if row.page.incident in ids)
