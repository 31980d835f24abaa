"""The door of the APIs: where programs connect, and how it is shut as if PagerDuty were gone.

`sandbox.pagerduty.__main__` hangs it, `POST /_control/listen` moves it. The page and the
controls have a port of their own and stay.
"""

from __future__ import annotations

import socket
import ssl

from aiohttp import web


class Door:
    """One TLS port of a runner, the same one each time it is opened."""

    def __init__(self) -> None:
        self._runner: web.AppRunner | None = None
        self._context: ssl.SSLContext | None = None
        self._site: web.SockSite | None = None
        self.port = 0

    async def hang(self, runner: web.AppRunner, port: int, context: ssl.SSLContext) -> None:
        """Open it for the first time; port 0 takes a free one."""
        self._runner, self._context, self.port = runner, context, port
        await self.open()

    async def open(self) -> None:
        """Take connections."""
        if self._runner is None or self._site is not None:
            return
        bound = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        self.port = bound.getsockname()[1]
        self._site = web.SockSite(self._runner, bound, ssl_context=self._context, backlog=1024)
        await self._site.start()

    async def close(self) -> None:
        """Refuse connections, and cut those that are there."""
        if self._runner is None or self._site is None:
            return
        await self._site.stop()
        self._site = None
        for connection in self._runner.server.connections if self._runner.server else ():
            transport = connection.transport
            if transport is not None and transport.get_extra_info("sockname")[1] == self.port:
                transport.abort()
