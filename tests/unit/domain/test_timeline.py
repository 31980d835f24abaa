"""The timeline says what people need to know of a page, once, in plain words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.incident import Page, PageState
from bot.domain.listing import both
from bot.domain.timeline import FILMOPS, page_happening, quoted

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def page(state: PageState, *, failures: int = 0) -> Page:
    return Page(
        key="k",
        escalation="e",
        incident=7,
        level=2,
        due_at=NOW,
        state=state,
        failures=failures,
        reached=("Ana", "Ben"),
        said="no answer",
    )


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (PageState.SENT, "Level 2 is being paged: PagerDuty has taken the page."),
        (PageState.CONFIRMED, "Level 2's page reached Ana and Ben."),
        (PageState.UNCONFIRMED, "Level 2's page is UNCONFIRMED: no answer. The next level"),
        (PageState.SUPERSEDED, "Level 2 is not paged any more: a higher level is due as well."),
        (PageState.SKIPPED, "Level 2 is SKIPPED: no answer. The next level"),
        (PageState.REFUSED, "Level 2 CANNOT BE PAGED, by a mistake in the set-up: no answer."),
    ],
)
def test_what_became_of_a_page_is_said(state: PageState, text: str) -> None:
    line = page_happening(page(state), NOW)
    assert line is not None
    assert line.text.startswith(text)
    assert (line.at, line.kind, line.actor) == (NOW, f"page_{state}", FILMOPS)


def test_what_nobody_need_read_is_not_said() -> None:
    for state in (PageState.ARMED, PageState.SENDING, PageState.CANCELLED, PageState.GONE):
        assert page_happening(page(state), NOW) is None


def test_a_pagerduty_that_is_away_is_said_once() -> None:
    assert page_happening(page(PageState.WAITING, failures=1), NOW) is not None
    assert page_happening(page(PageState.WAITING, failures=2), NOW) is None


def test_names_are_joined_as_people_write_them() -> None:
    assert both(()) == ""
    assert both(("Ana",)) == "Ana"
    assert both(("Ana", "Ben", "Chloe")) == "Ana, Ben and Chloe"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("ask <@U0BEN|ben> or <@U0ANA>", "ask @ben or @U0ANA"),
        ("<<@U0BEN>@U0ANA>", "\u2039@U0BEN@U0ANA>"),
        ("<@<@U0BEN>>", "\u2039@@U0BEN>"),
        ("a < b, <!channel>", "a < b, <!channel>"),
    ],
)
def test_what_people_say_names_people_and_calls_nobody(said: str, kept: str) -> None:
    assert quoted(said) == kept
    assert "<@" not in kept
