"""What reading the product's database raises, as ours. Before it: `product`; after it: handlers.

Where it is is a secret: of a connection that failed only the server's own words are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from bot.errors import FilmOpsError, OperationFailed, Temporary

_WORDS = re.compile(r"(?:FATAL|ERROR|PANIC):\s+(.+)")
_LASTING = re.compile(
    r"authentication|pg_hba\.conf|does not exist|permission|not permitted|SSL|ssl"
)
_PASSING = ("08", "40", "53", "57", "58")
"""Classes of SQLSTATE: connection, rollback, resources, an operator's hand, the system."""

_GRANTS = "Which role and grants it needs: docs/operating.md, The product's database."
_CODES = {
    "42501": ("denied", _GRANTS),
    "25006": ("read_only", "FilmOps only reads there."),
    "55P03": ("timeout", "Somebody holds a lock on it."),
    "34000": ("read_only", "FilmOps only reads there."),
}


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Whatever psycopg raises inside comes out as Temporary or OperationFailed about `what`."""
    try:
        yield
    except psycopg.Error as error:
        raise translated(error, what) from error


def translated(error: psycopg.Error, what: str) -> FilmOpsError:
    """Our error for psycopg's."""
    if error.sqlstate is None:
        return _unreachable(error, what)
    said = f"{what}: {error.diag.message_primary or error.sqlstate}"
    if error.sqlstate.startswith(_PASSING):
        return Temporary(said)
    code, hint = _CODES.get(error.sqlstate, ("database", ""))
    return OperationFailed(said, code=code, hint=hint)


def _unreachable(error: psycopg.Error, what: str) -> FilmOpsError:
    """No connection, or none any more: libpq's own text, which names the address."""
    words = _WORDS.search(str(error))
    if words is None:
        tls = "certificate" in str(error) or "SSL" in str(error)
        why = "its TLS is not what PRODUCT_DATABASE_URL asks for" if tls else "it does not answer"
        return (
            OperationFailed(f"{what}: {why}", code="denied") if tls else Temporary(f"{what}: {why}")
        )
    said = f"{what}: {words[1]}"
    if _LASTING.search(words[1]):
        return OperationFailed(said, code="denied", hint=_GRANTS)
    return Temporary(said)
