"""V3 webhooks: what happened to an incident, signed and posted to every subscription.

Each event goes its own way, so a lost answer makes it come twice and order is not promised.
5xx and silence are retried; a 4xx drops the event, and three in a row disable the
subscription, as at PagerDuty.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp

from sandbox.pagerduty import shapes
from sandbox.pagerduty.values import Incident, User, now

WAITS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, *([10.0] * 30))
DISABLED_AFTER = 3


@dataclass(slots=True, kw_only=True)
class Subscription:
    """An address and its secrets (several while they are rotated)."""

    url: str
    secrets: tuple[str, ...]
    enabled: bool = True
    refused: int = 0


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One event on its way: the exact body and headers, and each attempt's outcome."""

    id: str
    event_type: str
    url: str
    body: str
    headers: dict[str, str]
    attempts: list[str] = field(default_factory=list)


def signature(body: bytes, secrets: tuple[str, ...]) -> str:
    """The header `X-PagerDuty-Signature` for a raw body."""
    digests = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join(f"v1={digest}" for digest in digests)


class Webhooks:
    """The subscriptions and what was sent to them."""

    def __init__(self) -> None:
        self.subscriptions: list[Subscription] = []
        self.deliveries: list[Delivery] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def tell(self, event_type: str, incident: Incident, agent: User | None) -> None:
        """Write one event down for every enabled subscription, and send it."""
        body = json.dumps(
            {
                "event": {
                    "id": f"01{uuid.uuid4().hex[:24].upper()}",
                    "event_type": event_type,
                    "resource_type": "incident",
                    "occurred_at": now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                    "agent": shapes.user_reference(agent) if agent else None,
                    "client": None,
                    "data": shapes.webhook_data(incident),
                }
            }
        )
        for subscription in self.subscriptions:
            if subscription.enabled:
                self._send(subscription, event_type, body)

    def listing(self) -> dict[str, Any]:
        """Subscriptions (without secrets) and deliveries as JSON values."""
        return {
            "subscriptions": [
                {"url": s.url, "enabled": s.enabled, "secrets": len(s.secrets)}
                for s in self.subscriptions
            ],
            "deliveries": [asdict(delivery) for delivery in self.deliveries],
        }

    async def close(self) -> None:
        """Stop sending."""
        self.forget()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def forget(self) -> None:
        """Drop what is still on its way, and the list of what was sent."""
        for task in self._tasks:
            task.cancel()
        self.deliveries.clear()

    def _send(self, subscription: Subscription, event_type: str, body: str) -> None:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "PagerDuty-Webhook/V3.0",
            "X-PagerDuty-Signature": signature(body.encode(), subscription.secrets),
            "X-Webhook-Id": uuid.uuid4().hex,
        }
        delivery = Delivery(
            id=json.loads(body)["event"]["id"],
            event_type=event_type,
            url=subscription.url,
            body=body,
            headers=headers,
        )
        self.deliveries.append(delivery)
        task = asyncio.get_running_loop().create_task(self._deliver(subscription, delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, subscription: Subscription, delivery: Delivery) -> None:
        for wait in WAITS:
            status = await self._post(delivery)
            delivery.attempts.append(str(status) if status else "no answer")
            if status and 200 <= status < 300:
                subscription.refused = 0
                return
            if status and 400 <= status < 500:
                subscription.refused += 1
                subscription.enabled = subscription.refused < DISABLED_AFTER
                return
            await asyncio.sleep(wait)

    async def _post(self, delivery: Delivery) -> int | None:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5))
        try:
            async with self._session.post(
                delivery.url,
                data=delivery.body.encode(),
                headers=delivery.headers,
                allow_redirects=False,
            ) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return None
