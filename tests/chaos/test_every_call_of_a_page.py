"""A scheduler that dies before or after any call it makes: another goes on, phones ring once.

The finest grain, as in test_every_call: the real engine on the real store, whose every method is
one transaction, so that before and after each call are the statements' and the network's
boundaries. PagerDuty is the twin with a ledger. A death is an exception nobody catches, after
which that scheduler's calls all fail; the next one begins at once, and the dead one's claims run
out on the moved clock. The places are those an undisturbed life comes by.
"""

from __future__ import annotations

import asyncio

import pytest

from bot.engine.incidents import resolve
from bot.ports import Store
from bot.topology import Severity
from tests.chaos.lives import LIVES, Life, Watch
from tests.chaos.night import Doom, Night, unless_died
from tests.chaos.tap import Happen
from tests.stage import ANA

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.slow,
    pytest.mark.timeout(120),
]

LATE = 5.0
"""Seconds a level may be later than without the death."""

Rung = list[tuple[int, float]]
"""Levels in the order in which phones rang, with the second of the life."""


@pytest.mark.parametrize("name", LIVES)
async def test_wherever_a_scheduler_dies_each_level_rings_once_and_in_time(
    store: Store, name: str
) -> None:
    asyncio.get_running_loop().set_exception_handler(unless_died)
    life = LIVES[name]
    night = Night(ladders={Severity.P1: life.ladder, Severity.P2: life.ladder}, store=store)
    places: list[str] = []
    right = await _lived(night, life, places.append, name)
    wrong = {}
    for place in _different(places):
        doom = Doom(place=place)
        rung = await _lived(night, life, doom, place)
        if what := _wrong(right, rung, doom):
            wrong[place] = what
    assert not wrong, "\n".join(f"{place}: {what}" for place, what in wrong.items())
    assert len(places) > 10, places
    await night.rows()  # The audit log of all of them is whole.


async def _lived(night: Night, life: Life, happen: Happen, name: str) -> Rung:
    """Live it, and leave nothing behind."""
    night.exchange.rings.clear()
    start = night.clock.now()
    watch = Watch(night, happen, name)
    await life.live(watch)
    assert not await night.world.store.pages.stranded()
    rung = [(ring.level, (ring.at - start).total_seconds()) for ring in night.exchange.rings]
    assert not night.exchange.twice()
    for one in await night.world.store.incidents.unresolved():
        await resolve(night.world, one.id, ANA, via="Slack")
    watch.takes_over()
    await watch.until((night.clock.now() - start).total_seconds() + 120)
    assert await night.next_at() is None
    return rung


def _different(places: list[str]) -> list[str]:
    """Without those after a call at which nothing happens any more before the next call."""
    following = [*places[1:], ""]
    return [
        here
        for here, then in zip(places, following, strict=True)
        if not (here.startswith("after") and then.startswith("before"))
    ]


def _wrong(right: Rung, rung: Rung, doom: Doom) -> str:
    """What is wrong with what rang, if anything."""
    levels = [level for level, _ in rung]
    late = [
        f"level {level} {second - in_time:g} s late"
        for (level, second), (_, in_time) in zip(rung, right, strict=False)
        if second - in_time > LATE
    ]
    facts = {
        "the scheduler never came by": not doom.dead,
        f"levels {levels} rang": levels != [level for level, _ in right],
        "; ".join(late): bool(late),
    }
    return "; ".join(what for what, is_so in facts.items() if is_so)
