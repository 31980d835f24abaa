"""PyGithub, tamed: one attempt a call, a timeout, our own errors, a client for each thread.

The client repeats by itself, sleeps between calls and keeps the request it is about to send on
its one connection, so that two threads would send each other's. All of that is kept off here.
`bot.adapters.github` and `…_checks` speak through `Api`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from github import Auth, Github

from bot.adapters.github_errors import FOREIGN, translated

T = TypeVar("T")

THREADS = 4
"""Questions at a time; each is one to a few calls, one after another."""

SECONDS = 10
"""For a connection, and for each pause of an answer."""

PER_PAGE = 100


class Api:
    """Opens no connection yet. `ca_file` names the certificates to trust instead of certifi's."""

    def __init__(
        self,
        *,
        token: str,
        base_url: str = "https://api.github.com",
        ca_file: Path | None = None,
        seconds: int = SECONDS,
    ) -> None:
        self._token, self._base_url = token, base_url.rstrip("/")
        self._verify: bool | str = True if ca_file is None else str(ca_file)
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="github")
        self._own = threading.local()
        self._clients: list[Github] = []

    async def run(self, what: str, call: Callable[[Github], T]) -> T:
        """Make the call in a thread; `what` is for people. Raises as `translated` says."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._asked, what, call)

    async def close(self) -> None:
        """Wait for the calls under way (they end by their timeouts) and close the connections."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        for client in self._clients:
            client.close()

    def _asked(self, what: str, call: Callable[[Github], T]) -> T:
        try:
            return call(self._client())
        except FOREIGN as error:
            raise translated(error, what) from error

    def _client(self) -> Github:
        client: Github | None = getattr(self._own, "client", None)
        if client is None:
            client = self._own.client = Github(
                auth=Auth.Token(self._token),
                base_url=self._base_url,
                timeout=self._seconds,
                user_agent="filmops",
                per_page=PER_PAGE,
                verify=self._verify,
                retry=None,
                seconds_between_requests=None,
                seconds_between_writes=None,
                lazy=True,  # what is made from a name alone asks when told to: `complete()`
            )
            self._clients.append(client)
        return client
