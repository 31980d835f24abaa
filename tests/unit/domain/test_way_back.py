"""Traffic goes back only where that would end the trouble; every answer is a sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.live import Minute, Missing, Targets
from bot.domain.watch import Judged, Trigger, judged, unseen
from bot.domain.way_back import Back, Stay, would_help
from bot.topology import Colour, Thresholds, Watching

pytestmark = pytest.mark.unit

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RULE, WATCHING = Thresholds(), Watching()
ERRORS, SLOW, TARGETS, DATABASE = Trigger
HEALTHY = Targets(healthy=3, unhealthy=0)


def minute(**about: Any) -> Judged:
    values = {"requests": 100, "errors": 0, "p95_seconds": 0.2, **about}
    return judged(NOON, Minute(start=NOON, **values), RULE, WATCHING)


FINE, BAD, LATE = minute(), minute(errors=6), minute(p95_seconds=0.6)
SILENT, UNKNOWN = minute(requests=0, p95_seconds=None), unseen(NOON)


def answer(trigger: Trigger = ERRORS, **about: Any) -> Back | Stay:
    given: dict[str, Any] = {
        "old": Colour.GREEN,
        "minutes": (FINE, FINE, FINE),
        "targets": HEALTHY,
        "reversible": True,
        "database_before": 0,
        "thresholds": RULE,
        "watching": WATCHING,
    }
    return would_help(trigger, **{**given, **about})


@pytest.mark.parametrize("trigger", Trigger)
def test_a_healthy_old_colour_is_gone_back_to(trigger: Trigger) -> None:
    found = answer(trigger)
    assert isinstance(found, Back)
    assert found.reason.startswith("green can take the traffic: 3 of 3 targets are healthy"), (
        found.reason
    )


@pytest.mark.parametrize(
    ("targets", "reason"),
    [
        (Missing(reason="AWS: throttled"), "Whether green can serve is not known: AWS: throttled."),
        (Targets(healthy=0, unhealthy=0, draining=3), "green has no targets that could serve."),
        (
            Targets(healthy=0, unhealthy=2),
            "green cannot take the traffic: 0 of 2 targets are healthy.",
        ),
        (
            Targets(healthy=1, unhealthy=2),
            "green cannot take the traffic: 1 of 3 targets are healthy.",
        ),
    ],
)
@pytest.mark.parametrize("trigger", Trigger)
def test_never_onto_a_colour_that_cannot_serve(
    trigger: Trigger, targets: Targets | Missing, reason: str
) -> None:
    assert answer(trigger, targets=targets) == Stay(reason=reason)


def test_half_of_the_targets_is_enough() -> None:
    assert isinstance(answer(targets=Targets(healthy=2, unhealthy=2)), Back)


@pytest.mark.parametrize("trigger", Trigger)
def test_never_back_behind_a_schema_that_cannot_be_undone(trigger: Trigger) -> None:
    found = answer(trigger, reversible=False)
    assert found == Stay(
        reason="The schema was changed in a way that cannot be undone, "
        "and green was not made for it."
    )


@pytest.mark.parametrize(
    ("trigger", "minutes", "reason"),
    [
        (ERRORS, (BAD,), "green had too many errors as well, in 1 of 1 closed minute"),
        (ERRORS, (FINE, BAD, BAD), "green had too many errors as well, in 2 of 3 closed minutes"),
        (ERRORS, (BAD, SILENT, UNKNOWN), "green had too many errors as well, in 1 of 1"),
        (SLOW, (LATE, LATE, FINE), "green was too slow as well, in 2 of 3 closed minutes"),
    ],
)
def test_an_old_colour_that_was_as_bad_would_not_help(
    trigger: Trigger, minutes: tuple[Judged, ...], reason: str
) -> None:
    found = answer(trigger, minutes=minutes)
    assert isinstance(found, Stay)
    assert found.reason.startswith(reason)


@pytest.mark.parametrize(
    ("trigger", "minutes", "was"),
    [
        (ERRORS, (FINE, FINE, BAD), ", it was well in 2 of 3 closed minutes."),
        (ERRORS, (FINE, BAD), ", it was well in 1 of 2 closed minutes."),
        (ERRORS, (LATE, LATE), ", it was well in 2 of 2 closed minutes."),
        (SLOW, (BAD, BAD), ", it was well in 2 of 2 closed minutes."),
        (ERRORS, (), ", it served nobody lately."),
        (ERRORS, (SILENT, UNKNOWN), ", it served nobody lately."),
        (TARGETS, (BAD, BAD), "healthy."),
        (DATABASE, (BAD, BAD), "healthy."),
    ],
)
def test_what_is_not_known_against_it_does_not_keep_it(
    trigger: Trigger, minutes: tuple[Judged, ...], was: str
) -> None:
    found = answer(trigger, minutes=minutes)
    assert isinstance(found, Back), found
    assert found.reason.endswith(was)


@pytest.mark.parametrize(
    ("before", "back"), [(None, True), (0, True), (4, True), (5, False), (70, False)]
)
def test_a_database_that_refused_before_is_not_the_releases_fault(
    before: int | None, *, back: bool
) -> None:
    found = answer(DATABASE, database_before=before)
    assert isinstance(found, Back if back else Stay)
    assert (
        back
        or found.reason == f"The database refused connections before, too: {before} in a minute."
    )
    assert isinstance(answer(ERRORS, database_before=before), Back)
