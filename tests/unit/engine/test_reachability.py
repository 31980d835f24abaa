"""Once a day it is looked whether the ladder would ring somebody on every level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from bot.adapters.memory.pager import MemoryPager
from bot.domain.incident import Incident
from bot.engine.reachability import check_daily, due_at
from bot.errors import ConfigurationError, FilmOpsError, Temporary
from bot.topology import Severity
from tests.stage import Stage

pytestmark = pytest.mark.unit

SIX_HOURS = 6 * 3600.0
"""From the stage's start, at three, to nine."""

EMAILS = {
    "Ana": "ana@aifilmstudio.com",
    "Chloe": "chloe@aifilmstudio.com",
    "Dana": "dana@aifilmstudio.com",
}


def stage_with(
    on_call: Sequence[str | None] = ("Ana", "Chloe", "Dana"), emails: Mapping[str, str] = EMAILS
) -> Stage:
    stage = Stage()
    services = [level.pagerduty_service for level in stage.topology.escalation.levels]
    stage.pager = MemoryPager(stage.clock, services=services, on_call=on_call, emails=emails)
    stage.world = replace(stage.world, pager=stage.pager)
    return stage


async def opened(stage: Stage) -> tuple[Incident, ...]:
    return await stage.world.store.incidents.unresolved()


async def test_before_nine_nobody_is_asked() -> None:
    stage = stage_with()
    stage.pager.failing = AssertionError  # type: ignore[assignment]
    stage.clock.advance(SIX_HOURS - 1)
    assert await check_daily(stage.world) == ()


async def test_a_ladder_that_rings_everybody_is_no_news() -> None:
    stage = stage_with()
    stage.clock.advance(SIX_HOURS)
    assert await check_daily(stage.world) == ()
    assert await opened(stage) == ()


async def test_an_empty_level_is_an_incident_of_low_severity() -> None:
    stage = stage_with(("Ana", None, "Dana"))
    stage.clock.advance(SIX_HOURS)
    (warning,) = await check_daily(stage.world)
    (incident,) = await opened(stage)
    assert (incident.title, incident.severity) == (warning, Severity.P3)
    assert "Level 2" in warning
    assert "nobody" in warning


async def test_one_person_for_all_levels_is_an_incident() -> None:
    stage = stage_with(("Ana", "Ana", "Ana"))
    stage.clock.advance(SIX_HOURS)
    (warning,) = await check_daily(stage.world)
    assert "Ana" in warning


async def test_somebody_the_topology_does_not_know_is_an_incident() -> None:
    stage = stage_with(("Ana", "Chloe", "Zoe"))
    stage.clock.advance(SIX_HOURS)
    (warning,) = await check_daily(stage.world)
    assert "Zoe" in warning


async def test_it_is_looked_once_a_day_and_said_once_while_it_is_open() -> None:
    stage = stage_with((None, None, "Dana"))
    stage.clock.advance(SIX_HOURS)
    assert len(await check_daily(stage.world)) == 2
    stage.clock.advance(60)
    assert await check_daily(stage.world) == ()
    stage.clock.advance(86_400)
    assert len(await check_daily(stage.world)) == 2
    assert [incident.alerts for incident in await opened(stage)] == [2, 2]


async def test_of_two_schedulers_one_looks() -> None:
    stage = stage_with((None, "Chloe", "Dana"))
    stage.clock.advance(SIX_HOURS)

    class Overtaken(MemoryPager):
        async def on_call(self):  # type: ignore[no-untyped-def]
            await check_daily(stage.world)
            return await stage.pager.on_call()

    other = Overtaken(stage.clock, services=("Level 1",), on_call=(None,))
    assert await check_daily(replace(stage.world, pager=other)) == ()
    (incident,) = await opened(stage)
    assert incident.alerts == 1


async def test_a_pagerduty_that_is_away_is_asked_again() -> None:
    stage = stage_with((None, "Chloe", "Dana"))
    stage.clock.advance(SIX_HOURS)
    stage.pager.failing = Temporary("away")
    with pytest.raises(Temporary):
        await check_daily(stage.world)
    stage.pager.failing = None
    stage.clock.advance(60)
    assert len(await check_daily(stage.world)) == 1


async def test_a_pagerduty_that_may_not_be_read_is_said_in_the_log_once_a_day(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = stage_with()
    stage.clock.advance(SIX_HOURS)
    refusing: FilmOpsError = ConfigurationError(["PAGERDUTY_API_TOKEN is not set"])
    stage.pager.failing = refusing
    for _ in range(2):
        assert await check_daily(stage.world) == ()
    assert caplog.text.count("PAGERDUTY_API_TOKEN is not set") == 1
    assert await opened(stage) == ()


def test_the_hour_is_the_studios() -> None:
    topology = Stage().topology
    there = topology.model_copy(
        update={
            "studio": topology.studio.model_copy(update={"timezone": "Europe/Prague"}),
            "escalation": topology.escalation.model_copy(update={"check_at": time(8, 30)}),
        }
    )
    winter = datetime(2026, 1, 10, 23, 30, tzinfo=UTC)
    assert due_at(there, winter) == datetime(2026, 1, 11, 7, 30, tzinfo=UTC)
    summer = datetime(2026, 7, 10, 12, 0, tzinfo=UTC)
    assert due_at(there, summer) == datetime(2026, 7, 10, 6, 30, tzinfo=UTC)
