"""A worker that dies before or after any call it makes: the next one finishes, and acts once.

The finest grain, in one process (tests.chaos.mortal): the real engine and the real store, a
production, a queue and a clock in memory. The places are those an undisturbed rollback comes by.
A deployment's are in test_every_call_of_a_deployment.py, real processes and SIGKILLs in
test_killed_worker.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.live import Minute
from bot.domain.run import RunState
from bot.domain.verdict import floor
from bot.engine.dispatch import Dispatch
from bot.ports import Store
from bot.topology import Colour, Metrics, Rollback, load
from tests.chaos.mortal import Mortal
from tests.stage import SHIPPED

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.slow,
    pytest.mark.timeout(120),
]

BY_THE_SECOND = {
    "metrics": Metrics(period_seconds=1, lag_seconds=0, history_minutes=1),
    "rollback": Rollback(watch_minutes=1, give_up_seconds=60),
}
SERVICE = "backend"


class Theatre(Mortal):
    """On the real store, where one rollback after the other is asked for."""

    def __init__(self, store: Store) -> None:
        super().__init__(topology=load(SHIPPED).model_copy(update=BY_THE_SECOND))
        self.world = replace(self.world, store=store)
        self.dispatch = Dispatch(self.world, self.operations)

    async def approved(self) -> int:
        """Asked for and approved, all on blue; the request's number."""
        blue = {Colour.BLUE: 100, Colour.GREEN: 0}
        self.production.set_weights(SERVICE, blue)
        self.production.calls.clear()
        seconds = [floor(self.clock.now(), 1) + timedelta(seconds=n) for n in range(60)]
        self.production.minutes[SERVICE, Colour.GREEN] = [
            Minute(start=second, requests=20, errors=0, p95_seconds=0.2) for second in seconds
        ]
        request = await self.ask(f"rollback {SERVICE}")
        await self.approve(request.id)
        return request.id


async def test_wherever_a_worker_dies_the_next_finishes_and_each_change_is_made_once(
    store: Store,
) -> None:
    theatre = Theatre(store)
    places: list[str] = []
    theatre.worker(places.append)
    await theatre.carried(await theatre.approved())
    assert len(places) > 100, places
    wrong = {place: what for place in places if (what := await _died(theatre, place))}
    assert not wrong, "\n".join(f"{place}: {what}" for place, what in wrong.items())
    await theatre.rows()  # The audit log of all of them is whole.
    changes = await store.runs.changes(limit=1000)
    assert len(changes) == len({change.run for change in changes}) == len(places) + 1


async def _died(theatre: Theatre, place: str) -> str:
    """Die there and let another go on; what was wrong then, if anything."""
    run = await theatre.carried_past(place, await theatre.approved())
    if run is None:
        return "the worker never came by"
    called = [call.action for call in theatre.production.effects]
    deaths = sum(step.deaths for step in run.steps)
    facts = {
        f"{run.state}: {run.note}": run.state is not RunState.SUCCEEDED,
        f"effects: {called}": called != ["modify_listener", "modify_rule"],
        f"{deaths} deaths": deaths > 1,
        f"jobs are left: {theatre.jobs.waiting}": bool(theatre.jobs.waiting),
    }
    return "; ".join(what for what, wrong in facts.items() if wrong)
