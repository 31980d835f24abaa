"""PagerDuty's two clients, tamed: one attempt a call, short timeouts, our own errors.

The official client repeats a 429 for ever and a POST that timed out four times; repeating is
our outbox's business, so all of that is switched off in `bot.adapters.pagerduty_lane`. The
pager and the checks (`bot.adapters.pagerduty`, `…_checks`) speak through `Api`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pagerduty

from bot.adapters.pagerduty_lane import Lane, limits
from bot.errors import ConfigurationError, OperationFailed

T = TypeVar("T")

EVENTS_THREADS = 8
"""Pages at a time on each level."""

REST_THREADS = 8
"""REST calls at a time."""

ANSWERS_SECONDS = 10.0
CONNECTS_SECONDS = 3.0


class Api:
    """REST v2 (when there is a token) and one Events v2 client a level, each in its own lane."""

    def __init__(
        self,
        *,
        routing_keys: Mapping[int, str],
        token: str | None = None,
        from_address: str | None = None,
        api_url: str = "https://api.pagerduty.com",
        events_url: str = "https://events.pagerduty.com",
        ca_file: Path | None = None,
        timeout_seconds: float = ANSWERS_SECONDS,
        connect_seconds: float = CONNECTS_SECONDS,
    ) -> None:
        """Open no connection yet. Raises ConfigurationError for addresses that are not https."""
        timeout = httpx2.Timeout(timeout_seconds, connect=connect_seconds)
        # Without a file the client itself looks at SSL_CERT_FILE.
        trust = ssl.create_default_context(cafile=ca_file) if ca_file else True
        self.from_address = from_address
        self.levels = tuple(sorted(routing_keys))
        try:
            self._rest = (
                None if token is None else _rest(token, from_address, api_url, trust, timeout)
            )
            self._events = {
                level: _events(level, key, events_url, trust, timeout)
                for level, key in routing_keys.items()
            }
        except pagerduty.UrlError as error:
            raise ConfigurationError(
                [f"PAGERDUTY_API_URL, PAGERDUTY_EVENTS_URL: {error}"]
            ) from error

    @property
    def reads(self) -> bool:
        """Whether there is a token to read with."""
        return self._rest is not None

    async def event(
        self, level: int, action: str, *, key: str, payload: Mapping[str, Any] | None = None
    ) -> None:
        """Send one event with one attempt.

        Raises ConfigurationError when PagerDuty will never take it from this level's key
        (400, 401, 403, 404), otherwise as `rest`.
        """
        lane = self._events.get(level)
        name = f"PAGERDUTY_ROUTING_KEY_L{level}"
        if lane is None:
            raise ConfigurationError([f"{name} is not set: level {level} cannot be paged"])
        more = {} if payload is None else {"payload": dict(payload)}
        try:
            await lane.run(lambda client: client.send_event(action, dedup_key=key, **more))
        except OperationFailed as error:
            if error.code in ("400", "401", "403", "404"):
                raise ConfigurationError([f"{name}: {error.message}"]) from error
            raise

    async def listed(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """A whole list. Raises as `rest`."""
        found = await self.rest(lambda c: c.list_all(path, params=params, page_size=100))
        return [entry for entry in found if isinstance(entry, dict)]

    async def rest(self, call: Callable[[pagerduty.RestApiV2Client], T]) -> T:
        """One REST call in a thread.

        Raises Temporary (throttled, 5xx, unreachable), ConfigurationError (401, 403, no
        token), OperationFailed (any other refusal, its status as the code).
        """
        if self._rest is None:
            raise ConfigurationError(["PAGERDUTY_API_TOKEN is not set"])
        try:
            return await self._rest.run(call)
        except OperationFailed as error:
            if error.code in ("401", "403"):
                raise ConfigurationError([f"PAGERDUTY_API_TOKEN: {error.message}"]) from error
            raise

    async def close(self) -> None:
        """Wait for the calls under way (they end by their timeouts) and close the connections."""
        lanes: list[Lane[Any]] = [*self._events.values(), *filter(None, [self._rest])]
        await asyncio.gather(*(asyncio.to_thread(lane.close) for lane in lanes))


def _rest(
    token: str,
    from_address: str | None,
    url: str,
    trust: ssl.SSLContext | bool,
    timeout: httpx2.Timeout,
) -> Lane[pagerduty.RestApiV2Client]:
    client = pagerduty.RestApiV2Client(
        token,
        default_from=from_address,
        base_url=url.rstrip("/"),
        verify=trust,
        limits=limits(REST_THREADS),
    )
    return Lane(client, name="rest", threads=REST_THREADS, timeout=timeout)


def _events(
    level: int, key: str, url: str, trust: ssl.SSLContext | bool, timeout: httpx2.Timeout
) -> Lane[pagerduty.EventsApiV2Client]:
    client = pagerduty.EventsApiV2Client(
        key, base_url=url.rstrip("/"), verify=trust, limits=limits(EVENTS_THREADS)
    )
    return Lane(client, name=f"level-{level}", threads=EVENTS_THREADS, timeout=timeout)
