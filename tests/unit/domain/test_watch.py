"""Closed minutes call for the way back exactly as the runbook says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.live import Minute
from bot.domain.verdict import Verdict
from bot.domain.watch import (
    Judged,
    Trigger,
    blind,
    fired,
    firings,
    goes_on,
    is_over,
    judged,
    settled,
    unseen,
)
from bot.topology import Thresholds, Watching

pytestmark = pytest.mark.unit

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RULE = Thresholds(error_rate=0.05, p95_seconds=0.5, unhealthy_targets=0.5, minimum_requests=20)
WATCHING = Watching(trigger_minutes=3, database_failures=5, blind_minutes=3)
ERRORS, SLOW, TARGETS, DATABASE = Trigger


def minute(**about: object) -> Minute:
    values = {"start": NOON, "requests": 100, "errors": 0, "p95_seconds": 0.2, **about}
    return Minute(**values)  # type: ignore[arg-type]


def one(found: Minute | None) -> Judged:
    return judged(NOON, found, RULE, WATCHING)


KINDS = {
    "o": minute(),
    "e": minute(errors=6),
    "s": minute(p95_seconds=0.6),
    "b": minute(errors=6, p95_seconds=0.6),
    "u": minute(requests=0, p95_seconds=None, healthy=1.0, unhealthy=2.0),
    "h": minute(requests=0, p95_seconds=None, healthy=3.0, unhealthy=0.0),
    "d": minute(requests=0, p95_seconds=None, database_failures=5),
    "x": minute(complete=False),
    "-": None,
}
"""ok, errors, slow, both, unhealthy, healthy without traffic, database, told in part, absent."""


def history(kinds: str) -> list[Judged]:
    """A minute a letter."""
    starts = (NOON + timedelta(minutes=number) for number in range(len(kinds)))
    return [
        judged(start, KINDS[kind], RULE, WATCHING)
        for start, kind in zip(starts, kinds, strict=True)
    ]


@pytest.mark.parametrize(
    ("found", "verdict", "breached"),
    [
        (None, Verdict.NO_TRAFFIC, set()),
        (minute(), Verdict.OK, set()),
        (minute(requests=19, errors=19), Verdict.NO_TRAFFIC, set()),
        (minute(errors=5), Verdict.OK, set()),
        (minute(errors=6), Verdict.BREACH, {ERRORS}),
        (minute(p95_seconds=0.5), Verdict.OK, set()),
        (minute(p95_seconds=0.51), Verdict.BREACH, {SLOW}),
        (minute(errors=6, p95_seconds=0.51), Verdict.BREACH, {ERRORS, SLOW}),
        (minute(errors=100, complete=False), Verdict.BLIND, set()),
        # Half of the targets is not more than half of them.
        (minute(healthy=2.0, unhealthy=2.0), Verdict.OK, set()),
        (minute(healthy=1.9, unhealthy=2.1), Verdict.BREACH, {TARGETS}),
        (minute(requests=0, healthy=1.0, unhealthy=2.0), Verdict.BREACH, {TARGETS}),
        (minute(complete=False, healthy=1.0, unhealthy=2.0), Verdict.BREACH, {TARGETS}),
        (minute(healthy=None, unhealthy=2.0), Verdict.OK, set()),
        # A colour without targets is bad only if something is asked of it.
        (minute(requests=0, healthy=0.0, unhealthy=0.0), Verdict.NO_TRAFFIC, set()),
        (minute(requests=1, healthy=0.0, unhealthy=0.0), Verdict.BREACH, {TARGETS}),
        (minute(database_failures=4), Verdict.OK, set()),
        (minute(database_failures=5), Verdict.BREACH, {DATABASE}),
        (minute(requests=0, database_failures=5), Verdict.BREACH, {DATABASE}),
        (minute(complete=False, database_failures=5), Verdict.BREACH, {DATABASE}),
    ],
)
def test_a_minute_is_judged_by_everything_it_tells(
    found: Minute | None, verdict: Verdict, breached: set[Trigger]
) -> None:
    assert (one(found).verdict, set(one(found).breached)) == (verdict, breached)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ("", None),
        ("ooo", None),
        ("ee", None),
        ("eee", ERRORS),
        ("oeee", ERRORS),
        ("sss", SLOW),
        ("bbb", ERRORS),
        # Neither counts: each trigger has a row of its own.
        ("ees", None),
        ("ese", None),
        ("eess", None),
        ("ebs", None),
        ("bsb", SLOW),
        # OK breaks a row; what is not known neither counts nor breaks it.
        ("eeoe", None),
        ("ee-e", ERRORS),
        ("eexe", ERRORS),
        ("e-x-ee", ERRORS),
        ("ee---xxx", None),
        ("eehhe", ERRORS),
        # One minute is enough, also without traffic.
        ("u", TARGETS),
        ("oou", TARGETS),
        ("d", DATABASE),
        ("xxd", DATABASE),
        ("oh", None),
        # The first that called, whatever came after it.
        ("eeeooo", ERRORS),
        ("uoooo", TARGETS),
        ("eedeooo", DATABASE),
    ],
)
def test_a_history_calls(kinds: str, expected: Trigger | None) -> None:
    assert fired(history(kinds), WATCHING) is expected


def test_each_trigger_says_since_when_and_when_it_called() -> None:
    found = firings(history("oebbeus"), WATCHING)
    at = [
        (each.trigger, (each.since - NOON).seconds // 60, (each.at - NOON).seconds // 60)
        for each in found
    ]
    assert at == [(ERRORS, 1, 3), (TARGETS, 5, 5)]


@pytest.mark.parametrize(
    ("kinds", "number"),
    [("", 0), ("xx", 2), ("xxo", 0), ("oxx", 2), ("ox-", 0), ("oxd", 0), ("xox", 1)],
)
def test_blind_minutes_are_counted_at_the_end(kinds: str, number: int) -> None:
    assert blind(history(kinds)) == number


def test_a_minute_without_an_answer_is_blind() -> None:
    assert blind([*history("o"), unseen(NOON), unseen(NOON)]) == 2
    assert unseen(NOON).tells(ERRORS) is None


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ("", True),
        ("--", True),
        ("xx", True),
        ("e", False),
        ("eo", True),
        ("oe", False),
        ("oe-x", False),
        ("eo-x", True),
        ("ou", False),
        ("oh", True),
        ("uh", False),
    ],
)
def test_a_watch_may_end_when_the_last_known_minute_is_fine(kinds: str, expected: bool) -> None:
    assert settled(history(kinds)) is expected


@pytest.mark.parametrize(
    ("trigger", "kinds", "goes", "over"),
    [
        (ERRORS, "eee", True, False),
        (ERRORS, "eee--x", True, False),
        (ERRORS, "eeeo", False, False),
        (ERRORS, "eeeoo-", False, False),
        (ERRORS, "eeeo-oxo", False, True),
        (ERRORS, "eeesss", False, True),
        (ERRORS, "eeeooeo", False, False),
        (SLOW, "sssooo", False, True),
        (TARGETS, "u", True, False),
        (TARGETS, "uoo", True, False),
        (TARGETS, "uhhh", False, True),
        (DATABASE, "d", True, False),
        (DATABASE, "d--", True, False),
        (DATABASE, "dooo", False, True),
        (ERRORS, "", False, False),
    ],
)
def test_a_trigger_goes_on_until_enough_known_minutes_are_fine(
    trigger: Trigger, kinds: str, goes: bool, over: bool
) -> None:
    found = history(kinds)
    assert (goes_on(found, trigger), is_over(found, trigger, WATCHING)) == (goes, over)


def test_without_a_single_answer_how_slow_it_was_is_not_known() -> None:
    assert one(minute(errors=100, p95_seconds=None)).tells(SLOW) is None


HISTORIES = st.text(alphabet=sorted(KINDS), max_size=12)


@given(before=HISTORIES, after=HISTORIES)
def test_what_has_called_has_called_whatever_comes_after(before: str, after: str) -> None:
    early, late = firings(history(before), WATCHING), firings(history(before + after), WATCHING)
    assert set(early) <= set(late)
    if early:
        assert fired(history(before + after), WATCHING) is early[0].trigger


@given(kinds=HISTORIES, position=st.integers(0, 12), unknown=st.sampled_from("-x"))
def test_what_is_not_known_changes_nothing(kinds: str, position: int, unknown: str) -> None:
    with_it = kinds[:position] + unknown + kinds[position:]
    assert fired(history(kinds), WATCHING) is fired(history(with_it), WATCHING)
    assert settled(history(kinds)) is settled(history(with_it))


@given(kinds=HISTORIES)
def test_nothing_goes_on_that_is_over(kinds: str) -> None:
    found = history(kinds)
    assert not any(goes_on(found, t) and is_over(found, t, WATCHING) for t in Trigger)
