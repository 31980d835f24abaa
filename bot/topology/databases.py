"""`[databases.ID]`: when a database is unwell, and what people may ask it by name."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.topology.names import Fraction, Name, Seconds, Value

_OPAQUE = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$.*?\$\1\$""", re.DOTALL
)
"""Comments, literals and quoted names: what is in them is no word of the statement."""


def _one_reading_statement(sql: str) -> str:
    """The statement without its semicolon. It runs read-only whatever it says: this finds at start
    what could never work.
    """
    text = sql.strip().rstrip(";").rstrip()
    bare = _OPAQUE.sub(" ", text).strip()
    if not re.match(r"(?:select|with)\b", bare, re.IGNORECASE):
        raise ValueError("a query begins with SELECT or WITH: it only reads")
    if ";" in bare:
        raise ValueError("a query is one statement")
    return text


Reading = Annotated[str, AfterValidator(_one_reading_statement)]
"""One SELECT, or WITH … SELECT."""


class Query(Value):
    """A question somebody thought about beforehand, asked by its name."""

    title: str
    sql: Reading


class Database(Value):
    """An RDS instance; `key` is its identifier. What is beyond the numbers is said as unwell.

    Its own address is a secret: PRODUCT_DATABASE_URL.
    """

    key: str = ""
    title: str = ""
    connections_share: Fraction = 0.8
    """Of `max_connections`, in use."""

    long_transaction_minutes: Annotated[float, Field(gt=0, le=10_080)] = 10
    slow_query_seconds: Seconds = 1
    """On average; so the runbook's *slow queries*."""

    replication_lag_seconds: Seconds = 60
    restore_seconds: Annotated[float, Field(gt=0, le=172_800)] = 7200
    """How long a restore to a new instance may take."""

    queries: dict[Name, Query] = Field(default_factory=dict)

    @property
    def resource(self) -> str:
        """What runs are held on: `database/<key>`."""
        return f"database/{self.key}"
