"""How many there should be, what makes one hesitate, and who will undo it.

Before: what was typed, and the live state. After: a plan's changes, more approvals and warnings
(runbook, *Scaling Operations*).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.capacity import Autoscaling, Policy, Stopped

_AMOUNT = re.compile(r"([+-]?)(\d{1,5})")
FACTOR = 2
"""More than so many times as many, or less than one in so many, is looked at once more."""


def wanted(word: str, before: int) -> int:
    """`8` is eight; `+2` and `-1` count from `before`. Raises ValueError with how to say it."""
    match = _AMOUNT.fullmatch(word)
    if match is None:
        raise ValueError("write how many, like 8, or how many more or fewer, like +2 or -1")
    sign, number = match[1], int(match[2])
    if not sign:
        return number
    after = before + number if sign == "+" else before - number
    if after < 0:
        raise ValueError(f"there are {before}: that would be {after}")
    return after


def number(count: int, thing: str) -> str:
    """`1 task`, `8 tasks`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def caution(what: str, before: int, after: int) -> tuple[str, ...]:
    """Why somebody more should agree; one reason at most."""
    if after == 0 and before:
        return (f"{before} → 0 {what}: nothing would be left",)
    if after > max(before, 1) * FACTOR:
        return (f"{before} → {after} {what} is more than {FACTOR} times as many",)
    if after * FACTOR < before:
        return (f"{before} → {after} {what} is less than half",)
    return ()


def undone_by(
    autoscaling: Autoscaling | None, before: int, after: int, *, command: str
) -> tuple[str, ...]:
    """Who will set it anew, and what to type instead; `autoscaling` as it will be then, `command`
    is `/filmops scale backend 8`.
    """
    if autoscaling is None:
        return ()
    return (
        *_bounds(autoscaling, after, command),
        *_policies(autoscaling, before, after, command),
        *_calendar(autoscaling),
    )


def _bounds(scaling: Autoscaling, after: int, command: str) -> Iterator[str]:
    if after > scaling.maximum:
        yield (
            f"Autoscaling allows {scaling.maximum} at most and brings it back to that. "
            f"Instead: `{command} --max {after}`."
        )
    if after < scaling.minimum:
        yield (
            f"Autoscaling keeps {scaling.minimum} at least and brings it back to that. "
            f"Instead: `{command} --min {after}`."
        )


def _policies(scaling: Autoscaling, before: int, after: int, command: str) -> Iterator[str]:
    if after > before and scaling.minimum < after:
        acting = [each for each in scaling.policies if _acts(each) and each.shrinks]
        if acting and Stopped.SHRINKING not in scaling.suspended:
            yield (
                f"{_named(acting)} will scale in again, down to {scaling.minimum}, as soon as its "
                f"metric allows. To keep {after}: `{command} --min {after}"
                f"{_also('max', scaling.maximum < after, after)}`."
            )
    if after < before and scaling.maximum > after:
        acting = [each for each in scaling.policies if _acts(each)]
        if acting and Stopped.GROWING not in scaling.suspended:
            yield (
                f"{_named(acting)} will scale out again, up to {scaling.maximum}, as soon as its "
                f"metric asks for it. To keep {after}: `{command} --max {after}"
                f"{_also('min', scaling.minimum > after, after)}`."
            )


def _also(name: str, crossed: bool, after: int) -> str:
    """The other bound, when this one would cross it."""
    return f" --{name} {after}" if crossed else ""


def _calendar(scaling: Autoscaling) -> Iterator[str]:
    if Stopped.SCHEDULE not in scaling.suspended:
        for each in scaling.scheduled:
            yield f"The scheduled action {each.words} sets it anew."


def _acts(policy: Policy) -> bool:
    """Without an alarm nothing sets a policy off."""
    return bool(policy.alarms)


def _named(policies: list[Policy]) -> str:
    return " and ".join(policy.words for policy in policies)
