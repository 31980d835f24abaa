"""What only answers about capacity and data: throttled, denied by either code, without an answer,
not found. What could not be read is said with its reason and hides nothing else.

`/filmops db migrations`, which runs tasks, is told with the operations that change something.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from bot.engine import look
from tests.scenario.studio import Studio, url_of

pytestmark = pytest.mark.scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One of them: what is asked, a read it needs, what that one is for, and what is besides."""

    text: str
    reads: str
    part: str
    besides: str
    absent: str
    meant: str


QUESTIONS = (
    Question(
        text="/filmops autoscaling",
        reads="autoscaling.DescribeAutoScalingGroups",
        part="between 1 and 6",
        besides="policy backend-cpu",
        absent="/filmops autoscaling bakend",
        meant="backend",
    ),
    Question(
        text="/filmops db backups",
        reads="rds.DescribeDBSnapshots",
        part="prod-db-before-release",
        besides="the newest backup is",
        absent="/filmops db backups pord-db",
        meant="prod-db",
    ),
    Question(
        text="/filmops backup verify",
        reads="rds.DescribeDBSnapshots",
        part="Newest automated snapshot: rds:prod-db-",
        besides="3 of the 3 newest are there, the same",
        absent="/filmops backup verifi",
        meant="backup verify",
    ),
    Question(
        text="/filmops backup replication",
        reads="s3.GetReplicationConfiguration",
        part="Rule to-dr: enabled",
        besides="Objects: 3 here, 3 in the replica",
        absent="/filmops backup replicaton",
        meant="backup replication",
    ),
)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.text)
async def test_what_aws_does_not_tell_is_said_and_hides_nothing_else(
    studio: Studio, question: Question
) -> None:
    aws, action = studio.outside.aws, question.reads.replace(".", ":")

    async def asked(kind: str = "", **fault: object) -> str:
        if kind:
            await aws.fault(question.reads, kind, **fault)
        answer = await studio.types("U0EVE", question.text)
        await aws.forget("faults")
        assert question.besides in answer
        return answer

    assert question.part in await asked()
    assert question.part in await asked("status", status=400, code="ThrottlingException")
    for code in ("AccessDenied", "403"):
        denied = await asked("status", status=403, code=code, times=None)
        assert question.part not in denied
        assert "could not be read: AWS" in denied
        assert f"{code}: " in denied
    silent = await asked("refuse", times=None)
    assert question.part not in silent
    assert f"could not be read: AWS {action} (" in silent
    close = await studio.types("U0EVE", question.absent)
    assert f"Did you mean {question.meant}?" in close
    await studio.nothing_changed()


async def test_what_takes_too_long_is_not_waited_for(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "PART_SECONDS", 4.0)
    await studio.outside.aws.fault("rds.DescribeDBSnapshots", "latency", seconds=4.3)
    answer = await studio.types("U0EVE", "/filmops db backups")
    assert "could not be read: no answer within 4 s" in answer
    assert "the newest backup is" in answer


ASKED = """
[databases.prod-db.queries.answered]
title = "Answered"
sql = "SELECT 'one row' AS said"
[databases.prod-db.queries.nowhere]
title = "Of a table there is not"
sql = "SELECT count(*) FROM films"
[databases.prod-db.queries.hidden]
title = "Of a table that is not shown"
sql = "SELECT count(*) FROM requests"
[databases.prod-db.queries.endless]
title = "Without an end"
sql = "SELECT pg_sleep(60)"
"""
READER = "studio_reader"


@pytest.fixture
def variables(database_dsn: str) -> Iterator[Mapping[str, str]]:
    """The product's database is read by a role that may read nothing of it."""
    with psycopg.connect(database_dsn, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {READER} LOGIN".encode())
        yield {"PRODUCT_DATABASE_URL": url_of(make_conninfo(database_dsn, user=READER))}
        connection.execute(f"DROP ROLE {READER}".encode())


@pytest.mark.parametrize("studio", [{"more": ASKED}], indirect=True)
async def test_what_the_database_does_not_tell_is_said(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.db.query.SECONDS", 0.5)
    for query, said in {
        "query answered": "one row",
        "query anwsered": "Did you mean answered?",
        "query nowhere": 'relation "films" does not exist',
        "query hidden": "permission denied for table requests",
        "query endless": "prod-db: no answer within 0.5 s",
        "health": "of 100",
        "health pord-db": "Did you mean prod-db?",
    }.items():
        answer = await studio.types("U0EVE", f"/filmops db {query}")
        assert said in answer
    await studio.nothing_changed()
