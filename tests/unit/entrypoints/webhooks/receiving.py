"""The webhooks' addresses over hooks in memory, with the real door to a far side of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from bot.adapters.aws import AwsSnsDoor
from bot.adapters.memory.hooks import MemoryHooks
from bot.entrypoints.http import build_http
from bot.entrypoints.webhooks import webhook_routes
from bot.errors import Temporary
from bot.ports import Hook
from tests.sns import TOPIC, Aws
from tests.stage import Stage


class Away(MemoryHooks):
    """Hooks whose database is away."""

    async def take(self, hook: Hook, now: object) -> bool:
        raise Temporary("the database is away")


@dataclass
class Receiver:
    """The HTTP side with its webhooks; `aws` is the far side the door asks."""

    secrets: tuple[str, ...] = ("first",)
    topics: tuple[str, ...] = (TOPIC,)
    away: bool = False
    stage: Stage = field(default_factory=Stage)
    aws: Aws = field(default_factory=Aws)

    def client(self) -> httpx.AsyncClient:
        routes = webhook_routes(
            (Away if self.away else MemoryHooks)(self.stage.tables),
            self.stage.clock,
            pagerduty_secrets=self.secrets,
            sns_door=AwsSnsDoor(transport=self.aws.transport()),
            sns_topics=self.topics,
        )
        app = build_http(None, signing_secret=None, routes=routes)
        transport = httpx.ASGITransport(app=app)
        return httpx.AsyncClient(transport=transport, base_url="http://filmops")

    async def post(
        self, path: str, body: bytes, headers: Mapping[Any, Any] | None = None
    ) -> httpx.Response:
        async with self.client() as client:
            return await client.post(path, content=body, headers=headers)

    async def stored(self) -> list[Hook]:
        """All that is waiting, whatever has been done to the clock."""
        now = self.stage.clock.now()
        lease = now + timedelta(seconds=10)
        return list(await self.stage.world.store.hooks.claim(now=now, lease_until=lease, limit=99))
