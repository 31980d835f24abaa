"""Acknowledged at the very instant of the page, on the real store, with real concurrency.

Two schedulers wake at once for several incidents, and each of these is acknowledged while one of
them is at any of its calls. A page that was not on its way by then is never sent; one that was
rings once, and PagerDuty is told of the acknowledgement as soon as the page has arrived.
"""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest

from bot.domain.incident import IncidentState, PageState
from bot.domain.pager import PagerStatus
from bot.engine.incidents import acknowledge
from bot.ports import Store
from bot.topology import Ladder, Severity
from tests.chaos.night import Night
from tests.chaos.tap import Happen
from tests.stage import ANA

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120)]

ROUNDS = 20
AT_ONCE = 6
BEFORE = 0
"""Acknowledged before anybody wakes."""

PLACES = 14
LADDER = Ladder(title="at once", after_minutes=(0,), repeat_minutes=600, promise_minutes=600)


async def test_no_page_is_sent_after_its_acknowledgement_and_one_on_its_way_is_quieted(
    store: Store,
) -> None:
    night = Night(ladders={Severity.P1: LADDER}, store=store)
    chance = random.Random(7)
    for number in range(ROUNDS):
        await _round(night, chance, number)
    await night.rows()
    assert not await store.pages.stranded()


async def _round(night: Night, chance: random.Random, number: int) -> None:
    """Some incidents due at one instant, and each acknowledged at some call of a scheduler."""
    ids = [await night.alert(f"{number}.{one}", service="") for one in range(AT_ONCE)]
    places = {one: chance.randrange(PLACES) for one in ids}
    acks: list[asyncio.Task[object]] = []
    for one in [one for one in ids if places[one] == BEFORE]:
        await acknowledge(night.world, one, ANA, via="Slack")
    happen = _acknowledging(night, places, acks)
    await asyncio.gather(*(night.wake(night.scheduler(happen)) for _ in range(2)))
    await asyncio.gather(*acks)
    for one in ids:
        found = await night.world.store.incidents.get(one)
        assert found is not None
        if found.state is IncidentState.OPEN:
            await acknowledge(night.world, one, ANA, via="Slack")
    await night.until(night.clock.now() + timedelta(seconds=60), night.scheduler())
    for one in ids:
        await _holds(night, one, rings_not=places[one] == BEFORE)


def _acknowledging(
    night: Night, places: dict[int, int], acks: list[asyncio.Task[object]]
) -> Happen:
    """At the so-and-so-manieth call of the two, the acknowledgements of that place begin."""
    come = 0

    def happen(here: str) -> None:
        nonlocal come
        come += 1
        for one in (one for one, place in places.items() if place == come):
            deed = acknowledge(night.world, one, ANA, via="Slack")
            acks.append(asyncio.create_task(deed))

    return happen


async def _holds(night: Night, incident: int, *, rings_not: bool) -> None:
    [climb] = await night.world.store.incidents.escalations(incident)
    [page] = climb.pages
    rang = sum(ring.key == page.key for ring in night.exchange.rings)
    stands = await night.exchange.stands(page.key)
    if rang:
        assert (rang, stands, rings_not) == (1, PagerStatus.ACKNOWLEDGED, False), page
    else:
        assert (stands, page.state) == (None, PageState.CANCELLED), page
