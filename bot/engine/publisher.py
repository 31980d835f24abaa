"""Towards Slack: every card shows the latest state, sooner or later, once.

The store says which cards are behind; this draws the latest state and sends it. Runs never
wait for it: Slack may be away for hours, cards then catch up with one update each. A post whose
answer was lost is looked for by its key before it is sent again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from datetime import datetime, timedelta

from bot.domain.message import Message
from bot.engine.attaching import FILES, attach
from bot.engine.draw import DRAWERS, Drawer, drawer_of
from bot.engine.world import World
from bot.errors import OperationFailed, Temporary
from bot.ports import Card, ThreadNote

log = logging.getLogger("filmops.publisher")

SENDING_SECONDS = 12.0
"""How long one card or note may take, its look before included; slower is an answer lost."""

LEASE = timedelta(seconds=15)
"""Longer than that, and no longer: a worker killed while it sends keeps its cards so long."""

COALESCE = timedelta(seconds=1.5)
"""At most one update of a message in this time (Slack: chat.update 50/min a workspace)."""

UPDATES = ("chat.update", 50.0, 10.0)
POSTS = ("chat.postMessage", 60.0, 5.0)
"""Budgets every process shares: name, per minute, burst."""

GONE = "message_not_found"
"""Slack's word for a message somebody has deleted."""

LONGEST_BACKOFF = 60.0
REFUSED_AGAIN = timedelta(minutes=5)
"""After Slack refused a message for good (its channel is gone): a person has to mend it."""


class Publisher:
    """Sends what is due. Several may run at once: leases keep them apart."""

    def __init__(self, world: World, drawers: Mapping[str, Drawer] = DRAWERS) -> None:
        self._world = world
        self._drawers = drawers

    async def publish(self) -> int:
        """Send the cards and thread notes that are due; how many were looked at."""
        now = self._world.clock.now()
        cards = await self._world.store.cards.claim(now=now, lease_until=now + LEASE)
        await asyncio.gather(*(self._card(card) for card in cards))
        return len(cards) + await self._notes()

    async def _notes(self) -> int:
        """One after the other, each with a lease that begins when its turn has come."""
        sent = 0
        while True:
            now = self._world.clock.now()
            notes = await self._world.store.cards.claim_notes(
                now=now, lease_until=now + LEASE, limit=1
            )
            if not notes:
                return sent
            await self._note(notes[0])
            sent += 1

    async def _card(self, card: Card) -> None:
        cards = self._world.store.cards
        now = self._world.clock.now()
        budget = UPDATES if card.ts else POSTS
        wait = await cards.spend(budget[0], per_minute=budget[1], burst=budget[2], now=now)
        if wait > 0:
            await cards.failed(card.subject, next_at=now + timedelta(seconds=wait))
            return
        try:
            ts = await _in_time(self._send(card))
        except (Temporary, OperationFailed) as fault:
            at = self._after(fault, card.failures, f"card of {card.subject}")
            await cards.failed(card.subject, next_at=at)
        except Exception:
            log.exception("the card of %s could not be drawn", card.subject)
            await cards.failed(card.subject, next_at=self._world.clock.now() + REFUSED_AGAIN)
        else:
            at = self._world.clock.now() + COALESCE
            await cards.shown(card.subject, ts=ts, version=card.wanted, next_at=at)

    async def _send(self, card: Card) -> str:
        """Post or update. Raises Temporary or OperationFailed as Slack does."""
        drawer, number = drawer_of(card.subject, self._drawers)
        message = await drawer.draw(self._world, number)
        chat = self._world.chat
        if card.ts is not None:
            try:
                await chat.update(channel=card.channel, ts=card.ts, message=message)
            except OperationFailed as refused:
                # Its buttons are how people decide: a card somebody deleted is posted anew.
                if refused.code != GONE:
                    raise
            else:
                return card.ts
        key = f"{drawer.kind}:{number}"
        if card.posting_since is not None:
            found = await chat.find(channel=card.channel, key=key, since=card.posting_since)
            if found is not None:
                await chat.update(channel=card.channel, ts=found, message=message)
                return found
        else:
            await self._world.store.cards.posting(card.subject, self._world.clock.now())
        return await chat.post(channel=card.channel, message=message, key=key)

    async def _note(self, note: ThreadNote) -> None:
        cards = self._world.store.cards
        now = self._world.clock.now()
        for name, per_minute, burst in (POSTS, FILES) if note.attachment else (POSTS,):
            wait = await cards.spend(name, per_minute=per_minute, burst=burst, now=now)
            if wait > 0:
                await cards.note_failed(note.key, next_at=now + timedelta(seconds=wait))
                return
        try:
            ts = await _in_time(self._send_note(note))
        except (Temporary, OperationFailed) as fault:
            at = self._after(fault, note.failures, f"note {note.key}")
            await cards.note_failed(note.key, next_at=at)
        else:
            await cards.note_posted(note.key, ts)

    async def _send_note(self, note: ThreadNote) -> str:
        """Its words, then its file. Raises Temporary or OperationFailed as Slack does."""
        message = note.message
        if not message.blocks:
            # A line of the timeline: plain words, some of them foreign, until they are drawn.
            message = self._world.voice.line(message.text)
        ts = await self._say(note, message)
        if note.attachment is not None:
            await attach(self._world, note, note.attachment, message, ts)
        return ts

    async def _say(self, note: ThreadNote, message: Message) -> str:
        chat = self._world.chat
        if note.posting_since is not None:
            found = await chat.find(
                channel=note.channel, key=note.key, since=note.posting_since, thread=note.thread
            )
            if found is not None:
                return found
        else:
            await self._world.store.cards.note_posting(note.key, self._world.clock.now())
        return await chat.post(
            channel=note.channel, message=message, key=note.key, thread=note.thread
        )

    def _after(self, fault: Temporary | OperationFailed, failures: int, what: str) -> datetime:
        now = self._world.clock.now()
        if isinstance(fault, OperationFailed):
            log.error("Slack refuses the %s: %s %s", what, fault.message, fault.hint)
            return now + REFUSED_AGAIN
        wait = fault.retry_after or min(LONGEST_BACKOFF, 1.0 * 2 ** min(failures, 6))
        log.warning("Slack did not take the %s (%s); again in %.0f s", what, fault.message, wait)
        return now + timedelta(seconds=wait)


async def _in_time(sending: Awaitable[str]) -> str:
    """Its ts, before the lease is up and another may send. Raises Temporary after that time."""
    try:
        async with asyncio.timeout(SENDING_SECONDS):
            return await sending
    except TimeoutError:
        raise Temporary(f"no answer within {SENDING_SECONDS:g} s") from None
