"""The product's real database, and real Alembic on it: what the plant's migrations run.

A PostgreSQL of its own, started when it is first needed and stopped with the plant; its schema
begins before the newest revision. `one_off` runs commands here when `real_migrations` is on
(`--real-migrations`, or the control of that name); without it a task only writes what one would.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.adapters.postgres.embedded import EmbeddedServer

PROJECT = Path(__file__).parents[1] / "product"
BEGINS_AT = "3f2a9c1b7d20"
DATABASE, READER = "studio", "filmops_reader"

_SET_UP = (
    f"CREATE ROLE {READER} LOGIN",
    f"ALTER ROLE {READER} SET default_transaction_read_only = on",
    f"GRANT pg_monitor, pg_read_all_data TO {READER}",
)

Say = Callable[[str], bool]
"""Hears a line of output; False when nobody wants to hear more."""


class ProductDatabase:
    """Lies in `directory`. Several threads may use it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._alone = threading.Lock()
        self._server: EmbeddedServer | None = None
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False

    @property
    def url(self) -> str:
        """Where a role that may only read finds it, once it is up."""
        return f"postgresql://{READER}@/{DATABASE}?host={self._directory}"

    @property
    def address(self) -> tuple[str, int]:
        """Its socket's directory and port."""
        return str(self._directory), 5432

    def start(self) -> None:
        """Have it up; the first time it is made. Raises RuntimeError when it has been stopped."""
        with self._alone:
            if self._stopped:
                raise RuntimeError("the plant has ended")
            if self._server is None:
                self._server = _started(self._directory)
                if _made(self._server):
                    self._run(["upgrade", BEGINS_AT], lambda _: True)

    def alembic(self, words: Sequence[str], say: Say) -> int:
        """Run a command to its end; its exit code."""
        self.start()
        return self._run(words, say)

    def stop(self) -> None:
        """End what runs, and the server."""
        for process in list(self._running):
            process.kill()
        with self._alone:
            self._stopped = True
            if self._server is not None:
                self._server.stop()

    def _run(self, words: Sequence[str], say: Say) -> int:
        url = f"postgresql+psycopg://postgres@/{DATABASE}?host={self._directory}"
        process = subprocess.Popen(
            [sys.executable, "-m", "alembic", "-c", str(PROJECT / "alembic.ini"), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "DATABASE_URL": url, "PYTHONUNBUFFERED": "1"},
        )
        self._running.add(process)
        try:
            with process:
                for line in process.stdout or ():
                    if not say(line.rstrip()):
                        process.kill()
        finally:
            self._running.discard(process)
        return process.returncode


def _started(directory: Path) -> EmbeddedServer:
    # Loaded when it is wanted: a plant without it starts a quarter of a second sooner.
    from bot.adapters.postgres.embedded import start_embedded  # noqa: PLC0415

    return start_embedded(directory)


def _made(server: EmbeddedServer) -> bool:
    """Make database and role, unless they are there."""
    import psycopg  # noqa: PLC0415
    from psycopg.errors import DuplicateDatabase  # noqa: PLC0415

    made = (f"CREATE DATABASE {DATABASE}", *_SET_UP)
    with psycopg.connect(server.dsn, autocommit=True) as connection, suppress(DuplicateDatabase):
        for statement in made:
            connection.execute(statement.encode())
        return True
    return False
