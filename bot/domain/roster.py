"""Who would be rung on each level, and what is wrong with that: the one judgement of it.

Before: PagerDuty's on-calls, read by level. After: `/filmops oncall`, the nightly check, the
simulator. (Runbook, *Emergency Contacts*.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.pager import OnCall
from bot.topology import Person, Topology

Levels = Mapping[int, tuple[OnCall, ...]]
"""Everybody on call, by level from 1; a level PagerDuty does not tell of is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Who was on call at `read_at`."""

    levels: Levels
    read_at: datetime


def reachable(people: tuple[OnCall, ...]) -> tuple[OnCall, ...]:
    """Those whom a page rings at once: the first rung of the level's PagerDuty policy."""
    return tuple(person for person in people if person.rung == 1)


def empty_levels(levels: Levels, topology: Topology) -> frozenset[int]:
    """Levels that are known to ring nobody: passed over at once. Never the last one, which has
    none above to pass it on to.
    """
    last = len(topology.escalation.levels)
    return frozenset(n for n, people in levels.items() if n < last and not reachable(people))


def person_of(one: OnCall, topology: Topology) -> Person | None:
    """Whom the topology knows by that e-mail; None for somebody who cannot be mentioned."""
    email = one.email.strip().lower()
    return next((p for p in topology.people.values() if email and p.email.lower() == email), None)


def roster_warnings(levels: Levels, topology: Topology) -> tuple[str, ...]:
    """What would keep a page from reaching somebody who can act; a sentence each."""
    named = list(enumerate(topology.escalation.levels, start=1))
    said: list[str] = []
    for number, level in named:
        words = f"Level {number} ({level.name})"
        people = levels.get(number)
        if people is None:
            said.append(f"{words}: PagerDuty does not tell who is on call; filmops check says why.")
        elif not reachable(people):
            said.append(f"{words}: nobody is on call, a page would ring nobody.")
    return (*said, *_one_for_all(levels, topology), *_strangers(levels, topology))


def _one_for_all(levels: Levels, topology: Topology) -> list[str]:
    """One person behind every level is a ladder of one rung."""
    count = len(topology.escalation.levels)
    rung = [{_who(p) for p in reachable(levels.get(n, ()))} for n in range(1, count + 1)]
    if count < 2 or any(people != rung[0] for people in rung) or len(rung[0]) != 1:
        return []
    (name,) = (p.name for p in reachable(levels[1])[:1])
    return [f"{name} is alone on all {count} levels: whoever does not hear level 1 hears none."]


def _strangers(levels: Levels, topology: Topology) -> list[str]:
    unknown = {
        _who(one): one
        for people in levels.values()
        for one in reachable(people)
        if person_of(one, topology) is None
    }
    return [
        f"{one.name} ({one.email or 'no e-mail'}) is on call and not in filmops.toml: they cannot "
        "be mentioned in Slack, and may do nothing here."
        for one in unknown.values()
    ]


def _who(one: OnCall) -> str:
    return one.email.strip().lower() or one.name
