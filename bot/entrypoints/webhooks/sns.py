"""`/webhooks/sns`: what AWS SNS delivers over HTTPS, signed with a certificate of AWS'.

In this order, so that a forger makes us do as little as possible: one of our topics? signed by
SNS? only then is a link followed (to confirm the subscription) or the message written down.
SNS tries again for hours, so old ones are taken; the MessageId makes a repeat harmless.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.entrypoints.body import read_body
from bot.entrypoints.webhooks.taking import TOO_LARGE, taken
from bot.errors import OperationFailed, Temporary
from bot.ports import Clock, Hook, Hooks, SnsDoor

log = logging.getLogger("filmops.webhooks")

TYPES = ("Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation")
NEEDED = ("Type", "MessageId", "TopicArn", "Message", "Timestamp")
KEPT = (*NEEDED, "Subject")
"""What is written down: no link that acts, no token."""


class SnsHooks:
    """Takes the messages of the topics the topology names."""

    def __init__(self, hooks: Hooks, clock: Clock, *, door: SnsDoor, topics: Sequence[str]) -> None:
        self._hooks = hooks
        self._clock = clock
        self._door = door
        self._topics = frozenset(topics)

    async def answer(self, request: Request) -> Response:
        """Carry out one request."""
        body = await read_body(request)
        if body is None:
            return PlainTextResponse(TOO_LARGE, 413)
        message = _message(body)
        if message is None:
            return PlainTextResponse("the body is no message of SNS'", 400)
        topic = message["TopicArn"]
        if topic not in self._topics:
            log.warning("a message of SNS topic %.300r was refused: %s", topic, self._known())
            return PlainTextResponse("this topic is not in alerts.sns_topics", 403)
        try:
            return await self._judged(message)
        except Temporary as fault:
            log.warning("a message of SNS topic %s waits: %s", topic, fault)
            return PlainTextResponse(f"{fault}: send it again", 503)

    async def _judged(self, message: Mapping[str, str]) -> Response:
        if not await self._door.genuine(message):
            log.warning("not signed by SNS, though of topic %s: refused", message["TopicArn"])
            return PlainTextResponse("the signature is missing or wrong", 403)
        if message["Type"] == "SubscriptionConfirmation":
            return await self._confirmed(message)
        return await taken(self._hooks, self._clock, _hook(message))

    def _known(self) -> str:
        if not self._topics:
            return "alerts.sns_topics in the topology is empty, so this webhook is off"
        return "alerts.sns_topics in the topology does not name it"

    async def _confirmed(self, message: Mapping[str, str]) -> Response:
        try:
            await self._door.confirm(message)
        except OperationFailed as failure:
            log.error("not subscribed to SNS topic %s: %s", message["TopicArn"], failure)  # noqa: TRY400
            return PlainTextResponse(str(failure), 400)
        log.info("subscribed to SNS topic %s", message["TopicArn"])
        return PlainTextResponse("subscribed", 200)


def _hook(message: Mapping[str, str]) -> Hook:
    if message["Type"] == "UnsubscribeConfirmation":
        log.warning("the subscription to SNS topic %s was cancelled", message["TopicArn"])
    kept = {name: message[name] for name in KEPT if name in message}
    return Hook(id=message["MessageId"], source="sns", payload=kept)


def _message(body: bytes) -> dict[str, str] | None:
    """Its texts by name; None when it is not a message with all that every message has."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    texts = {name: value for name, value in found.items() if isinstance(value, str)}
    whole = all(name in texts for name in NEEDED) and texts["Type"] in TYPES
    return texts if whole else None
