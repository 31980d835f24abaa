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

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.executors.base import BaseExecutor
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.engine.afterwards import remind_of_afterwards
from bot.engine.auditor import audit, reassure
from bot.engine.backups import verify_daily
from bot.engine.dispatch import Dispatch
from bot.engine.dr_due import remind_of_dr_tests
from bot.engine.dr_leftovers import sweep_dr_tests
from bot.engine.escalator import Escalator
from bot.engine.hooking import take_hooks
from bot.engine.maintenance import let_go
from bot.engine.oncall import REFRESH_SECONDS
from bot.engine.paging import RENEWED_EVERY
from bot.engine.patrol import patrol
from bot.engine.postmortem import remind_of_postmortems
from bot.engine.publishing import remind_to_publish
from bot.engine.pulse import AUDITOR
from bot.engine.reachability import LOOK_SECONDS, check_daily
from bot.engine.reconciler import tick
from bot.engine.sweep import SWEEP_SECONDS, sweep
from bot.engine.world import World
from bot.entrypoints.rounds import on_word, tried
from bot.errors import FilmOpsError
from bot.ports import Heartbeat

log = logging.getLogger("filmops.scheduler")

TICK_SECONDS = 5
NET_SECONDS = 5.0
AUDIT_SECONDS = 60
REMIND_SECONDS = 60
TOUCH_SECONDS = 60
DRAIN_SECONDS = 10.0
AGAIN_SECONDS = 1.0
PRESENT_SECONDS = (0.004, 0.25)
"""The shortest and the longest time between two wakes while something is due at present: it became
due since the wake began, another scheduler is just taking it, or its level's calls are all busy."""


class Alarm:
    """Rings at the instant the escalation asked for, whenever the store says that something is due
    sooner, and when there is room again for what is due.
    """

    def __init__(self, scheduler: AsyncIOScheduler, world: World, escalator: Escalator) -> None:
        self._scheduler = scheduler
        self._world = world
        self._escalator = escalator
        self._rung = asyncio.Event()
        self._patience = PRESENT_SECONDS[0]
        escalator.paging.on_room(self._rung.set)

    async def ring(self) -> None:
        """Wake the escalation now, or once more when it is awake."""
        self._rung.set()

    async def wait(self, timeout: float) -> None:
        """Until it rings, or `timeout` seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), timeout)

    async def wake(self) -> None:
        """Let the escalation do what is due, and set the alarm for what comes next."""
        self._rung.clear()
        try:
            due = await self._escalator.wake()
        except FilmOpsError:
            # The database is away: sooner again than the net, so that pages are on time after it.
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._rung.set)
            raise
        if due is None:
            return
        wait = (due - self._world.clock.now()).total_seconds()
        shortest, longest = PRESENT_SECONDS
        self._patience = shortest if wait > 0 else min(2 * self._patience, longest)
        wait = max(wait, 0.0) or self._patience
        if wait < NET_SECONDS:
            at = _here() + timedelta(seconds=wait)
            # The job does nothing but ring: one that is skipped while another runs would be late.
            self._scheduler.add_job(
                self._rung.set,
                "date",
                run_date=at,
                id="due",
                replace_existing=True,
                misfire_grace_time=None,
                executor="here",
            )


async def schedule(
    world: World,
    dispatch: Dispatch,
    escalator: Escalator,
    *,
    pages_changed: Callable[[float], Awaitable[None]],
    hooked: Callable[[float], Awaitable[None]],
    heartbeat: Heartbeat | None = None,
    stop: asyncio.Event,
) -> None:
    """Until `stop`. `pages_changed` and `hooked` wait for the store's word that something is due
    sooner, or that a webhook has come. `heartbeat` hears of each audit without findings.
    """
    scheduler = AsyncIOScheduler(timezone="UTC", executors=_executors())
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
    every(REFRESH_SECONDS, "who is on call", world.roster.refresh)
    every(SWEEP_SECONDS, "the sweep of PagerDuty", lambda: sweep(world))
    every(AUDIT_SECONDS, "the auditor", lambda: _audited(world, escalator, heartbeat))
    every(AUDIT_SECONDS, "what maintenance held", lambda: let_go(world))
    every(LOOK_SECONDS, "the daily check of who is on call", lambda: check_daily(world))
    every(LOOK_SECONDS, "the daily verification of backups", lambda: verify_daily(world))
    every(REMIND_SECONDS, "leftovers of DR tests", lambda: sweep_dr_tests(world))
    every(REMIND_SECONDS, "reminders of DR tests", lambda: remind_of_dr_tests(world))
    every(REMIND_SECONDS, "post-mortem reminders", lambda: remind_of_postmortems(world))
    every(REMIND_SECONDS, "reminders after rollbacks", lambda: remind_of_afterwards(world))
    every(REMIND_SECONDS, "status page reminders", lambda: remind_to_publish(world))
    seconds = max(TICK_SECONDS, world.topology.metrics.period_seconds)
    every(seconds, "the patrol", lambda: patrol(world, dispatch))
    every(TOUCH_SECONDS, "the countdowns", lambda: world.store.incidents.touch(world.clock.now()))
    scheduler.start()
    async with asyncio.TaskGroup() as group:
        group.create_task(on_word(alarm.wait, stop, "the escalation", alarm.wake, NET_SECONDS))
        group.create_task(on_word(pages_changed, stop, "listening", alarm.ring, 60.0))
        group.create_task(on_word(hooked, stop, "hooks", lambda: take_hooks(world), NET_SECONDS))
    scheduler.shutdown(wait=False)
    await escalator.drain(DRAIN_SECONDS)


def _executors() -> dict[str, BaseExecutor]:
    """Coroutines in the loop, and the alarm at once: a thread for it would cost a millisecond."""
    return {"default": AsyncIOExecutor(), "here": DebugExecutor()}


async def _audited(world: World, escalator: Escalator, heartbeat: Heartbeat | None) -> None:
    findings = await audit(world)
    await escalator.beats.finished(AUDITOR)
    if heartbeat is not None and not findings:
        await reassure(world, heartbeat)


def _here() -> datetime:
    """APScheduler's own time. It may be wrong: only distances from it are used."""
    return datetime.now(UTC)  # noqa: TID251 - what is due is judged by the database's clock
