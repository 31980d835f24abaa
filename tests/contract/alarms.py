"""Incidents, climbs and pages that the contract tests of the escalation ask with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.climb import Climb, climb
from bot.domain.incident import Happening, Incident, Page, PageState, Source, Why
from bot.ports import Store
from bot.topology import Ladder, Severity
from tests.contract.asking import NOW, after, entry

LADDER = Ladder(title="test", after_minutes=(0, 15, 30), repeat_minutes=30)
SILENT = Ladder(title="test", after_minutes=())
MINUTE = 60.0
LEASE = timedelta(seconds=10)
ALL = {1: 50, 2: 50, 3: 50}


def line(kind: str = "test", *, at: float = 0, by: str = "U0ANA") -> Happening:
    return Happening(at=after(at), kind=kind, actor=by, text=f"{kind} by {by}")


def incident(fingerprint: str = "cpu", **changes: Any) -> Incident:
    given: dict[str, Any] = {
        "title": "5xx on backend",
        "severity": Severity.P1,
        "source": Source.CLOUDWATCH,
        "fingerprint": fingerprint,
        "opened_at": NOW,
        "opened_by": "CloudWatch",
        "service": "backend",
    }
    return Incident(**{**given, **changes})


async def opened(
    store: Store, fingerprint: str = "cpu", *, ladder: Ladder = LADDER, **changes: Any
) -> Incident:
    """One incident that began NOW; its climb too."""
    made = await store.incidents.open(
        incident(fingerprint, **changes),
        climb(ladder, NOW),
        channel="ops-alerts",
        entry=entry("open"),
        now=NOW,
    )
    return made.incident


async def acked(store: Store, number: int, *, at: float = 0, by: str = "U0ANA") -> Incident | None:
    return await store.incidents.acknowledge(
        number,
        via="Slack",
        until=after(at + 1800),
        happening=line("ack", at=at, by=by),
        entry=entry("ack"),
    )


async def resolved(store: Store, number: int, *, at: float = 0) -> Incident | None:
    return await store.incidents.resolve(
        number, happening=line("resolve", at=at, by="U0IVO"), entry=entry("resolve")
    )


async def snoozed(store: Store, number: int, *, at: float, until: float) -> Incident | None:
    return await store.incidents.wait(
        number,
        Why.SNOOZE,
        after(until),
        note="known",
        happening=line("snooze", at=at),
        entry=entry("snooze"),
    )


async def climbed(
    store: Store,
    number: int,
    *,
    at: float,
    expected: datetime | None,
    why: Why = Why.REPEAT,
    one: Climb | None = None,
    **more: Any,
) -> Incident | None:
    return await store.incidents.climb(
        number,
        one or climb(LADDER, after(at)),
        why,
        expected=expected,
        happening=line("climb", at=at, by="filmops"),
        entry=entry("climb"),
        **more,
    )


async def claim(
    store: Store, at: float = 0, *, owner: str = "one", free: Mapping[int, int] = ALL
) -> tuple[Page, ...]:
    now = after(at)
    return await store.pages.claim(owner=owner, free=free, now=now, lease_until=now + LEASE)


async def sending(store: Store, at: float = 0, *, owner: str = "one") -> Page:
    """The one page that is due then, claimed."""
    (page,) = [p for p in await claim(store, at, owner=owner) if p.state is PageState.SENDING]
    return page


async def sent(store: Store, at: float = 0) -> Page:
    """The one page that is due then, claimed and sent."""
    page = await sending(store, at)
    page = replace(page, first_at=after(at))
    assert await store.pages.sent(page, "one", look_at=after(at + 5), now=after(at))
    return await reread(store, page)


async def reread(store: Store, page: Page) -> Page:
    found = await store.pages.of_key(page.key)
    assert found is not None
    return found


async def states(store: Store, number: int) -> list[list[str]]:
    """The states of the pages of each climb, in order."""
    climbs = await store.incidents.escalations(number)
    return [[str(page.state) for page in one.pages] for one in climbs]


async def kinds(store: Store, number: int) -> list[str]:
    return [happening.kind for happening in await store.incidents.timeline(number)]


async def tellings(store: Store, at: float) -> Sequence[tuple[int, str]]:
    """What PagerDuty is to be told by then: levels and wishes."""
    found = await store.pages.claim_tellings(now=after(at), lease_until=after(at + 10), limit=99)
    return sorted((page.level, str(page.wish)) for page in found)
