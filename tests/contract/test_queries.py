"""Every query in the .sql files is one the server understands."""

from __future__ import annotations

import re

import psycopg
import pytest

from bot.adapters.postgres.sql import PRODUCT, QUERIES

pytestmark = pytest.mark.contract


OF_AN_EXTENSION = "slow"
"""Needs pg_stat_statements: tests/contract/test_debian_postgres.py."""


def test_the_server_prepares_every_query(database_dsn: str) -> None:
    product = {name: query for name, query in PRODUCT.items() if name != OF_AN_EXTENSION}
    with psycopg.connect(database_dsn, autocommit=True) as connection:
        for name, query in (*QUERIES.items(), *product.items()):
            result = connection.pgconn.prepare(name.encode(), _numbered(query))
            said = f"{name}: {result.error_message.decode()}"
            assert result.status == psycopg.pq.ExecStatus.COMMAND_OK, said


def _numbered(query: bytes) -> bytes:
    """`%(name)s` as PostgreSQL counts parameters; one number a name."""
    numbers: dict[bytes, int] = {}

    def number(match: re.Match[bytes]) -> bytes:
        return b"$%d" % numbers.setdefault(match[1], len(numbers) + 1)

    return re.sub(rb"%\((\w+)\)s", number, query)
