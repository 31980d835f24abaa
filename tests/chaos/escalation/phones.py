"""A story's PagerDuty as the test sees it: its ledger, its people's phones, and what goes wrong."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

import httpx

from tests.chaos.stage import eventually

ENQUEUE = "POST /v2/enqueue"


class Phones:
    """Spoken to through PagerDuty's controls (sandbox/pagerduty/control.py)."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    async def fault(self, kind: str, *, level: int = 1, times: int | None = 1, **more: Any) -> None:
        """Something goes wrong with the next pages of a level (`times` None: with all)."""
        fault = {"match": f"{ENQUEUE} L{level}", "kind": kind, "times": times, **more}
        await self._tell("faults", **fault)

    async def listen(self, *, on: bool) -> None:
        """Refuse connections, or take them again."""
        await self._tell("listen", on=on)

    async def maintain(self, level: int) -> None:
        """A maintenance window there: pages are taken, and nobody is rung."""
        await self._tell("maintenance", level=level, on=True)

    async def leave(self, level: int) -> None:
        """Nobody is on call there."""
        await self._tell("oncall", level=level, email=None)

    async def unsubscribe(self) -> None:
        """No webhook is sent any more."""
        await self._ask("DELETE", "webhooks")

    async def press(self, button: str, key: str) -> None:
        """Who was rung by that page presses ack, resolve or unack."""
        rung = [line["paged"] for line in await self.ledger() if line["dedup_key"] == key]
        (user,) = filter(None, rung)
        await self._tell(button, dedup_key=key, user=user)

    async def called(self, level: int = 1) -> None:
        """Wait until that level has been called for, whatever came of it."""

        async def was() -> bool:
            calls = await self._ask("GET", "calls")
            keys = [call["body"]["routing_key"] for call in calls if call["call"] == ENQUEUE]
            return f"R-L{level}" in keys

        await eventually(was, f"level {level} was not called for")

    async def ledger(self) -> list[dict[str, Any]]:
        """What was taken and whom it rang, oldest first."""
        lines: list[dict[str, Any]] = await self._ask("GET", "ledger")
        return lines

    async def rings(self, keys: Collection[str]) -> dict[int, datetime]:
        """When a phone rang for one of these pages, by level."""
        return {
            line["level"]: datetime.fromisoformat(line["at"])
            for line in await self.ledger()
            if line["paged"] and line["dedup_key"] in keys
        }

    async def quiet(self, keys: Collection[str]) -> None:
        """Wait until no phone rings for these pages any more."""

        async def silent() -> bool:
            there = await self._ask("GET", "incidents")
            return all(one["status"] != "triggered" for one in there if one["dedup_key"] in keys)

        await eventually(silent, f"somebody is still rung for {keys}")

    async def none_rang_twice(self) -> None:
        """Each page rang at most once."""
        ledger = await self.ledger()
        keys = Counter(line["dedup_key"] for line in ledger if line["paged"])
        twice = [key for key, count in keys.items() if count > 1]
        assert not twice, f"rung twice: {twice}; {ledger}"

    async def _tell(self, path: str, **body: Any) -> None:
        await self._ask("POST", path, json=body)

    async def _ask(self, method: str, path: str, **given: Any) -> Any:
        answer = await asyncio.to_thread(self._http.request, method, path, **given)
        return answer.raise_for_status().json()
