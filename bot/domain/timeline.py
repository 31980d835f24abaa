"""What an incident's timeline says of its pages: the same words from every store.

People's own deeds come from the engine with their words; these are PagerDuty's and the ladder's.
"""

from __future__ import annotations

import re
from datetime import datetime

from bot.domain.incident import Happening, Incident, Page, PageState
from bot.domain.listing import both

FILMOPS = "filmops"
"""The actor when nobody did it."""

_NEXT = "The next level, if there is one, is paged now."
_CALL = re.compile(r"<@([UW][A-Z0-9]{2,20})(?:\|([^<>]*))?>")


def quoted(text: str) -> str:
    """What people and machines said, for a line of ours: it names people and calls nobody.

    In a line's text `<@` is the engine's alone, so whoever shows it may mention whom it names.
    """
    named = _CALL.sub(lambda call: f"@{call[2] or call[1]}", text)
    return named.replace("<@", "\u2039@")


def opened(incident: Incident, now: datetime) -> Happening:
    """The first line."""
    text = f"Opened as {incident.severity}: {quoted(incident.title)}"
    return Happening(at=now, kind="opened", actor=incident.opened_by, text=text)


def sent(page: Page, now: datetime) -> Happening:
    """The line of a page that PagerDuty has taken."""
    text = f"Level {page.level} is being paged: PagerDuty has taken the page."
    return Happening(at=now, kind=f"page_{PageState.SENT}", actor=FILMOPS, text=text)


def page_happening(page: Page, now: datetime) -> Happening | None:
    """The line for the state a page has come to; None for states nobody need read of."""
    if page.state is PageState.SENT:
        return sent(page, now)
    text = _text(page)
    if text is None:
        return None
    return Happening(at=now, kind=f"page_{page.state}", actor=FILMOPS, text=text)


def _text(page: Page) -> str | None:
    level, said = f"Level {page.level}", quoted(page.said)
    if page.state is PageState.WAITING:
        # Once: a PagerDuty that is away for an hour would fill the thread.
        again = f"{level} could not be paged yet ({said}); it is tried again until it is."
        return again if page.failures == 1 else None
    return {
        PageState.CONFIRMED: f"{level}'s page reached {quoted(both(page.reached))}.",
        PageState.UNCONFIRMED: f"{level}'s page is UNCONFIRMED: {said}. {_NEXT}",
        PageState.SUPERSEDED: f"{level} is not paged any more: a higher level is due as well.",
        PageState.SKIPPED: f"{level} is SKIPPED: {said}. {_NEXT}",
        PageState.REFUSED: f"{level} CANNOT BE PAGED, by a mistake in the set-up: {said}. {_NEXT}",
    }.get(page.state)


def named(who: str) -> str:
    """A Slack id as a mention, anybody else by name."""
    known = who[:1] in ("U", "W") and who[1:].isalnum() and who.isupper()
    return f"<@{who}>" if known else quoted(who)
