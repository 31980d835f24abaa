"""`/filmops db health`, `query` and `backups`: what people are told, and when nobody can tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.memory.sql import WELL
from bot.domain.live import Missing, Snapshot
from bot.domain.message import Message
from bot.domain.vitals import Blocked, Rows, Slow, Transaction
from bot.engine.dispatch import Blocked as Refusal
from bot.errors import OperationFailed, Refused, Temporary, UserError
from bot.topology import Database
from tests.stage import EVE, NOBODY, Stage
from tests.unit.blocks.seeing import good

pytestmark = pytest.mark.unit

FILMS = "db query films-by-status"


class Reading(Stage):
    """With a product's database that may be read."""

    async def told(self, text: str, who: str = EVE) -> str:
        """All that the answer shows."""
        answer = await self.type(text, who)
        assert isinstance(answer, Message), answer
        return "\n".join([good(answer).text, str(answer.blocks)])


@pytest.fixture
def stage() -> Reading:
    made = Reading()
    made.sql.known.add("prod-db")
    return made


async def test_a_database_that_is_well_says_so_with_its_sizes(stage: Reading) -> None:
    told = await stage.told("db health")
    assert told.startswith("prod-db: well. PostgreSQL 15.8")
    assert "42 of 100 (42 %): 38 idle, 4 active" in told
    assert "`public.films` 4.7 GB, about 812,000 rows, 900 dead" in told
    assert "7.1 GB" in told
    assert await stage.told("db health prod-db") == told


async def test_what_is_wrong_comes_first_and_who_blocks_whom_is_shown(stage: Reading) -> None:
    stage.sql.vital = replace(
        WELL,
        server=replace(WELL.server, monitor=False),
        size=Missing(reason="denied"),
        tables=Missing(reason="denied"),
        slow=(Slow(query="SELECT 1", calls=1200, mean_seconds=4.2, total_seconds=5040.0),),
        blocked=(
            Blocked(
                pid=11,
                who="app",
                seconds=95,
                query="UPDATE films SET title = '…'",
                by_pid=12,
                by_who="ana",
                by_state="idle in transaction",
                by_query="LOCK films",
            ),
        ),
        transactions=(
            Transaction(
                pid=12, who="ana", state="idle in transaction", seconds=1500, query="LOCK films"
            ),
        ),
    )
    told = await stage.told("db health")
    assert told.startswith("prod-db: 6 things need attention. Locks: 1 waiting")
    for words in (
        "GRANT pg_monitor TO filmops_reader;",
        "11 (app) waits 95.00 s for 12 (ana, idle in transaction)",
        "25 min, 12 (ana, idle in transaction): `LOCK films`",
        "4.20 s on average, 1,200 times: `SELECT 1`",
        "*Size* could not be read (denied)",
    ):
        assert words in told


async def test_an_empty_database_has_a_size_and_no_tables(stage: Reading) -> None:
    stage.sql.vital = replace(WELL, size=8192, tables=())
    assert "*Size* 8 kB" in await stage.told("db health")


@pytest.mark.parametrize("command", ["db health", FILMS])
async def test_where_nobody_said_where_it_is_the_answer_says_how_to_set_it_up(
    command: str,
) -> None:
    told = await Reading().told(command)
    for words in ("PRODUCT_DATABASE_URL", "GRANT pg_monitor TO filmops_reader", "filmops check"):
        assert words in told


@pytest.mark.parametrize("command", ["db health", FILMS])
@pytest.mark.parametrize("error", [Temporary("away"), OperationFailed("denied", code="denied")])
async def test_a_database_that_does_not_answer_is_no_answer(
    stage: Reading, command: str, error: Temporary | OperationFailed
) -> None:
    stage.sql.failing.append(error)
    with pytest.raises(type(error)):
        await stage.type(command)


async def test_a_question_is_asked_by_its_name_and_answered_as_a_table(stage: Reading) -> None:
    query = stage.topology.databases["prod-db"].queries["films-by-status"]
    rows = (("done", "1204"), (None, "7"))
    stage.sql.answers[query.sql] = Rows(columns=("status", "films"), rows=rows)
    told = await stage.told("db query Films-By-Status")
    assert told.startswith("Films by status: 2 rows.")
    assert "status  films\\ndone    1204\\n∅       7" in told.replace("\\n──────  ─────", "")
    stage.sql.answers[query.sql] = Rows(columns=("status", "films"), rows=())
    assert "No rows." in await stage.told(FILMS)


async def test_more_rows_than_a_message_holds_are_said_to_be_more(stage: Reading) -> None:
    query = stage.topology.databases["prod-db"].queries["films-by-status"]
    many = tuple((str(number), "x" * 500) for number in range(40))
    stage.sql.answers[query.sql] = Rows(columns=("id", "title"), rows=many)
    assert (await stage.told(FILMS)).startswith("Films by status: the first 30 rows.")
    wide = tuple(("<" * 39,) * 4 for _ in range(30))
    stage.sql.answers[query.sql] = Rows(columns=("a", "b", "c", "d"), rows=wide)
    told = await stage.told(FILMS)
    assert told.startswith("Films by status: the first 4 rows.")
    assert "…" in told


async def test_the_questions_are_listed_and_a_mistyped_one_finds_its_neighbour(
    stage: Reading,
) -> None:
    assert "`/filmops db query films-by-status` Films by status" in await stage.told("db query")
    with pytest.raises(UserError, match="Did you mean films-by-status") as mistyped:
        await stage.type("db query film-by-status")
    assert mistyped.value.hint == "/filmops db query films-by-status"
    with pytest.raises(UserError) as unknown:
        await stage.type("db query zz")
    assert unknown.value.hint == "/filmops db query"
    assert stage.sql.asked == []


async def test_a_topology_without_questions_says_who_adds_them() -> None:
    topology = Stage().topology.model_copy(
        update={"databases": {"prod-db": Database(key="prod-db")}}
    )
    assert "has no named queries" in await Reading(topology=topology).told("db query")


async def test_of_several_databases_one_is_named() -> None:
    databases = {key: Database(key=key) for key in ("films", "users")}
    topology = Stage().topology.model_copy(update={"databases": databases})
    stage = Reading(topology=topology)
    with pytest.raises(Refused, match="Which database") as unclear:
        await stage.type("db health")
    assert unclear.value.hint == "/filmops db health films"
    with pytest.raises(UserError, match="Did you mean users"):
        await stage.type("db health user")
    assert "users" in await stage.told("db health users")
    none = Reading(topology=topology.model_copy(update={"databases": {}}))
    with pytest.raises(Refused, match="names no database"):
        await none.type("db backups")


async def test_who_holds_no_role_reads_nothing(stage: Reading) -> None:
    assert isinstance(await stage.type("db health", NOBODY), Refusal)
    assert stage.sql.asked == []


def snapshot(stage: Stage, hours: float) -> None:
    stage.production.snapshots["prod-db"].append(
        Snapshot(
            id=f"rds:prod-db-{hours:g}",
            kind="automated",
            created_at=stage.clock.now() - timedelta(hours=hours),
            status="available",
        )
    )


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (2, "the newest backup is 2 h old."),
        (30, "the newest backup is 1 d 6 h old, older than 1 d."),
    ],
)
async def test_backups_are_judged_by_the_newest(stage: Reading, hours: float, said: str) -> None:
    state = stage.production.databases["prod-db"]
    stage.production.databases["prod-db"] = replace(state, latest_backup_at=None)
    snapshot(stage, hours)
    told = await stage.told("db backups")
    assert f"Backups of prod-db: {said}" in told
    assert f"`rds:prod-db-{hours:g}` automated" in told
    assert "`/filmops db restore SNAPSHOT as prod-db-restored`" in told


async def test_no_backup_and_not_knowing_are_told_apart(stage: Reading) -> None:
    state = stage.production.databases["prod-db"]
    stage.production.databases["prod-db"] = replace(state, latest_backup_at=None)
    told = await stage.told("db backups")
    assert told.startswith("Backups of prod-db: there is no backup.")
    assert "none that could be restored" in told
    stage.production.fail("databases.snapshots", OperationFailed("AccessDenied", code="denied"))
    told = await stage.told("db backups")
    assert told.startswith("Backups of prod-db: the newest backup is not known.")
    assert "AccessDenied" in told


async def test_what_rds_does_not_tell_is_said_beside_the_snapshots(stage: Reading) -> None:
    snapshot(stage, 2)
    state, unread = stage.production.databases["prod-db"], Missing(reason="no such right")
    stage.production.databases["prod-db"] = replace(state, latest_backup_at=unread)
    told = await stage.told("db backups")
    assert told.startswith("Backups of prod-db: the newest backup is 2 h old.")
    assert "*Restorable to:* could not be read: no such right" in told
    stage.production.fail("databases.state", OperationFailed("AccessDenied", code="denied"))
    told = await stage.told("db backups")
    assert "*Restorable to:* could not be read: AccessDenied" in told


async def test_a_database_that_can_be_restored_to_a_minute_ago_is_backed_up(
    stage: Reading,
) -> None:
    state, minute = stage.production.databases["prod-db"], timedelta(minutes=1)
    stage.production.databases["prod-db"] = replace(
        state, latest_backup_at=stage.clock.now() - minute
    )
    told = await stage.told("db backups")
    assert told.startswith("Backups of prod-db: the newest backup is 1 min old.")
