"""Backups on the local AWS: verified, and one restored, looked into and taken away again."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from psycopg.conninfo import conninfo_to_dict

from blocks import ids
from tests.scenario.studio import Studio, url_of

pytestmark = pytest.mark.scenario

QUERIES = """
[databases.prod-db.integrity.requests]
sql = "SELECT count(*) FROM requests"
expect = ">= 1"
"""
"""The product is played by the bot's own database: it has made one request by then."""


@pytest.fixture
def variables(database_dsn: str) -> Mapping[str, str]:
    """The product's database is one that there is."""
    return {"PRODUCT_DATABASE_URL": url_of(database_dsn)}


async def test_the_auditor_sees_whether_backups_are_there_and_have_arrived(
    studio: Studio,
) -> None:
    """`/filmops backup verify` and `/filmops backup replication` change nothing."""
    verified = await studio.types("U0EVE", "/filmops backup verify")
    assert "Backups: all is well" in verified
    assert "Newest automated snapshot: rds:prod-db-" in verified
    assert "3 of the 3 newest are there, the same" in verified
    replicated = await studio.types("U0EVE", "/filmops backup replication")
    assert "Rule to-dr: enabled, to ai-film-studio-media-dr-usw2, everything" in replicated
    await studio.nothing_changed()


@pytest.mark.parametrize("studio", [{"more": QUERIES}], indirect=True)
async def test_a_restore_is_tested_and_nothing_is_left_of_it(studio: Studio) -> None:
    """`/filmops backup dr-test`, on PostgreSQL: the restored one answers for real."""
    server = conninfo_to_dict(studio.dsn)
    aws = studio.outside.aws
    await aws.tell("restored", host=server["host"], port=int(server.get("port") or 5432))
    await aws.tell("speed", factor=20)
    asked = await studio.types("U0ANA", "/filmops backup dr-test")
    assert "is waiting in" in asked
    card = await studio.card_says("waiting for 1 approval")
    assert "It costs what a db.r6g.large in one zone" in card
    await studio.clicks("U0BEN", ids.APPROVE)
    ended = await studio.card_says("done in")
    assert "1 of 1 integrity queries are as they should be" in ended
    assert "prod-db-dr-test-r1 is not there (any more)" in ended
    assert "RPO 9 h" in await studio.thread_says("DR test of prod-db: passed.")
    assert await aws.changes() == [
        "RestoreDBInstanceFromDBSnapshot",
        "DeleteDBInstance",
    ]
