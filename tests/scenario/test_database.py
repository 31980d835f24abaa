"""`/filmops db …` as people type it: a real schema brought up and taken back, a restore tested.

Runbook, *Database Operations*. The plant's tasks run real Alembic on a real PostgreSQL here. What
its operations bear is told in tests/scenario/test_capacity_*.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from blocks import ids
from sandbox.world import World
from tests.scenario.studio import Studio

pytestmark = pytest.mark.scenario

ADDED, BEFORE = "8c41de7a0b95", "3f2a9c1b7d20"


@pytest.fixture
def variables(outside_processes: World) -> Mapping[str, str]:
    """Where the plant's product has its database."""
    return {"PRODUCT_DATABASE_URL": str(outside_processes.announced("aws")["product_database"])}


async def approved(studio: Studio, text: str, *who: str, request: int) -> str:
    """Ana asks, others approve; the card as it was when they did."""
    answer = await studio.types("U0ANA", text)
    assert f"R{request} is waiting in" in answer, answer
    planned = await studio.card_says("waiting for", request=request)
    for each in who:
        said = await studio.clicks(each, ids.APPROVE, request)
        assert "Approved" in said or "needs 1 more" in said
    return planned


@pytest.mark.timeout(120)
async def test_a_real_schema_goes_up_and_down_and_its_database_is_looked_at(
    studio: Studio,
) -> None:
    aws = studio.outside.aws
    await aws.tell("real-migrations", on=True)
    await aws.tell("speed", factor=20)
    await approved(studio, "/filmops db migrate --reason the new profile", "U0BEN", request=1)
    done = await studio.card_says("done in", request=1)
    assert f"It stands at {ADDED} (head)." in done
    await studio.thread_says(f"Running upgrade {BEFORE} -&gt; {ADDED}", request=1)

    well = await studio.types("U0EVE", "/filmops db health")
    for said in ("prod-db: ", "of 100", "public.films", "pg_stat_statements is not there"):
        assert said in well
    rows = await studio.types("U0EVE", "/filmops db query films-by-status")
    assert "done       300" in rows

    refused = await studio.types("U0ANA", "/filmops db downgrade")
    assert "unverified" in refused
    assert "/filmops db migrations" in refused
    assert "needs no approval" in await studio.types("U0ANA", "/filmops db migrate status")
    seen = await studio.card_says("done in", request=2)
    assert "Going back to 3f2a9c1b7d20 would take away: ALTER TABLE films DROP COLUMN" in seen
    command = "/filmops db migrate down --reason exports break"
    planned = await approved(studio, command, "U0CHLOE", "U0DANA", request=3)
    assert "LOST: ALTER TABLE films DROP COLUMN render_profile" in planned
    assert "waiting for 2 approvals" in planned
    assert f"It stands at {BEFORE}." in await studio.card_says("done in", request=3)
    await approved(studio, "/filmops backup dr-test", "U0BEN", request=4)
    drilled = await studio.card_says("done in", request=4)
    assert "1 of 1 integrity queries are as they should be" in drilled
    history = await studio.types("U0EVE", "/filmops history")
    assert "R1" in history
    assert "R3" in history
    assert "R2" not in history
