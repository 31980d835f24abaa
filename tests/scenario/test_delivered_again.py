"""What Slack delivers several times, or to a process that dies, is done once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import Json

from blocks import ids
from bot.adapters.postgres.embedded import EmbeddedServer
from bot.entrypoints import intake
from bot.ports import Delivery
from tests.scenario.studio import Studio, until

pytestmark = pytest.mark.scenario


async def test_a_command_and_a_click_delivered_three_times_act_once(studio: Studio) -> None:
    assert "R1 is waiting in" in await studio.types("U0ANA", "/filmops rollback", deliver=3)
    await studio.card_says("waiting for 1 approval")
    await studio.outside.aws.tell("deny", action="elasticloadbalancing:ModifyListener")
    assert "Approved." in await studio.clicks("U0BEN", ids.APPROVE, deliver=3)
    await studio.card_says("HELD at step 2 of 6")
    assert [action for _, action in await studio.told()] == [
        "command",
        "request",
        "approve",
        "run.start",
        "run.held",
    ]
    assert len(await studio.ephemerals()) == 2
    assert len(await studio.cards()) == 1


async def test_two_who_click_at_once_are_one_approval(studio: Studio) -> None:
    await studio.asks()
    await studio.outside.aws.tell("deny", action="elasticloadbalancing:ModifyListener")
    await asyncio.gather(studio.press("U0BEN", ids.APPROVE), studio.press("U0CHLOE", ids.APPROVE))
    answers = [await studio.answer("U0BEN"), await studio.answer("U0CHLOE")]
    assert sum("Approved. R1 is checked" in answer for answer in answers) == 1
    assert sum("already: <@U0" in answer for answer in answers) == 1
    await studio.card_says("HELD at step 2 of 6")
    assert [action for _, action in await studio.told()].count("run.start") == 1


async def test_what_a_dead_process_had_taken_is_served_by_another(studio: Studio) -> None:
    taken = left_by_dead_workers(studio, claims=1)
    assert "R1 is waiting in" in await studio.answer("U0ANA")
    await studio.card_says("waiting for 1 approval")
    assert not await studio.app.world.store.inbox.take(taken, studio.clock.now())
    assert len(await studio.app.world.store.requests.recent()) == 1


async def test_what_three_dead_processes_had_taken_is_only_answered(studio: Studio) -> None:
    studio.errors.add("command:t.1 was served 3 times")
    left_by_dead_workers(studio, claims=3)
    assert "3 workers began it and none finished it" in await studio.answer("U0ANA")
    await studio.nothing_changed()


def left_by_dead_workers(studio: Studio, *, claims: int) -> Delivery:
    """A rollback typed, claimed so often and never done; the last one's lease has run out."""
    body = {"user_id": "U0ANA", "team_id": "T0SANDBOX", "text": "rollback", "trigger_id": "t.1"}
    now = studio.clock.now()
    taken = replace(intake.command(body), payload={**intake.command(body).payload, "guest": False})
    # What a worker leaves that is killed between the two: claimed, and never done. In one
    # statement, because a living worker hears of a new delivery within a millisecond.
    with psycopg.connect(studio.dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO inbox (key, kind, payload, taken_at, lease_until, claims)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [taken.key, taken.kind, Json(taken.payload), now, now + timedelta(seconds=20), claims],
        )
    studio.clock.ahead = timedelta(seconds=21)
    return taken


async def test_without_its_database_it_says_sorry_and_does_nothing(
    studio: Studio, postgres_server: EmbeddedServer
) -> None:
    studio.errors.add("listener error")
    with database_away(studio, postgres_server):
        sorry = await studio.types("U0ANA", "/filmops rollback backend")
        assert "FilmOps cannot reach its database, so it did nothing." in sorry
        assert (await studio.http.get("/livez")).status_code == 503
    await until(lambda: well(studio), "the database is back")
    await studio.nothing_changed()
    await studio.asks()


class database_away:  # noqa: N801 - used as a function
    """Nobody may connect to the test's database, and whoever is connected is put out."""

    def __init__(self, studio: Studio, server: EmbeddedServer) -> None:
        self._name = str(conninfo_to_dict(studio.dsn)["dbname"])
        self._dsn = server.dsn

    def __enter__(self) -> None:
        self._allow(allowed=False)
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [self._name],
            )

    def __exit__(self, *_: object) -> None:
        self._allow(allowed=True)

    def _allow(self, *, allowed: bool) -> None:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(
                    sql.Identifier(self._name), sql.Literal(allowed)
                )
            )


async def well(studio: Studio) -> bool:
    return (await studio.http.get("/livez")).status_code == 200
