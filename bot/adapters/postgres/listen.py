"""Waking when something is to be shown: LISTEN on a connection of its own.

Notifications may be lost (a reconnect, a restart): whoever waits looks at the tables each time
it wakes, and wakes after its timeout in any case.
"""

from __future__ import annotations

import asyncio
import logging

import psycopg
from psycopg import AsyncConnection, sql

CARDS = "filmops_cards"
"""Notified when a card has become due or a note was added (migrations/0002_cards.sql)."""

HOOKS = "filmops_hooks"
"""Notified when a webhook was written down (migrations/0005_hooks.sql)."""

INBOX = "filmops_inbox"
"""Notified when a delivery was written down (migrations/0001_store.sql)."""

PAGES = "filmops_pages"
"""Notified when something of the escalation is due sooner than was known (0004_incidents.sql)."""

log = logging.getLogger("filmops.listen")


class Listener:
    """Waits on one channel; connects on first use, and again by itself."""

    def __init__(self, dsn: str, *, channel: str = CARDS) -> None:
        self._dsn = dsn
        self._channel = channel
        self._connection: AsyncConnection | None = None

    async def wait(self, timeout: float) -> None:
        """Return when notified, or after `timeout` seconds.

        Also returns at once after (re)connecting: what was notified before is unknown.
        """
        try:
            if self._connection is None:
                self._connection = await self._connect()
                return
            await _until_readable(self._connection.fileno(), timeout)
            # One wake for a burst of them.
            async for _ in self._connection.notifies(timeout=0):
                pass
        except psycopg.Error as error:
            log.warning("not listening on %s: %s", self._channel, error)
            await self.close()
            await asyncio.sleep(min(timeout, 1.0))

    async def close(self) -> None:
        """Give up the connection; `wait` would open another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _connect(self) -> AsyncConnection:
        connection = await AsyncConnection.connect(
            self._dsn, autocommit=True, connect_timeout=5, application_name="filmops-listen"
        )
        try:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
        except BaseException:
            await connection.close()
            raise
        return connection


async def _until_readable(descriptor: int, timeout: float) -> None:
    """Until the server says something or `timeout` seconds. psycopg's own wait looks ten times a
    second, which is a third of what an idle scheduler costs.
    """
    loop, came = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, came.set)
    try:
        await asyncio.wait_for(came.wait(), timeout)
    except TimeoutError:
        return
    finally:
        loop.remove_reader(descriptor)
