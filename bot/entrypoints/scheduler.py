"""The scheduler process: APScheduler as the clock, PostgreSQL as the truth.

It keeps no jobs of its own (docs/adr: SQLAlchemyJobStore lost jobs between two schedulers). The
escalation is woken at the very instant the store says something is due, re-armed by the store's
word that something is due sooner, and every five seconds as a net. The rest ticks. Several
schedulers at once are safe.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.engine.auditor import audit
from bot.engine.escalator import Escalator
from bot.engine.hooking import take_hooks
from bot.engine.oncall import REFRESH_SECONDS
from bot.engine.paging import RENEWED_EVERY
from bot.engine.reconciler import tick
from bot.engine.sweep import SWEEP_SECONDS, sweep
from bot.engine.world import World
from bot.entrypoints.rounds import on_word, tried

log = logging.getLogger("filmops.scheduler")

TICK_SECONDS = 2
NET_SECONDS = 5.0
AUDIT_SECONDS = 60
DRAIN_SECONDS = 10.0
NO_SOONER = 0.25
"""Seconds between two wakes by date, when something due cannot be taken: all calls of its level are
busy (one that ends wakes at once), or another scheduler is just taking it."""


class Alarm:
    """Wakes the escalation at the instant it asked for; one wake at a time."""

    def __init__(self, scheduler: AsyncIOScheduler, world: World, escalator: Escalator) -> None:
        self._scheduler = scheduler
        self._world = world
        self._escalator = escalator
        self._waking = asyncio.Lock()
        self._again = False

    async def ring(self) -> None:
        """Wake it now. A ring during a wake is another wake after it."""
        self._again = True
        if self._waking.locked():
            return
        async with self._waking:
            while self._again:
                self._again = False
                await tried("the escalation", self._wake)

    async def _wake(self) -> None:
        due = await self._escalator.wake()
        if due is None:
            return
        wait = (due - self._world.clock.now()).total_seconds()
        if wait <= 0:
            wait = NO_SOONER
        if wait < NET_SECONDS:
            at = _here() + timedelta(seconds=wait)
            self._scheduler.add_job(
                self.ring,
                "date",
                run_date=at,
                id="due",
                replace_existing=True,
                misfire_grace_time=None,
            )


async def schedule(
    world: World,
    escalator: Escalator,
    *,
    pages_changed: Callable[[float], Awaitable[None]],
    hooked: Callable[[float], Awaitable[None]],
    stop: asyncio.Event,
) -> None:
    """Until `stop`. `pages_changed` and `hooked` wait for the store's word that something is due
    sooner, or that a webhook has come.
    """
    scheduler = AsyncIOScheduler(timezone="UTC")
    alarm = Alarm(scheduler, world, escalator)

    def every(seconds: float, what: str, do: Callable[[], Awaitable[object]]) -> None:
        async def once() -> None:
            await tried(what, do)

        scheduler.add_job(
            once,
            "interval",
            seconds=seconds,
            max_instances=1,
            coalesce=True,
            id=what,
            next_run_time=_here(),
        )

    every(TICK_SECONDS, "the scheduler's tick", lambda: tick(world))
    every(RENEWED_EVERY, "renewing leases", escalator.paging.renew)
    every(REFRESH_SECONDS, "who is on call", escalator.roster.refresh)
    every(SWEEP_SECONDS, "the sweep of PagerDuty", lambda: sweep(world))
    every(AUDIT_SECONDS, "the auditor", lambda: audit(world))
    scheduler.start()
    async with asyncio.TaskGroup() as group:
        group.create_task(on_word(pages_changed, stop, "the escalation", alarm.ring, NET_SECONDS))
        group.create_task(on_word(_word(escalator.paging.freed), stop, "sending on", alarm.ring))
        group.create_task(on_word(hooked, stop, "hooks", lambda: take_hooks(world)))
    scheduler.shutdown(wait=False)
    await escalator.drain(DRAIN_SECONDS)


def _here() -> datetime:
    """APScheduler's own time. It may be wrong: only distances from it are used."""
    return datetime.now(UTC)  # noqa: TID251 - what is due is judged by the database's clock


def _word(event: asyncio.Event) -> Callable[[float], Awaitable[None]]:
    """Waiting for an event as one waits for the store's word."""

    async def wait(timeout: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), timeout)
        event.clear()

    return wait
