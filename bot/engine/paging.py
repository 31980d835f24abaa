"""Sending the pages that are due: claim, call PagerDuty, write down what came of it.

Before it: the scheduler's clock, which wakes it at the very instant. After it: `confirming` (did
it reach somebody) and `telling` (acknowledged meanwhile). Never waits for Slack, nor one level for
another. Several schedulers may do this at once: a claim is a lease, renewed while its owner
lives; a page whose owner died is claimed again and looked for before it is sent a second time.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.domain.incident import Incident, Page, PageState, Wish
from bot.engine.world import World
from bot.errors import ConfigurationError, FilmOpsError, OperationFailed, Temporary

log = logging.getLogger("filmops.paging")

PARALLEL = 2
"""Calls of one level at a time and scheduler. PagerDuty takes about 120 a minute of a routing key:
two schedulers reach that with calls of two seconds, and a thousand pages do not crowd the cores."""

CLAIMED = 4
"""Pages of one level that are claimed at a time: those behind the calls are at hand at once, and
one statement claims several."""

LEASE_SECONDS = 3.0
"""How long a dead scheduler keeps its pages: with its restart, or another's claim, a level is not
more than five seconds late."""

RENEWED_EVERY = 1.0
BACKOFF = (2.0, 5.0, 15.0, 30.0)
"""Seconds between tries while PagerDuty does not answer; the last one again and again."""

LOOK_AFTER = timedelta(seconds=5)
STOOD_IN_LINE = timedelta(seconds=0.2)
"""A page that waited so long for its call is looked at once more before it is made."""


class Paging:
    """One scheduler's hand on the outbox. `owner` is a name no other process has."""

    def __init__(self, world: World, *, owner: str) -> None:
        self._world = world
        self._owner = owner
        self._leases: dict[str, datetime] = {}
        self._levels = len(world.topology.escalation.levels)
        self._sending: dict[int, set[asyncio.Task[None]]] = {
            level: set() for level in range(1, self._levels + 1)
        }
        self._lines = {level: asyncio.Semaphore(PARALLEL) for level in self._sending}
        self._waiting: set[int] = set()
        self._say_room: Callable[[], None] = lambda: None

    def on_room(self, say: Callable[[], None]) -> None:
        """Call this when there is room again in a level that had more due than room."""
        self._say_room = say

    async def send_due(self) -> int:
        """Claim what is due and there is room for, and begin to send it; how many."""
        begun = 0
        more = True
        while more and (free := self._free()):
            now = self._world.clock.now()
            lease_until = now + timedelta(seconds=LEASE_SECONDS)
            pages = await self._world.store.pages.claim(
                owner=self._owner, free=free, now=now, lease_until=lease_until
            )
            sending = [page for page in pages if page.state is PageState.SENDING]
            await self._begin(sending, lease_until)
            begun += len(sending)
            taken = Counter(page.level for page in pages)
            self._waiting |= {level for level, room in free.items() if taken[level] == room}
            # Those that need no call have taken the room of others that do.
            more = len(sending) < len(pages)
        return begun

    async def renew(self) -> None:
        """Prolong the leases of what is being sent, and of nothing else: a page whose outcome could
        not be written is to be claimed again.
        """
        if not self._leases:
            return
        until = self._world.clock.now() + timedelta(seconds=LEASE_SECONDS)
        renewed = await self._world.store.pages.renew(
            self._owner, self._leases.keys(), lease_until=until
        )
        self._leases.update(dict.fromkeys(renewed & self._leases.keys(), until))

    async def drain(self, seconds: float) -> None:
        """Let what is being sent end; what does not is another scheduler's when its lease ends."""
        tasks = {task for level in self._sending.values() for task in level}
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    def _free(self) -> Mapping[int, int]:
        room = {level: CLAIMED - len(tasks) for level, tasks in self._sending.items()}
        return {level: free for level, free in room.items() if free > 0}

    async def _begin(self, pages: Sequence[Page], lease_until: datetime) -> None:
        if not pages:
            return
        incidents = await self._world.store.incidents.several({page.incident for page in pages})
        self._leases.update({page.key: lease_until for page in pages})
        for page in pages:
            sending, incident = self._sending[page.level], incidents[page.incident]
            task = asyncio.create_task(self._one(page, incident), name=f"page {page.key}")
            sending.add(task)
            task.add_done_callback(partial(self._end, page))

    def _end(self, page: Page, done: asyncio.Task[None]) -> None:
        self._sending[page.level].discard(done)
        self._leases.pop(page.key, None)
        if page.level in self._waiting:
            self._waiting.discard(page.level)
            self._say_room()

    async def _one(self, page: Page, incident: Incident) -> None:
        try:
            await self._send(page, incident)
        except FilmOpsError as fault:
            # The database: the lease runs out, and the page is claimed again.
            log.warning("%s: what came of it could not be written: %s", page.key, fault.message)
        except Exception:
            log.exception("%s could not be sent", page.key)

    async def _send(self, page: Page, incident: Incident) -> None:
        """One attempt, whatever comes of it. Raises only what the store raises."""
        if self._nobody_there(page):
            now, said = self._world.clock.now(), "nobody is on call there"
            await self._world.store.pages.skipped(page, self._owner, said=said, now=now)
            return
        if page.unsure and await self._has_arrived(page):
            await self._write(page, None)
            return
        claimed_at = self._world.clock.now()
        async with self._lines[page.level]:
            now = self._world.clock.now()
            if not self._holds(page, now) or not await self._is_needed(page, now - claimed_at):
                return
            page = replace(page, first_at=page.first_at or now)
            fault = await self._call(page, incident)
        await self._write(page, fault)

    async def _write(self, page: Page, fault: FilmOpsError | None) -> None:
        """What came of the attempt. Raises as the store does."""
        pages, now = self._world.store.pages, self._world.clock.now()
        match fault:
            case None:
                await pages.sent(page, self._owner, look_at=now + LOOK_AFTER, now=now)
            case Temporary():
                await self._again(page, fault)
            case _:
                log.error("%s: PagerDuty refuses: %s", page.key, fault.message)
                await pages.refused(page, self._owner, said=fault.message, now=now)

    def _holds(self, page: Page, now: datetime) -> bool:
        """Whether the page is certainly ours: a process that slept must not send another's."""
        until = self._leases.get(page.key)
        if until is not None and now < until:
            return True
        log.warning("%s may be another scheduler's by now: this one was asleep", page.key)
        return False

    async def _is_needed(self, page: Page, waited: timedelta) -> bool:
        """Whether nobody answered while it stood in line behind calls that hang."""
        if waited < STOOD_IN_LINE:
            return True
        pages, now = self._world.store.pages, self._world.clock.now()
        found = await pages.of_key(page.key)
        if found is None or found.wish is Wish.NONE:
            return True
        said = "answered while it stood in line"
        await pages.again(page, self._owner, at=now, unsure=False, said=said, now=now)
        return False

    def _nobody_there(self, page: Page) -> bool:
        """The last level is paged all the same: there is no next one to pass it on to."""
        return page.level < self._levels and self._world.roster.is_empty(page.level)

    async def _has_arrived(self, page: Page) -> bool:
        """Whether an earlier attempt was taken: after its incident is resolved, a repeat of the key
        would ring a second time. PagerDuty not answering this counts as no.
        """
        try:
            return await self._world.pager.find(page.key) is not None
        except FilmOpsError as fault:
            log.warning("%s could not be looked for: %s", page.key, fault.message)
            return False

    async def _call(self, page: Page, incident: Incident) -> FilmOpsError | None:
        """Call PagerDuty; what was wrong, or nothing."""
        topology = self._world.topology
        service = topology.services.get(incident.service)
        drill = "DRILL, only acknowledge: " if incident.is_drill else ""
        try:
            await self._world.pager.page(
                key=page.key,
                level=page.level,
                summary=f"{drill}[{incident.severity}] {incident.name} {incident.title}",
                detail={
                    "incident": incident.name,
                    "service": service.title if service else incident.service or "unknown",
                    "level": topology.escalation.levels[page.level - 1].name,
                    "opened": f"{incident.opened_at:%Y-%m-%d %H:%M:%S} UTC",
                    "next": f"Acknowledge here, or in #{topology.studio.channel.removeprefix('#')}:"
                    f" /filmops incident ack {incident.name}",
                },
            )
        except (Temporary, ConfigurationError, OperationFailed) as fault:
            return fault
        return None

    async def _again(self, page: Page, fault: Temporary) -> None:
        wait = fault.retry_after
        if wait is None:
            wait = BACKOFF[min(page.failures, len(BACKOFF) - 1)]
        log.warning("%s: %s; again in %.0f s", page.key, fault.message, wait)
        now = self._world.clock.now()
        await self._world.store.pages.again(
            page,
            self._owner,
            at=now + timedelta(seconds=wait),
            # A 429 says how long to wait and was certainly not taken.
            unsure=fault.retry_after is None,
            said=fault.message,
            now=now,
        )
