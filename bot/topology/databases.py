"""`[databases.ID]`: when a database is unwell, what people may ask it by name, and what a restored
one must answer.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from bot.topology.names import Fraction, Name, Seconds, Value
from bot.topology.production import Flow

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


Comparison = Literal[">=", "<=", ">", "<"]


class Integrity(Value):
    """A statement, and what the first column of its first row must be in a restored database:
    `expect = "42"` that text, `expect = ">= 1"` a number so large.
    """

    sql: Reading
    expect: Annotated[str, Field(min_length=1, max_length=200)]

    @property
    def comparison(self) -> tuple[Comparison, Decimal] | None:
        """How a number is compared, and with which; None where a text is meant."""
        for sign in get_args(Comparison):
            if self.expect.startswith(sign):
                return sign, Decimal(self.expect.removeprefix(sign).strip())
        return None

    @model_validator(mode="after")
    def _comparable(self) -> Self:
        try:
            _ = self.comparison
        except InvalidOperation as error:
            raise ValueError(f"expect {self.expect!r} compares with no number") from error
        return self


class Application(Value):
    """A request to `service` that has it use a restored database: `{host}` and `{port}` in the
    path and in `json` are that instance's.
    """

    service: str
    flow: Flow

    def against(self, host: str, port: int) -> Flow:
        """The request for that instance."""

        def filled(value: Any) -> Any:
            if not isinstance(value, str):
                return value
            return value.replace("{host}", host).replace("{port}", str(port))

        payload = self.flow.payload
        given = None if payload is None else {key: filled(each) for key, each in payload.items()}
        return self.flow.model_copy(update={"path": filled(self.flow.path), "payload": given})


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
    integrity: dict[Name, Integrity] = Field(default_factory=dict)
    application: Application | None = None

    @property
    def resource(self) -> str:
        """What runs are held on: `database/<key>`."""
        return f"database/{self.key}"
