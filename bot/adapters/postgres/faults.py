"""The one table that turns psycopg's and Procrastinate's errors into ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import procrastinate.exceptions
import psycopg
import psycopg.errors

from bot.errors import FilmOpsError, OperationFailed, Temporary

_TABLE: tuple[tuple[type[psycopg.Error], type[Temporary | OperationFailed]], ...] = (
    # Unreachable, shut down, deadlock, timeout, a pool with nothing free: all of them may pass.
    (psycopg.OperationalError, Temporary),
    # The connection was lost under us.
    (psycopg.InterfaceError, Temporary),
    # A failover in progress: still connected to what is a replica now.
    (psycopg.errors.ReadOnlySqlTransaction, Temporary),
    # Constraints, missing tables, refused writes: the same again would end the same.
    (psycopg.Error, OperationFailed),
)


def translated(error: psycopg.Error) -> FilmOpsError:
    """Our error for psycopg's."""
    # libpq breaks its lines; ours are read in a log and on a card.
    said = f"database: {' '.join((error.diag.message_primary or str(error)).split())}"
    kind = next(ours for theirs, ours in _TABLE if isinstance(error, theirs))
    if issubclass(kind, Temporary):
        return Temporary(said)
    return OperationFailed(said, code="database")


@contextmanager
def translating() -> Iterator[None]:
    """Whatever the database raises inside comes out as Temporary or OperationFailed."""
    try:
        yield
    except psycopg.Error as error:
        raise translated(error) from error
    except procrastinate.exceptions.ConnectorException as error:
        cause = error.__cause__ or error.__context__
        if isinstance(cause, psycopg.Error):
            raise translated(cause) from error
        raise OperationFailed(f"database: {error}", code="database") from error
