"""One delivery from Slack, already acknowledged and written down, to its answer.

Before it: an entrypoint (Bolt), which takes the delivery into the inbox and acknowledges. A
worker claims it; here it is understood, carried out, and answered to the one person who asked.
The inbox hands over again what a dead process left; everything behind it bears being asked
twice. What three have left is only answered. (In another process than the acknowledgement,
because reading AWS would hold that up.)
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.domain.message import Message, View
from bot.domain.reasons import Obstacle, Reason
from bot.engine.click import Action, Click, Counter, Home, Reply
from bot.engine.dispatch import Asked, Blocked, Dispatch
from bot.engine.operation import Asking
from bot.engine.world import World
from bot.errors import FilmOpsError, OperationFailed, Refused, Temporary, UserError
from bot.ports import Delivery

log = logging.getLogger("filmops.desk")

LEASE = timedelta(seconds=20)
"""A delivery not done by then has lost its process: planning takes a few seconds at most."""

SERVED_AT_MOST = 3
"""So many workers may end over one delivery; the next one only says so."""

ANSWER_TRIES = 6
"""An answer is tried again for about a minute; cards, not answers, are what must not be lost."""


class Desk:
    """Serves deliveries; each has been marked by the intake if it is a guest's."""

    def __init__(self, world: World, dispatch: Dispatch, actions: Mapping[str, Action]) -> None:
        self._world = world
        self._counter = Counter(world=world, dispatch=dispatch)
        self._dispatch = dispatch
        self._actions = actions

    async def claim(self, limit: int) -> tuple[Delivery, ...]:
        """The next deliveries to serve, at most `limit`."""
        now = self._world.clock.now()
        return await self._world.store.inbox.claim(
            now=now, lease_until=now + LEASE, limit=limit, times=SERVED_AT_MOST + 1
        )

    async def serve(self, delivery: Delivery) -> None:
        """Carry it out, then answer. An unknown error becomes a number; raises only Temporary,
        when the database went away: the delivery is then claimed again.
        """
        given_up = delivery.claims > SERVED_AT_MOST
        reply = self._given_up(delivery) if given_up else await self._understand(delivery)
        # Before the answer: Slack may be away for longer than the lease, and what was done must
        # not be done again because nobody could be told.
        await self._world.store.inbox.done(delivery.key, self._world.clock.now())
        try:
            await self._answer(delivery, reply)
        except FilmOpsError as error:
            log.warning("the answer to %s was not taken: %s", delivery.key, error)
        except Exception:
            log.exception("the answer to %s failed", delivery.key)

    async def _understand(self, delivery: Delivery) -> Reply:
        voice = self._world.voice
        try:
            return await self._carry(delivery)
        except UserError as error:
            return voice.mistake(error.message, error.hint)
        except Refused as refusal:
            return voice.refused((_obstacle(refusal),))
        except OperationFailed as failure:
            return voice.unable(failure.message, failure.hint)
        except Temporary as fault:
            return voice.unable(f"Not now: {fault.message}", fault.hint or "Again in a moment.")
        except Exception:
            number = uuid.uuid4().hex[:8]
            log.exception("error %s while serving %s", number, delivery.key)
            return voice.failed(number)

    def _given_up(self, delivery: Delivery) -> Message:
        log.error("%s was served %d times and never to its end", delivery.key, SERVED_AT_MOST)
        return self._world.voice.unable(
            f"What you asked for could not be carried out: {SERVED_AT_MOST} workers began it and "
            "none finished it. Look what was done before you ask again.",
            "/filmops operations",
        )

    async def _carry(self, delivery: Delivery) -> Reply:
        payload = delivery.payload
        asking = Asking(
            actor=str(payload["user"]),
            team=str(payload["team"]),
            channel=str(payload.get("channel", "")),
            now=self._world.clock.now(),
        )
        if payload.get("guest"):
            raise Refused(
                "You are a guest from another workspace; FilmOps listens to its own people only.",
                code=Reason.WRONG_TEAM,
            )
        if delivery.kind == "command":
            return await self._dispatch.command(asking, str(payload["text"]))
        action = self._actions.get(str(payload["action"]))
        if action is None:
            raise Refused(
                "That button is from another release and does nothing now.",
                code=Reason.UNKNOWN_REQUEST,
                hint="/filmops operations",
            )
        return await action(self._counter, _click(asking, payload))

    async def _answer(self, delivery: Delivery, reply: Reply) -> None:
        chat, payload = self._world.chat, delivery.payload
        match reply:
            case None:
                return
            case Home(view=view):
                await self._insist(lambda: chat.publish_home(user=str(payload["user"]), view=view))
            case View():
                await chat.open_view(trigger_id=str(payload.get("trigger_id", "")), view=reply)
            case Asked() | Blocked() | Message():
                await self._tell(delivery, self._message(reply))

    def _message(self, reply: Message | Asked | Blocked) -> Message:
        match reply:
            case Asked():
                return self._world.voice.asked(reply.request)
            case Blocked():
                return self._world.voice.refused(reply.obstacles)
            case Message():
                return reply

    async def _tell(self, delivery: Delivery, message: Message) -> None:
        chat, payload = self._world.chat, delivery.payload
        url, since = str(payload.get("response_url") or ""), self._world.clock.now()
        if message.public:
            await self._insist(lambda: self._post_once(delivery.key, message, since))
        elif url:
            await self._insist(lambda: chat.respond(response_url=url, message=message))
        else:
            channel, user = self._world.topology.studio.channel, str(payload["user"])
            await self._insist(lambda: chat.ephemeral(channel=channel, user=user, message=message))

    async def _post_once(self, key: str, message: Message, since: datetime) -> None:
        """Looked for first: the answer to a post that was taken may have been lost."""
        chat, channel = self._world.chat, self._world.topology.studio.channel
        if await chat.find(channel=channel, key=key, since=since) is None:
            await chat.post(channel=channel, message=message, key=key)

    async def _insist(self, send: Callable[[], Awaitable[object]]) -> None:
        for attempt in range(ANSWER_TRIES):
            try:
                await send()
            except Temporary as fault:
                if attempt + 1 == ANSWER_TRIES:
                    raise
                await asyncio.sleep(fault.retry_after or 2**attempt)
            else:
                return


def _obstacle(refusal: Refused) -> Obstacle:
    return Obstacle(code=Reason(refusal.code), message=refusal.message, unblock=refusal.hint)


def _click(asking: Asking, payload: Mapping[str, Any]) -> Click:
    return Click(
        asking=asking,
        action=str(payload["action"]),
        value=str(payload.get("value", "")),
        values={str(k): str(v) for k, v in dict(payload.get("values", {})).items()},
    )
