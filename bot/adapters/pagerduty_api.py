"""PagerDuty's two clients, tamed: one attempt a call, short timeouts, our own errors.

The official client repeats a 429 for ever and a POST that timed out four times; repeating is
our outbox's business, so all of that is switched off here. `bot.adapters.pagerduty` and
`bot.adapters.pagerduty_checks` speak through `Api`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pagerduty

from bot.errors import ConfigurationError, FilmOpsError, OperationFailed, Temporary

T = TypeVar("T")

THROTTLED_SECONDS = 30.0
"""How long to wait after a 429 that does not say (PagerDuty's documentation)."""

THREADS = 8
"""Calls at a time: more than levels, so that one stuck level never delays another."""


class Api:
    """REST v2 (when there is a token) and one Events v2 client a level, in threads of their own."""

    def __init__(
        self,
        *,
        routing_keys: Mapping[int, str],
        token: str | None = None,
        from_address: str | None = None,
        api_url: str = "https://api.pagerduty.com",
        events_url: str = "https://events.pagerduty.com",
        ca_file: Path | None = None,
        timeout_seconds: float = 10.0,
        connect_seconds: float = 3.0,
    ) -> None:
        """Open no connection yet. Raises ConfigurationError for addresses that are not https."""
        timeout = httpx2.Timeout(timeout_seconds, connect=connect_seconds)
        # Without a file the client itself looks at SSL_CERT_FILE.
        trust = ssl.create_default_context(cafile=ca_file) if ca_file else True
        self.from_address = from_address
        self.levels = tuple(sorted(routing_keys))
        try:
            self._rest = (
                None
                if token is None
                else pagerduty.RestApiV2Client(
                    token, default_from=from_address, base_url=api_url.rstrip("/"), verify=trust
                )
            )
            self._events = {
                level: pagerduty.EventsApiV2Client(
                    key, base_url=events_url.rstrip("/"), verify=trust
                )
                for level, key in routing_keys.items()
            }
        except pagerduty.UrlError as error:
            raise ConfigurationError(
                [f"PAGERDUTY_API_URL, PAGERDUTY_EVENTS_URL: {error}"]
            ) from error
        self._clients = (*self._events.values(), *filter(None, [self._rest]))
        for client in self._clients:
            _once(client, timeout)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="pagerduty")

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
        client = self._events.get(level)
        name = f"PAGERDUTY_ROUTING_KEY_L{level}"
        if client is None:
            raise ConfigurationError([f"{name} is not set: level {level} cannot be paged"])
        more = {} if payload is None else {"payload": dict(payload)}
        try:
            await self._run(lambda: client.send_event(action, dedup_key=key, **more))
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
        client = self._rest
        if client is None:
            raise ConfigurationError(["PAGERDUTY_API_TOKEN is not set"])
        try:
            return await self._run(lambda: call(client))
        except OperationFailed as error:
            if error.code in ("401", "403"):
                raise ConfigurationError([f"PAGERDUTY_API_TOKEN: {error.message}"]) from error
            raise

    async def close(self) -> None:
        """Wait for the calls under way (they end by their timeouts) and close the connections."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        for client in self._clients:
            client.close()

    async def _run(self, call: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except (pagerduty.Error, pagerduty.UrlError, httpx2.HTTPError) as error:
            raise translated(error) from error


def translated(error: Exception) -> FilmOpsError:
    """The table: what an error of the client means to us. No credential gets into a message."""
    response = error.response if isinstance(error, pagerduty.Error) else None
    if response is None:
        cause = error.__cause__ or error
        return Temporary(f"PagerDuty does not answer ({type(cause).__name__})")
    status = response.status_code
    if status == 429:
        return Temporary("PagerDuty asks us to wait", retry_after=_reset(response.headers))
    if status >= 500:
        return Temporary(f"PagerDuty answered {status}")
    if status < 400:
        return OperationFailed(
            f"PagerDuty's answer ({status}) could not be read", code="unreadable"
        )
    return OperationFailed(f"PagerDuty refused ({status}): {_reason(response)}", code=str(status))


def _reset(headers: Mapping[str, str]) -> float:
    for name in ("ratelimit-reset", "retry-after"):
        try:
            return max(0.0, float(headers[name]))
        except (KeyError, ValueError):
            continue
    return THROTTLED_SECONDS


def _reason(response: httpx2.Response) -> str:
    """PagerDuty's own words, from either API's way of writing an error."""
    try:
        body = response.json()
    except ValueError:
        return "no reason given"
    error = body.get("error", body) if isinstance(body, dict) else {}
    if not isinstance(error, dict):
        return str(error)[:300]
    words = [str(error.get("message", "")), *map(str, error.get("errors") or [])]
    return "; ".join(filter(None, words))[:300] or "no reason given"


def _once(client: pagerduty.ApiClient, timeout: httpx2.Timeout) -> None:
    # The constructor's `timeout=` is ignored; the attribute is what is sent.
    client.timeout = timeout  # type: ignore[assignment]  # declared by its default, sent as it is
    client.max_network_attempts = 0
    client.max_http_attempts = -1
    client.retry = dict.fromkeys((429, 500, 502, 503, 504), 1)
