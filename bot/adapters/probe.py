"""`Probe` over HTTP: the product asked as its users would ask it.

Never raises for what the product does; every oddity becomes a `ProbeResult` with a sentence.
A redirect is followed only on a GET and only to the same origin, a body is read up to a cap,
and the whole look has one deadline, however slowly the bytes come.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path

import httpx

from bot.domain.live import ProbeResult
from bot.topology import Colour, Flow, Service

BODY_BYTES = 16 * 1024
REDIRECTS = 3
REDIRECTING = (301, 302, 303, 307, 308)
HEADERS = {
    "User-Agent": "filmops",
    "Accept": "application/json, text/plain;q=0.9, */*;q=0.1",
    "Accept-Encoding": "identity",  # the cap counts what is sent
}


class HttpProbe:
    """See `bot.ports.Probe`. `seconds` is for one whole look, `connect_seconds` for connecting."""

    def __init__(
        self, *, seconds: float = 10.0, connect_seconds: float = 3.0, ca_file: Path | None = None
    ) -> None:
        self._seconds = seconds
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(seconds, connect=min(connect_seconds, seconds)),
            limits=httpx.Limits(max_connections=10),
            follow_redirects=False,
            headers=HEADERS,
            verify=ssl.create_default_context(cafile=ca_file) if ca_file else True,
        )

    async def get(self, service: Service, path: str, colour: Colour | None = None) -> ProbeResult:
        """GET a path below the service's or the colour's address; `ok` is any 2xx."""
        return await self._look(_base(service, colour), "GET", path, expect=None)

    async def flow(self, service: Service, flow: Flow, colour: Colour | None = None) -> ProbeResult:
        """Try a critical flow; `ok` is exactly the status it expects."""
        return await self._look(_base(service, colour), flow.method, flow.path, expect=flow)

    async def close(self) -> None:
        """Close the connections kept open."""
        await self._client.aclose()

    async def _look(self, base: str, method: str, path: str, *, expect: Flow | None) -> ProbeResult:
        started = time.monotonic()
        status: int | None = None
        body, error = "", ""
        try:
            async with asyncio.timeout(self._seconds):
                status, body = await self._ask(base, method, path, expect)
        except (TimeoutError, httpx.TimeoutException):
            error = f"no answer within {self._seconds:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as problem:
            error = f"{type(problem).__name__}: {problem}"[:300]
        if not error and not _fits(status, expect):
            wanted = "2xx" if expect is None else str(expect.expect)
            error = f"answered {status}, expected {wanted}"
        seconds = time.monotonic() - started
        return ProbeResult(ok=not error, status=status, seconds=seconds, body=body, error=error)

    async def _ask(self, base: str, method: str, path: str, flow: Flow | None) -> tuple[int, str]:
        url = address(base, path)
        payload = None if flow is None else flow.payload
        for _ in range(REDIRECTS + 1):
            async with self._client.stream(method, url, json=payload) as response:
                target = url.join(response.headers.get("location", ""))
                follow = flow is None and response.status_code in REDIRECTING
                if not follow or not _same_origin(url, target) or target == url:
                    return response.status_code, await _capped(response)
                url = target
        raise httpx.TooManyRedirects(f"more than {REDIRECTS} redirects")


def _base(service: Service, colour: Colour | None) -> str:
    """Where to ask; a colour without an address of its own answers nowhere."""
    return service.url if colour is None else service.colours[colour].url or ""


def address(base: str, path: str) -> httpx.URL:
    """The address with the path below it. Raises ValueError when it would leave it."""
    if not path.startswith("/"):
        raise ValueError(f"a path begins with /, this one is {path!r}")
    return httpx.URL(base.rstrip("/") + path)


def _fits(status: int | None, flow: Flow | None) -> bool:
    if status is None:
        return False
    return 200 <= status < 300 if flow is None else status == flow.expect


def _same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)


async def _capped(response: httpx.Response) -> str:
    body = bytearray()
    async for part in response.aiter_bytes(BODY_BYTES):
        body += part
        if len(body) >= BODY_BYTES:
            break
    return bytes(body[:BODY_BYTES]).decode("utf-8", errors="replace")
