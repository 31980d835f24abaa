"""Carry a payload to the bot and wait three seconds for its acknowledgement.

Before: `acts` has made a payload. After: the acknowledgement, or the name of what went wrong
instead. A socket is used when one is open, else the request URL.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from sandbox.faults import Fault, Faults
from sandbox.slack.http_delivery import HttpDelivery
from sandbox.slack.sockets import Sockets
from sandbox.slack.values import Json

Kind = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """What became of one delivery. `error` is None, operation_timeout or dispatch_failed."""

    envelope_id: str
    seconds: float
    error: str | None
    response: Any = None

    def json(self) -> Json:
        """For the control's answer."""
        return {
            "acked": self.error is None,
            "ack_ms": round(self.seconds * 1000, 1),
            "payload_id": self.envelope_id,
            "response": self.response,
            "error": self.error,
        }


class Dispatcher:
    """Both ways to the bot."""

    def __init__(
        self,
        *,
        sockets: Sockets,
        http: HttpDelivery | None,
        faults: Faults,
        ack_seconds: float,
        retry_waits: tuple[float, ...],
    ) -> None:
        self._sockets = sockets
        self._http = http
        self._faults = faults
        self._ack_seconds = ack_seconds
        self._retry_waits = retry_waits
        self._retries: set[asyncio.Task[None]] = set()

    async def deliver(self, kind: Kind, payload: Json, retry: tuple[int, str] = (0, "")) -> Ack:
        """Once. Never raises: what went wrong is in the Ack."""
        envelope_id = str(uuid4())
        began = time.monotonic()
        error: str | None = None
        response: Any = None
        try:
            response = await self._send(envelope_id, kind, payload, retry)
        except TimeoutError:
            error = "operation_timeout"
        except ConnectionError:
            error = "dispatch_failed"
        seconds = time.monotonic() - began
        return Ack(envelope_id=envelope_id, seconds=seconds, error=error, response=response)

    async def many(self, kind: Kind, payload: Json, times: int) -> list[Ack]:
        """The same payload several times at once, as a network that repeats itself does."""
        return list(await asyncio.gather(*(self.deliver(kind, payload) for _ in range(times))))

    async def event(self, payload: Json, times: int) -> list[Ack]:
        """An event: when nobody acknowledges it, again at once, after 1 min and after 5 min."""
        acks = await self.many("events_api", payload, times)
        if all(ack.error for ack in acks):
            task = asyncio.create_task(self._again(payload, acks[0].error or ""))
            self._retries.add(task)
            task.add_done_callback(self._retries.discard)
        return acks

    async def close(self) -> None:
        """Give up what waits to be sent again."""
        for task in list(self._retries):
            task.cancel()

    async def _again(self, payload: Json, error: str) -> None:
        reason = "http_timeout" if error == "operation_timeout" else "connection_failed"
        for attempt, wait in enumerate(self._retry_waits, start=1):
            await asyncio.sleep(wait)
            ack = await self.deliver("events_api", payload, (attempt, reason))
            if ack.error is None:
                return

    async def _send(
        self, envelope_id: str, kind: Kind, payload: Json, retry: tuple[int, str]
    ) -> Any:
        seconds = self._ack_seconds
        fault = self._faults.take("socket") if self._sockets.count else None
        if fault is not None:
            seconds = await self._broken(fault, seconds)
        if not self._sockets.count and self._http is not None:
            return await self._http.send(kind, payload, retry, seconds)
        response = await self._sockets.send(_envelope(envelope_id, kind, payload, retry), seconds)
        if fault is not None and fault.kind == "drop":
            await self._sockets.disconnect("", abrupt=True)
            raise TimeoutError
        return response

    async def _broken(self, fault: Fault, seconds: float) -> float:
        """`latency` delays the delivery, `refuse` hangs up before it, `status` swallows it.

        `drop` is the caller's: the bot receives and acknowledges, and the answer is lost.
        """
        if fault.kind == "latency":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "refuse":
            await self._sockets.disconnect("", abrupt=True)
            raise ConnectionError("fault: refuse")
        if fault.kind == "status":
            await asyncio.sleep(seconds)
            raise TimeoutError
        return seconds


def _envelope(envelope_id: str, kind: Kind, payload: Json, retry: tuple[int, str]) -> Json:
    envelope: Json = {"envelope_id": envelope_id, "payload": payload, "type": kind}
    envelope["accepts_response_payload"] = kind != "events_api"
    if kind == "events_api":
        envelope |= {"retry_attempt": retry[0], "retry_reason": retry[1]}
    return envelope
