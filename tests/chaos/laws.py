"""What must hold of incidents and pages at any moment of any night.

Read from the tables of the twin and from PagerDuty's ledger, never from what the engine thinks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import timedelta

from bot.domain.incident import Incident, IncidentState, Page, PageState, Why, Wish
from bot.domain.pager import PagerStatus
from tests.chaos.night import Night

LONG_ENOUGH = timedelta(seconds=75)
"""The longest back-off, a dead scheduler's lease, and the longest wait for what it told."""

LATEST = timedelta(seconds=5)
"""A page to be sent may be so late, after that."""

SAID = {
    "page_confirmed": PageState.CONFIRMED,
    "page_unconfirmed": PageState.UNCONFIRMED,
    "page_refused": PageState.REFUSED,
    "page_skipped": PageState.SKIPPED,
}
"""Lines of the timeline that name a page's last state."""


class Claims:
    """No call begins for a page that is not needed any more, unless it was claimed before."""

    def __init__(self, night: Night) -> None:
        self._night = night
        self._claimed: dict[str, int] = {}
        self.broken: list[str] = []
        """Said at the next look: the engine would take a failure here for a bug of its own."""

    def note(self) -> None:
        """Somebody did something: what is being sent at this moment may still arrive."""
        for key, row in self._night.tables.pages.items():
            if row.page.state is PageState.SENDING and not row.needed:
                self._claimed.setdefault(key, row.page.attempts)

    def seen(self, here: str) -> None:
        """A scheduler is at this call."""
        for key, row in self._night.tables.pages.items():
            if row.needed or row.page.state is not PageState.SENDING:
                continue
            attempts = self._claimed.setdefault(key, row.page.attempts)
            if row.page.attempts != attempts:
                self.broken.append(f"{key} was claimed after it was answered ({here})")


def hold(night: Night) -> None:
    """All that must hold at any moment."""
    twice = night.exchange.twice()
    assert not twice, f"rang twice: {twice}"
    for incident in night.tables.incidents.values():
        pages = [row for row in night.tables.pages.values() if row.page.incident == incident.id]
        _deadlines(night, incident)
        if incident.state is not IncidentState.OPEN:
            for row in pages:
                assert row.page.state not in (PageState.ARMED, PageState.WAITING), row
                assert not (row.needed and row.page.state is PageState.SENDING), row
        _timeline(night, incident, [row.page for row in pages])


def _deadlines(night: Night, one: Incident) -> None:
    """Each incident waits for something, or is over."""
    if one.state is IncidentState.RESOLVED:
        assert one.resume_at is None, one
    elif one.state is IncidentState.ACKNOWLEDGED and one.parent is None:
        assert one.resume_at is not None, one
        assert one.resume_why in (Why.PROMISE, Why.SILENCE), one
    elif one.parent is not None:
        assert night.tables.incidents[one.parent].state is not IncidentState.RESOLVED, one
    elif one.unowned_at is None and one.id not in night.tables.silent:
        assert one.resume_at is not None, f"stranded: {one}"


def _timeline(night: Night, incident: Incident, pages: list[Page]) -> None:
    """It says of the pages what they are."""
    lines = Counter(line.kind for of, line in night.tables.happenings if of == incident.id)
    for kind, state in SAID.items():
        assert lines[kind] == sum(page.state is state for page in pages), (kind, lines, pages)
    sent = sum(page.sent_at is not None for page in pages)
    assert lines["page_sent"] == sent, (lines, pages)


async def caught_up(night: Night, taken: Collection[str]) -> None:
    """PagerDuty was well, and a scheduler awake, for long enough. Acknowledgements in `taken` were
    taken back on a phone: these ring until somebody answers or resolves them.
    """
    now = night.clock.now()
    assert not await night.world.store.pages.stranded()
    overdue = await night.world.store.pages.overdue(now - LATEST)
    assert not overdue, overdue
    for row in night.tables.pages.values():
        page = row.page
        incident = night.tables.incidents[page.incident]
        there = await night.exchange.stands(page.key)
        if incident.wish[0] is Wish.NONE:
            continue
        if page.key in taken and incident.state is not IncidentState.RESOLVED:
            continue
        assert there is not PagerStatus.TRIGGERED, f"{page} still rings, {incident}"
