"""The product's database is read, and only read: on the twin, and on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Protocol

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.adapters.memory.sql import WELL, MemorySql
from bot.adapters.postgres.embedded import EmbeddedServer
from bot.adapters.postgres.product import ProductSql
from bot.adapters.postgres.product_checks import ProductChecks
from bot.domain.instance import Address
from bot.domain.live import Missing
from bot.domain.vitals import Rows, Vitals
from bot.errors import OperationFailed, Temporary
from bot.ports import Sql
from bot.topology import Database

pytestmark = pytest.mark.contract

DATABASE = Database(key="prod-db")
FILMS = "SELECT id, title FROM films ORDER BY id"


class Product(Protocol):
    """One of both makes, with three films, the last without a title."""

    sql: Sql

    def away(self) -> None:
        """Nobody answers any more."""
        ...


class InMemory:
    def __init__(self) -> None:
        self.memory = MemorySql([DATABASE.key])
        self.sql: Sql = self.memory
        rows = (("1", "Alien"), ("2", "Brazil"), ("3", None))
        self.memory.answers[FILMS] = Rows(columns=("id", "title"), rows=rows)
        self.memory.vital = WELL

    def away(self) -> None:
        self.memory.failing.append(Temporary("prod-db: it does not answer"))


class OnPostgres:
    """Read by a role that may read; `dsn` is the owner's."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.reader = make_conninfo(dsn, user="filmops_reader")
        self.sql: Sql = ProductSql({DATABASE.key: self.reader})

    def away(self) -> None:
        self.sql = ProductSql({DATABASE.key: "postgresql://nobody:hush@127.0.0.1:1/none"})


SET_UP = """
CREATE ROLE filmops_reader LOGIN;
GRANT pg_monitor TO filmops_reader;
CREATE TABLE films (id int PRIMARY KEY, title text);
CREATE TABLE "Mixed Case" (id int);
INSERT INTO films VALUES (1, 'Alien'), (2, 'Brazil'), (3, NULL);
GRANT SELECT ON films TO filmops_reader;
"""


@pytest.fixture(scope="module")
def product_dsn(postgres_server: EmbeddedServer) -> Iterator[str]:
    """A database of the product's."""
    with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
        connection.execute("CREATE DATABASE product")
        dsn = postgres_server.dsn_of("product")
        with psycopg.connect(dsn, autocommit=True) as inside:
            inside.execute(SET_UP)
        yield dsn
        connection.execute("DROP DATABASE product WITH (FORCE)")
        connection.execute("DROP ROLE filmops_reader")


@pytest.fixture(params=["twin", "postgres"])
def product(request: pytest.FixtureRequest) -> Product:
    return (
        InMemory()
        if request.param == "twin"
        else OnPostgres(request.getfixturevalue("product_dsn"))
    )


@pytest.fixture
def real(product_dsn: str) -> OnPostgres:
    return OnPostgres(product_dsn)


async def ask(product: Product, query: str, seconds: float = 5) -> Rows:
    return await product.sql.read(DATABASE, query, limit=2, seconds=seconds)


async def test_rows_come_as_text_and_no_more_than_asked_for(product: Product) -> None:
    found = await ask(product, FILMS)
    assert found == Rows(columns=("id", "title"), rows=(("1", "Alien"), ("2", "Brazil")), more=True)
    whole = await product.sql.read(DATABASE, FILMS, limit=3, seconds=5)
    assert (whole.rows[2], whole.more) == (("3", None), False)


async def test_a_question_that_cannot_be_answered_fails_for_good(product: Product) -> None:
    with pytest.raises(OperationFailed) as failed:
        await ask(product, "SELECT FROM nowhere")
    assert failed.value.code == "database"


async def test_a_database_that_is_away_may_be_asked_again(product: Product) -> None:
    product.away()
    with pytest.raises(Temporary) as failed:
        await ask(product, FILMS)
    assert str(failed.value) == "prod-db: it does not answer"


async def test_one_that_nobody_set_up_is_not_asked(product: Product) -> None:
    other = Database(key="other-db")
    assert product.sql.knows(DATABASE)
    assert not product.sql.knows(other)
    for asking in (product.sql.vitals(other), product.sql.read(other, FILMS, limit=1, seconds=1)):
        with pytest.raises(OperationFailed) as failed:
            await asking
        assert failed.value.code == "not_set_up"


async def test_a_look_has_all_its_parts(product: Product) -> None:
    vitals = await product.sql.vitals(DATABASE)
    assert vitals.server.role == "filmops_reader"
    assert vitals.server.monitor
    for part in (vitals.sessions, vitals.size, vitals.tables, vitals.transactions, vitals.replicas):
        assert not isinstance(part, Missing)


@pytest.mark.parametrize(
    "query",
    [
        "WITH gone AS (DELETE FROM films RETURNING id) SELECT * FROM gone",
        "SELECT set_config('transaction_read_only', 'off', true)",
        "SELECT lo_create(0)",
        "DROP TABLE films",
    ],
)
async def test_nothing_is_written_whatever_is_asked(real: OnPostgres, query: str) -> None:
    real.sql = ProductSql({DATABASE.key: real.dsn})  # even by a superuser
    with pytest.raises(OperationFailed):
        await ask(real, query)
    assert len((await ask(real, FILMS)).rows) == 2


async def test_a_question_that_takes_too_long_is_given_up(real: OnPostgres) -> None:
    with pytest.raises(OperationFailed) as failed:
        await ask(real, "SELECT pg_sleep(20)", seconds=0.05)
    assert (failed.value.code, failed.value.message) == (
        "timeout",
        "prod-db: no answer within 0.05 s",
    )


async def test_what_the_role_may_not_read_is_denied(real: OnPostgres) -> None:
    with pytest.raises(OperationFailed) as failed:
        await ask(real, 'SELECT * FROM "Mixed Case"')
    assert failed.value.code == "denied"
    assert "docs/operating.md" in failed.value.hint


@pytest.mark.parametrize("wrong", [{"user": "nobody_here"}, {"dbname": "nowhere"}])
async def test_an_address_that_is_wrong_fails_for_good(
    real: OnPostgres, wrong: dict[str, str]
) -> None:
    sql = ProductSql({DATABASE.key: make_conninfo(real.dsn, **wrong)})
    with pytest.raises(OperationFailed) as failed:
        await sql.vitals(DATABASE)
    assert failed.value.code == "denied"


async def test_a_look_sees_who_waits_for_whom_without_their_words(real: OnPostgres) -> None:
    with (
        closing(psycopg.connect(real.dsn)) as holder,
        psycopg.connect(real.dsn, autocommit=True) as waiter,
    ):
        pids = (waiter.info.backend_pid, holder.info.backend_pid)
        holder.execute("LOCK TABLE films IN SHARE MODE")
        holder.execute("SELECT 'hush'")
        update = "UPDATE films SET title = 'hush' WHERE id = 1"
        waits = threading.Thread(target=waiter.execute, args=[update])
        waits.start()
        try:
            found = await _with_somebody_waiting(real)
        finally:
            holder.rollback()
            waits.join()
    assert not isinstance(found.blocked, Missing)
    assert not isinstance(found.transactions, Missing)
    assert not isinstance(found.tables, Missing)
    (blocked,) = found.blocked
    assert (blocked.pid, blocked.by_pid) == pids
    assert blocked.query == "UPDATE films SET title = '…' WHERE id = 1"
    assert (blocked.by_state, blocked.by_query) == ("idle in transaction", "SELECT '…'")
    assert found.transactions[0].pid == pids[1]
    assert {each.name for each in found.tables} == {"public.films", "public.Mixed Case"}


async def _with_somebody_waiting(real: OnPostgres) -> Vitals:
    for _ in range(100):
        found = await real.sql.vitals(DATABASE)
        if found.blocked:
            return found
    raise AssertionError("nobody waits")


async def test_without_the_extension_and_the_privilege_both_are_explained(
    real: OnPostgres,
) -> None:
    with psycopg.connect(real.dsn, autocommit=True) as owner:
        owner.execute("REVOKE pg_monitor FROM filmops_reader")
        try:
            vitals = await real.sql.vitals(DATABASE)
        finally:
            owner.execute("GRANT pg_monitor TO filmops_reader")
    assert not vitals.server.monitor
    assert isinstance(vitals.slow, Missing)
    assert "CREATE EXTENSION pg_stat_statements" in vitals.slow.reason
    assert not isinstance(vitals.sessions, Missing)
    assert any(each.state == "not shown" for each in vitals.sessions)


async def test_check_finds_what_is_missing_and_says_how_to_mend_it(real: OnPostgres) -> None:
    assert isinstance(real.sql, ProductSql)
    said = {each.subject: each for each in await ProductChecks(real.sql, [DATABASE]).check()}
    assert [each.ok for each in said.values()] == [True, True, True, False]
    assert said["product database prod-db"].said.endswith("as filmops_reader")
    owner = ProductSql({DATABASE.key: real.dsn})
    _, writes, *_ = await ProductChecks(owner, [DATABASE]).check()
    assert (writes.ok, writes.said) == (False, "postgres is a superuser")
    with psycopg.connect(real.dsn, autocommit=True) as connection:
        connection.execute("GRANT DELETE ON films TO filmops_reader")
        _, writes, *_ = await ProductChecks(real.sql, [DATABASE]).check()
        connection.execute("REVOKE DELETE ON films FROM filmops_reader")
    assert (writes.ok, writes.said) == (False, "filmops_reader may change 1 tables")


async def test_check_says_when_it_is_not_reached_and_nothing_when_it_is_not_known(
    real: OnPostgres,
) -> None:
    real.away()
    assert isinstance(real.sql, ProductSql)
    (line,) = await ProductChecks(real.sql, [DATABASE]).check()
    assert (line.ok, line.said) == (False, "prod-db: it does not answer")
    assert "PRODUCT_DATABASE_URL" in line.fix
    assert await ProductChecks(real.sql, [Database(key="other-db")]).check() == []


async def test_another_server_is_asked_as_the_same_role_of_the_same_database(
    product_dsn: str,
) -> None:
    there = conninfo_to_dict(product_dsn)
    host, port = str(there["host"]), int(there.get("port") or 5432)
    # Nobody answers where the URL says; what was restored from there does.
    url = make_conninfo(product_dsn, user="filmops_reader", host="127.0.0.1", port=1)
    sql = ProductSql({DATABASE.key: url})
    with pytest.raises(Temporary):
        await sql.read(DATABASE, FILMS, limit=1, seconds=5)
    for given in (url, make_conninfo(url, hostaddr="127.0.0.1")):
        sql = ProductSql({DATABASE.key: given})
        at = Address(host=host, port=port)
        rows = await sql.read(DATABASE, FILMS, limit=1, seconds=5, at=at)
        assert rows.rows[0][0] == "1"
