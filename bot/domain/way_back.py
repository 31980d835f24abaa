"""Would it help to go back to the other colour? The decision after a trigger has called.

Before it: `bot.domain.watch` and what was read of the old colour. After it: a deployment turns
round, or the patrol asks for a rollback; or nothing moves and a person is told why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.live import Missing, Targets
from bot.domain.rollback import healthy_enough
from bot.domain.watch import Judged, Trigger
from bot.topology import Colour, Thresholds, Watching


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """It would: `reason` says why, in a sentence."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """It would not, or it is not known to: `reason` says why, in a sentence."""

    reason: str


def would_help(
    trigger: Trigger,
    *,
    old: Colour,
    minutes: Sequence[Judged],
    targets: Targets | Missing,
    reversible: bool,
    database_before: int | None,
    thresholds: Thresholds,
    watching: Watching,
) -> Back | Stay:
    """Whether all traffic on `old` would end what `trigger` says.

    `minutes` are the old colour's lately: before it was left, or beside the new one. `targets` are
    its own now. `reversible`: the schema can be gone back to, or was not changed.
    `database_before`: the most connections the database refused in one minute before the change,
    None when that is not known.
    """
    against = (
        _schema(old, reversible=reversible)
        or _cannot_serve(old, targets, thresholds)
        or _database(trigger, database_before, watching)
        or _as_bad(trigger, old, minutes)
    )
    if against:
        return Stay(reason=against)
    assert isinstance(targets, Targets)  # noqa: S101 - Missing was against it
    healthy = f"{targets.healthy} of {targets.total} targets are healthy"
    return Back(reason=f"{old} can take the traffic: {healthy}{_was(trigger, minutes)}.")


def _schema(old: Colour, *, reversible: bool) -> str:
    if reversible:
        return ""
    return f"The schema was changed in a way that cannot be undone, and {old} was not made for it."


def _cannot_serve(old: Colour, targets: Targets | Missing, thresholds: Thresholds) -> str:
    if isinstance(targets, Missing):
        return f"Whether {old} can serve is not known: {targets.reason}."
    if healthy_enough(targets, thresholds):
        return ""
    if not targets.total:
        return f"{old} has no targets that could serve."
    return (
        f"{old} cannot take the traffic: {targets.healthy} of {targets.total} targets are healthy."
    )


def _database(trigger: Trigger, before: int | None, watching: Watching) -> str:
    """Refused connections are the service's: no colour alone can be asked about them."""
    if trigger is not Trigger.DATABASE or before is None or before < watching.database_failures:
        return ""
    return f"The database refused connections before, too: {before} in a minute."


_SAME = {
    Trigger.ERROR_RATE: "had too many errors",
    Trigger.RESPONSE_TIME: "was too slow",
}
"""Of these the old colour's traffic tells. Its targets are looked at as they are now."""


def _as_bad(trigger: Trigger, old: Colour, minutes: Sequence[Judged]) -> str:
    """More bad minutes than good ones: whatever it is, it is not the new colour's alone."""
    if trigger not in _SAME:
        return ""
    told = _told(trigger, minutes)
    bad = told.count(True)
    if bad * 2 <= len(told):
        return ""
    return f"{old} {_SAME[trigger]} as well, in {_of(bad, told)}: what is wrong is elsewhere."


def _was(trigger: Trigger, minutes: Sequence[Judged]) -> str:
    if trigger not in _SAME:
        return ""
    told = _told(trigger, minutes)
    return (
        f", it was well in {_of(told.count(False), told)}" if told else ", it served nobody lately"
    )


def _told(trigger: Trigger, minutes: Sequence[Judged]) -> list[bool]:
    said = (one.tells(trigger) for one in minutes)
    return [bad for bad in said if bad is not None]


def _of(number: int, told: Sequence[bool]) -> str:
    return f"{number} of {len(told)} closed minute{'s' if len(told) > 1 else ''}"
