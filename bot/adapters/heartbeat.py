"""`Heartbeat` over HTTP: a GET that says "still well", for a service that alarms on silence.

Before it: the auditor that found nothing. The address is a secret (whoever knows its path can
keep the alarm quiet), so no message of ours has more of it than the host.
"""

from __future__ import annotations

import asyncio

import httpx

from bot.errors import Temporary

SECONDS = 10.0
"""For all of it, redirects included."""

REDIRECTS = 3


class HttpHeartbeat:
    """See `bot.ports.Heartbeat`. Redirects are followed to the same host, never off https."""

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Open no connection yet. `transport` stands in for the network."""
        self._url = httpx.URL(url)
        self._client = httpx.AsyncClient(
            timeout=SECONDS,
            follow_redirects=False,
            headers={"User-Agent": "filmops"},
            transport=transport,
        )

    async def beat(self) -> None:
        """Say that all is well."""
        try:
            async with asyncio.timeout(SECONDS):
                said = await self._ask()
        except (TimeoutError, httpx.TimeoutException):
            said = f"no answer within {SECONDS:g} s"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Only its name: the message of some has the address in it.
            said = type(error).__name__
        if said:
            raise Temporary(f"the heartbeat did not reach {self._url.host}: {said}")

    async def close(self) -> None:
        """Close the connection kept open."""
        await self._client.aclose()

    async def _ask(self) -> str:
        """What went wrong; nothing for a 2xx."""
        url = self._url
        for _ in range(REDIRECTS + 1):
            async with self._client.stream("GET", url) as response:
                following = response.next_request
                if following is None:
                    return "" if response.is_success else f"it answered {response.status_code}"
            if following.url.host != url.host:
                return "it redirects to another host"
            if url.scheme == "https" != following.url.scheme:
                return "it redirects to an address without encryption"
            url = following.url
        return f"it redirects more than {REDIRECTS} times"
