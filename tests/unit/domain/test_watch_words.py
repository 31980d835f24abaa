"""A watch tells in a line what it has seen, and no figure that is not known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.live import Minute
from bot.domain.watch import Judged, Trigger, judged, unseen
from bot.domain.watch_words import found, watched
from bot.topology import Thresholds, Watching

pytestmark = pytest.mark.unit

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FINE: dict[str, Any] = {"requests": 1_000, "errors": 2, "p95_seconds": 0.18}


def history(*minutes: dict[str, Any] | None) -> list[Judged]:
    starts = [NOON + timedelta(minutes=number) for number in range(len(minutes))]
    return [
        judged(
            start,
            None if about is None else Minute(start=start, **{**FINE, **about}),
            Thresholds(),
            Watching(),
        )
        for start, about in zip(starts, minutes, strict=True)
    ]


def line(minutes: list[Judged], *, late: float = 180) -> str:
    now = NOON + timedelta(minutes=len(minutes), seconds=late)
    return watched(minutes, wanted=10, now=now, period_seconds=60)


def test_counts_worst_figures_and_age_stand_in_one_line() -> None:
    seen = history(
        {"cpu": 38.0}, {"p95_seconds": 0.21}, {"cpu": 41.4}, {"requests": 1_204, "errors": 73}
    )
    assert line(seen) == (
        "4 of 10 closed minutes: 3 ok, 1 breach (error rate 6.1 % of 1,204); p95 210 ms; "
        "CPU 41 %; figures 3 min behind"
    )


def test_what_is_not_known_is_named_and_never_a_zero() -> None:
    silent = history(None, {"requests": 3, "p95_seconds": None, "memory": 60.2})
    assert line([*silent, unseen(NOON + timedelta(minutes=2))], late=200) == (
        "3 of 10 closed minutes: 2 without traffic, 1 blind; memory 60 %; figures 3 min 20 s behind"
    )


def test_before_the_first_minute_there_is_nothing_to_tell() -> None:
    assert line([]) == "0 of 10 closed minutes so far"


def test_a_watch_that_is_not_sure_yet_says_how_many_more_it_has_seen() -> None:
    assert line(history(*([{}] * 12))).startswith("12 closed minutes, 2 more than asked for: 12 ok")


@pytest.mark.parametrize(
    ("trigger", "minutes", "expected"),
    [
        (Trigger.ERROR_RATE, [{"errors": 60}, {"errors": 400}], "error rate 40.0 % of 1,000"),
        (Trigger.ERROR_RATE, [{"errors": 1_300}], "error rate 100.0 % of 1,000"),
        (Trigger.RESPONSE_TIME, [{"p95_seconds": 0.6}, {"p95_seconds": 1.25}], "p95 1,250 ms"),
        (
            Trigger.UNHEALTHY_TARGETS,
            [{"healthy": 1.0, "unhealthy": 2.0}, {"healthy": 0.5, "unhealthy": 2.5}],
            "2.5 of 3 targets unhealthy",
        ),
        (Trigger.UNHEALTHY_TARGETS, [{"healthy": 0.0, "unhealthy": 0.0}], "no targets at all"),
        (
            Trigger.DATABASE,
            [{"database_failures": 7}, {"database_failures": 31}],
            "31 connections refused by the database",
        ),
        (Trigger.DATABASE, [{"database_failures": 4}, None], ""),
    ],
)
def test_a_trigger_is_told_by_its_worst_minute(
    trigger: Trigger, minutes: list[dict[str, Any] | None], expected: str
) -> None:
    assert found(trigger, history(*minutes)) == expected


def test_every_reason_of_a_breach_is_given() -> None:
    assert "1 breach (error rate 50.0 % of 1,000, p95 900 ms)" in line(
        history({"errors": 500, "p95_seconds": 0.9})
    )
