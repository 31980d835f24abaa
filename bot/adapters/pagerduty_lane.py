"""A lane: one PagerDuty client with threads and connections of its own.

`bot.adapters.pagerduty_api` gives one to each level and one to REST, so that a level whose
calls all hang until their timeout delays neither the next level nor the reading.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

import httpx2
import pagerduty

from bot.adapters.pagerduty_errors import translated

C = TypeVar("C", bound=pagerduty.ApiClient)
T = TypeVar("T")

KEPT_SECONDS = 30.0
"""How long an idle connection is kept: a burst of pages shares its handshakes."""


class Lane(Generic[C]):
    """See the module. The client makes one attempt a call; `threads` calls run at a time."""

    def __init__(self, client: C, *, name: str, threads: int, timeout: httpx2.Timeout) -> None:
        _once(client, timeout)
        self._client = client
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=f"pagerduty-{name}")

    async def run(self, call: Callable[[C], T]) -> T:
        """Make the call in a thread. Raises as `bot.adapters.pagerduty_errors` translates."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, call, self._client)
        except (pagerduty.Error, pagerduty.UrlError, httpx2.HTTPError) as error:
            raise translated(error) from error

    def close(self) -> None:
        """Wait for the calls under way (they end by their timeouts) and close the connections."""
        self._threads.shutdown(cancel_futures=True)
        self._client.close()


def limits(threads: int) -> httpx2.Limits:
    """Connections for so many threads: one each, kept between calls."""
    return httpx2.Limits(
        max_connections=threads, max_keepalive_connections=threads, keepalive_expiry=KEPT_SECONDS
    )


def _once(client: pagerduty.ApiClient, timeout: httpx2.Timeout) -> None:
    # The constructor's `timeout=` is ignored; the attribute is what is sent.
    client.timeout = timeout  # type: ignore[assignment]  # declared by its default, sent as it is
    client.max_network_attempts = 0
    client.max_http_attempts = -1
    client.retry = dict.fromkeys((429, 500, 502, 503, 504), 1)
