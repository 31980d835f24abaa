"""A load balancer's own errors find the colour they are of, and none is lost or made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.attribution import Seen, attributed, by_weights, with_errors
from bot.domain.live import Minute
from bot.domain.verdict import Verdict, judge
from bot.topology import Colour, Thresholds

pytestmark = pytest.mark.unit

BLUE, GREEN = Colour.BLUE, Colour.GREEN
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def colour(requests: int = 0, refused: int = 0, healthy: float | None = 3.0) -> Seen:
    return Seen(requests=requests, refused=refused, healthy=healthy)


NONE_LEFT, UNKNOWN = colour(healthy=0.0), colour(healthy=None)


@pytest.mark.parametrize(
    ("blue", "green", "weights", "expected"),
    [
        # All of it goes to the colour that has traffic, whatever the other one's targets.
        (colour(900), colour(), None, (100, 0)),
        (colour(900), NONE_LEFT, None, (100, 0)),
        (colour(900), UNKNOWN, None, (100, 0)),
        # Of two with traffic: first to the one without a healthy target, else by requests.
        (colour(900), colour(100), None, (90, 10)),
        (colour(900), colour(100, healthy=0.0), None, (0, 100)),
        (colour(300, healthy=0.0), colour(100, healthy=0.0), None, (75, 25)),
        # What targets refused is known already.
        (colour(900, refused=60), colour(100, refused=40), None, (0, 0)),
        (colour(900, refused=60), colour(), None, (40, 0)),
        (colour(900, refused=999), colour(), None, (0, 0)),
        # Nobody had requests: targets alone decide.
        (NONE_LEFT, colour(), None, (100, 0)),
        (UNKNOWN, colour(), None, (100, 0)),
        (NONE_LEFT, NONE_LEFT, None, (50, 50)),
        (colour(), colour(), None, (50, 50)),
        # Weights, if known, bring in who has a share and no requests.
        (colour(900), NONE_LEFT, {BLUE: 95, GREEN: 5}, (0, 100)),
        (colour(900), UNKNOWN, {BLUE: 95, GREEN: 5}, (0, 100)),
        (colour(900), NONE_LEFT, {BLUE: 100, GREEN: 0}, (100, 0)),
        (NONE_LEFT, NONE_LEFT, {BLUE: 75, GREEN: 25}, (75, 25)),
        (NONE_LEFT, NONE_LEFT, {BLUE: 0, GREEN: 100}, (0, 100)),
        (colour(), colour(), {BLUE: 75, GREEN: 25}, (75, 25)),
        (colour(900), colour(100), {BLUE: 50, GREEN: 50}, (90, 10)),
    ],
)
def test_a_hundred_errors_of_the_balancer_go_to(
    blue: Seen, green: Seen, weights: dict[Colour, int] | None, expected: tuple[int, int]
) -> None:
    found = attributed(100, {BLUE: blue, GREEN: green}, weights)
    assert (found[BLUE], found[GREEN]) == expected


SEEN = st.builds(
    Seen,
    requests=st.integers(0, 10_000),
    refused=st.integers(0, 500),
    healthy=st.none() | st.floats(0, 10),
)
WEIGHTS = st.none() | st.fixed_dictionaries({c: st.integers(0, 999) for c in Colour})


@given(errors=st.integers(0, 2_000), blue=SEEN, green=SEEN, weights=WEIGHTS)
def test_none_is_lost_and_none_is_made_up(
    errors: int, blue: Seen, green: Seen, weights: dict[Colour, int] | None
) -> None:
    found = attributed(errors, {BLUE: blue, GREEN: green}, weights)
    assert sum(found.values()) == max(0, errors - blue.refused - green.refused)
    assert min(found.values()) >= 0


@given(errors=st.integers(0, 2_000), blue=SEEN)
def test_a_colour_without_weight_and_traffic_has_nothing_to_answer_for(
    errors: int, blue: Seen
) -> None:
    idle = colour(healthy=0.0)
    found = attributed(errors, {BLUE: blue, GREEN: idle}, {BLUE: 100, GREEN: 0})
    assert found[GREEN] == 0


def minute(number: int = 0, **about: float | int | None) -> Minute:
    values = {"requests": 0, "errors": 0, "p95_seconds": None, **about}
    return Minute(start=NOON + timedelta(minutes=number), **values)  # type: ignore[arg-type]


def test_errors_given_out_anew_replace_those_given_before() -> None:
    before = minute(requests=110, errors=12, balancer_errors=10)
    found = with_errors({BLUE: before}, {BLUE: 4})
    assert found == {BLUE: minute(requests=104, errors=6, balancer_errors=4)}
    assert with_errors(found, {BLUE: 10}) == {BLUE: before}


def test_a_share_without_targets_is_a_breach_once_the_weights_are_known() -> None:
    blue = [minute(n, requests=1_040, errors=40, balancer_errors=40, healthy=3.0) for n in (0, 1)]
    green = [minute(1, healthy=0.0)]
    found = by_weights({BLUE: blue, GREEN: green}, {BLUE: 95, GREEN: 5})
    assert found[BLUE] == tuple(minute(n, requests=1_000, healthy=3.0) for n in (0, 1))
    assert found[GREEN] == (
        minute(0, requests=40, errors=40, balancer_errors=40),
        minute(1, requests=40, errors=40, balancer_errors=40, healthy=0.0),
    )
    assert {judge(each, Thresholds()) for each in found[GREEN]} == {Verdict.BREACH}


def test_minutes_without_errors_of_the_balancer_stay_as_they_are() -> None:
    minutes = {BLUE: (minute(requests=1_000, errors=3, refused=3),), GREEN: ()}
    assert by_weights(minutes, {BLUE: 95, GREEN: 5}) == minutes
