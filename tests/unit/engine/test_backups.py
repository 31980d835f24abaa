"""Backups are verified once a day; what is not well is one incident until it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.checklist import Found
from bot.domain.incident import Incident, IncidentState
from bot.domain.live import Snapshot
from bot.domain.replica import ReplicationRule
from bot.engine.backups import verify_daily
from bot.errors import OperationFailed, Temporary
from bot.topology import Severity
from tests.stage import EVE, Stage, said

pytestmark = pytest.mark.unit

FOUR_HOURS = 4 * 3600.0
"""From the stage's start, at three, to seven."""


def saved(stage: Stage, hours: float = 1) -> None:
    """An automated snapshot of that age."""
    made = stage.clock.now() - timedelta(hours=hours)
    snapshot = Snapshot(id="rds:today", kind="automated", created_at=made, status="available")
    stage.production.snapshots["prod-db"] = [snapshot]


async def opened(stage: Stage) -> tuple[Incident, ...]:
    return await stage.world.store.incidents.unresolved(begins="backup:")


async def at_seven(*, hours: float = 5) -> Stage:
    stage = Stage()
    stage.clock.advance(FOUR_HOURS)
    saved(stage, hours)
    return stage


async def test_before_seven_nothing_is_read() -> None:
    stage = Stage()
    stage.clock.advance(FOUR_HOURS - 1)
    assert await verify_daily(stage.world) == ()
    assert stage.production.calls == []


async def test_backups_that_are_well_are_no_news_and_read_once_a_day() -> None:
    stage = await at_seven()
    assert await verify_daily(stage.world) == []
    assert await opened(stage) == ()
    read = len(stage.production.calls)
    assert await verify_daily(stage.world) == ()
    assert len(stage.production.calls) == read
    stage.clock.advance(24 * 3600)
    (line,) = await verify_daily(stage.world)
    assert "more than 24 h" in line.said


async def test_an_old_snapshot_is_one_incident_that_pages_until_there_is_a_younger_one() -> None:
    stage = await at_seven(hours=30)
    await verify_daily(stage.world)
    (incident,) = await opened(stage)
    assert (incident.severity, incident.fingerprint) == (Severity.P2, "backup:database/prod-db")
    assert "newest automated snapshot rds:today, 1 d 6 h old" in incident.title
    await verify_daily(stage.world)
    stage.clock.advance(3601)
    saved(stage, 1)
    await verify_daily(stage.world)
    assert await opened(stage) == ()
    (kept,) = await stage.world.store.incidents.recent()
    assert (kept.state, kept.alerts) == (IncidentState.RESOLVED, 1)


async def test_a_bad_bucket_and_a_bad_database_are_two_incidents_and_end_alone() -> None:
    stage = await at_seven(hours=30)
    stage.production.replication["ai-film-studio-media-prod"] = [
        ReplicationRule(id="x", enabled=False, destination="ai-film-studio-media-dr-usw2")
    ]
    del stage.production.objects["ai-film-studio-media-dr-usw2"]["films/1.mp4"]
    bad = await verify_daily(stage.world)
    assert len(bad) == 4
    assert {one.fingerprint for one in await opened(stage)} == {
        "backup:database/prod-db",
        "backup:bucket/media",
    }
    stage.clock.advance(3601)
    saved(stage)
    await verify_daily(stage.world)
    assert [one.fingerprint for one in await opened(stage)] == ["backup:bucket/media"]


async def test_what_cannot_be_read_is_asked_for_an_hour_and_then_is_a_lesser_incident() -> None:
    stage = await at_seven()
    stage.production.fail("buckets.rules", Temporary("S3 does not answer"), times=1000)
    for _ in range(3):
        assert await verify_daily(stage.world) == ()
        stage.clock.advance(600)
    assert await opened(stage) == ()
    stage.clock.advance(3600)
    (line,) = await verify_daily(stage.world)
    assert line.found is Found.UNKNOWN
    (incident,) = await opened(stage)
    assert incident.severity is Severity.P3


async def test_what_turns_out_to_be_bad_becomes_more_severe() -> None:
    stage = await at_seven()
    stage.production.fail("databases.snapshots", OperationFailed("no", code="denied"))
    stage.clock.advance(3600)
    await verify_daily(stage.world)
    saved(stage, 40)
    stage.clock.advance(3601)
    await verify_daily(stage.world)
    (incident,) = await opened(stage)
    assert incident.severity is Severity.P2


async def test_another_scheduler_has_looked_already() -> None:
    stage = await at_seven(hours=30)
    now = stage.clock.now()
    await stage.world.store.pulse.turn("backup", since=now, now=now)
    assert await verify_daily(stage.world) == ()
    assert await opened(stage) == ()


async def test_the_answer_says_what_is_bad_first_and_what_mends_it() -> None:
    stage = await at_seven(hours=30)
    told = said(await stage.type("backup verify", EVE))
    assert told.startswith("Backups: 1 line not well. BAD database/prod-db, Newest automated")
    assert "OK bucket/media, Replicated objects: 3 of the 3 newest are there, the same" in told
    saved(stage)
    assert said(await stage.type("backup verify", EVE)).startswith("Backups: all is well.")


async def test_replication_is_shown_bucket_by_bucket_even_when_s3_is_silent() -> None:
    stage = await at_seven()
    told = said(await stage.type("backup replication", EVE))
    assert told == "ai-film-studio-media-prod → ai-film-studio-media-dr-usw2: OK."
    for method in ("rules", "sample", "count"):
        stage.production.fail(f"buckets.{method}", OperationFailed("S3 says no", code="denied"))
    shown = await stage.type("backup replication", EVE)
    assert "UNKNOWN" in said(shown)
    assert "S3 says no" in str(shown)
