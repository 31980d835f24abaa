"""What a watch has seen, in words: a card's line, and what a trigger has found.

Before it: `bot.domain.watch`. After it: a step's card, an incident's text.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.duration import in_words
from bot.domain.live import Minute
from bot.domain.verdict import Verdict
from bot.domain.watch import Judged, Trigger

_WORDS = {Verdict.NO_TRAFFIC: "without traffic", Verdict.BLIND: "blind"}


def watched(history: Sequence[Judged], *, wanted: int, now: datetime, period_seconds: float) -> str:
    """`4 of 10 closed minutes: 3 ok, 1 breach (error rate 6.1 % of 1,204); p95 210 ms; CPU 41 %;
    figures 3 min behind`: counts, the worst figures, and how old the newest minute is.
    """
    if not history:
        return f"0 of {wanted} closed minutes so far"
    parts = [_counts(history), _p95(history), _load(history)]
    behind = now - history[-1].start - timedelta(seconds=period_seconds)
    parts.append(f"figures {in_words(max(behind, timedelta()))} behind")
    seen = "; ".join(part for part in parts if part)
    return f"{_number(len(history), wanted)}: {seen}"


def _number(seen: int, wanted: int) -> str:
    """A watch that is not sure yet goes on; one that counts from an earlier moment sees more."""
    if seen > wanted:
        return f"{seen} closed minutes, {seen - wanted} more than asked for"
    return f"{seen} of {wanted} closed minutes"


def found(trigger: Trigger, history: Sequence[Judged]) -> str:
    """`error rate 6.1 % of 1,204`: the worst of what the trigger was breached by; empty when it
    was not.
    """
    bad = [one.minute for one in history if trigger in one.breached and one.minute is not None]
    if not bad:
        return ""
    match trigger:
        case Trigger.ERROR_RATE:
            worst = max(bad, key=_rate)
            return f"error rate {_rate(worst) * 100:.1f} % of {worst.requests:,}"
        case Trigger.RESPONSE_TIME:
            return f"p95 {_milliseconds(bad)}"
        case Trigger.UNHEALTHY_TARGETS:
            return _targets(min(bad, key=lambda minute: minute.healthy or 0))
        case Trigger.DATABASE:
            most = max(minute.database_failures or 0 for minute in bad)
            return f"{most:,} connections refused by the database"


def _counts(history: Sequence[Judged]) -> str:
    verdicts = [one.verdict for one in history]
    order = (Verdict.OK, Verdict.BREACH, Verdict.NO_TRAFFIC, Verdict.BLIND)
    counts = [
        f"{verdicts.count(verdict)} {_WORDS.get(verdict, str(verdict))}"
        + (_why(history) if verdict is Verdict.BREACH else "")
        for verdict in order
        if verdict in verdicts
    ]
    return ", ".join(counts)


def _why(history: Sequence[Judged]) -> str:
    reasons = [found(trigger, history) for trigger in Trigger]
    return f" ({', '.join(reason for reason in reasons if reason)})"


def _p95(history: Sequence[Judged]) -> str:
    known = [one.minute for one in history if one.minute is not None]
    return f"p95 {shown}" if (shown := _milliseconds(known)) else ""


def _load(history: Sequence[Judged]) -> str:
    """The highest: an average over a watch would hide what comes."""
    minutes = [one.minute for one in history if one.minute is not None]
    cpu = max((m.cpu for m in minutes if m.cpu is not None), default=None)
    memory = max((m.memory for m in minutes if m.memory is not None), default=None)
    named = (("CPU", cpu), ("memory", memory))
    return ", ".join(f"{name} {value:.0f} %" for name, value in named if value is not None)


def _milliseconds(minutes: Sequence[Minute]) -> str:
    known = [minute.p95_seconds for minute in minutes if minute.p95_seconds is not None]
    return f"{max(known) * 1000:,.0f} ms" if known else ""


def _targets(minute: Minute) -> str:
    total = (minute.healthy or 0) + (minute.unhealthy or 0)
    if not total:
        return "no targets at all"
    return f"{minute.unhealthy or 0:.2g} of {total:.2g} targets unhealthy"


def _rate(minute: Minute) -> float:
    """At most 1: refused connections are counted beside requests, not among them."""
    return min(1.0, minute.errors / max(1, minute.requests))
