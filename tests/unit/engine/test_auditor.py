"""What must never be is found, said where somebody reads it, and keeps the heartbeat silent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.adapters.memory.pulse import MemoryHeartbeat
from bot.domain.incident import Incident, PageState, Source
from bot.engine.auditor import audit, reassure
from bot.engine.escalator import Escalator
from bot.engine.opening import Report, report
from bot.errors import Temporary
from bot.topology import Severity
from tests.stage import Stage

pytestmark = pytest.mark.unit


async def alarm(stage: Stage) -> Incident:
    """An incident of the highest severity: level 1 is due at once."""
    told = Report(
        title="5xx on backend",
        severity=Severity.P1,
        source=Source.CLOUDWATCH,
        fingerprint="5xx",
        by="CloudWatch",
    )
    return (await report(stage.world, told)).incident


async def own(stage: Stage) -> list[Incident]:
    """The incidents FilmOps has opened about itself."""
    found = await stage.world.store.incidents.unresolved()
    return [incident for incident in found if incident.source is Source.FILMOPS]


async def overdue_lines(stage: Stage, incident: Incident) -> list[str]:
    timeline = await stage.world.store.incidents.timeline(incident.id)
    return [line.text for line in timeline if line.kind == "page_overdue"]


def strand(stage: Stage, incident: Incident) -> None:
    """What no code of ours does: an open incident loses all that would move it on."""
    stage.tables.incidents[incident.id] = replace(incident, resume_at=None, resume_why=None)
    for row in stage.tables.pages.values():
        row.page = replace(row.page, state=PageState.CANCELLED, next_at=None)


async def test_when_nothing_is_forgotten_there_is_nothing_to_say() -> None:
    stage = Stage()
    await alarm(stage)
    stage.clock.advance(60)
    assert await audit(stage.world) == []
    assert "auditor_found" not in await stage.actions()


async def test_an_overdue_page_is_said_under_its_incident_once_and_pages_nobody() -> None:
    stage = Stage()
    incident = await alarm(stage)
    for _ in range(3):
        stage.clock.advance(61)
        (finding,) = await audit(stage.world)
        assert "I1 level 1 has been due since 03:00:00 UTC" in finding
    (line,) = await overdue_lines(stage, incident)
    assert "ring them yourselves" in line
    assert await own(stage) == []
    assert (await stage.actions()).count("auditor_found") == 3


async def test_of_two_schedulers_one_says_it() -> None:
    stage = Stage()
    incident = await alarm(stage)
    stage.clock.advance(61)
    await audit(stage.world)
    await audit(stage.world)
    assert len(await overdue_lines(stage, incident)) == 1


async def test_each_overdue_level_is_said() -> None:
    stage = Stage()
    incident = await alarm(stage)
    stage.clock.advance(15 * 60 + 61)
    assert len(await audit(stage.world)) == 2
    assert len(await overdue_lines(stage, incident)) == 2


async def test_a_stranded_incident_climbs_again_and_is_an_incident_of_its_own() -> None:
    stage = Stage()
    strand(stage, await alarm(stage))
    (finding,) = await audit(stage.world)
    assert finding == "I1 was open without a next deadline; its ladder is climbed now"
    (found,) = await own(stage)
    assert (found.severity, found.fingerprint) == (Severity.P2, "auditor:stranded")
    assert found.title == f"Auditor: {finding}"
    assert await audit(stage.world) == []


async def test_a_request_nobody_expired_is_one_incident_however_long_it_lasts() -> None:
    stage = Stage()
    await stage.ask()
    await stage.ask("rollback backend-staging")
    stage.clock.advance(900 + 61)
    for _ in range(2):
        assert len(await audit(stage.world)) == 2
    (found,) = await own(stage)
    assert (found.fingerprint, found.alerts) == ("auditor:requests", 2)
    assert found.title.startswith("Auditor: R1 has waited past its expiry since 03:15:00 UTC (and")


async def test_the_service_outside_hears_when_somebody_is_paging() -> None:
    stage, outside = Stage(), MemoryHeartbeat()
    await Escalator(stage.world, owner="one").wake()
    await reassure(stage.world, outside)
    assert outside.heard == 1


async def test_it_hears_nothing_while_no_scheduler_finishes_a_cycle(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage, outside = Stage(), MemoryHeartbeat()
    await Escalator(stage.world, owner="one").wake()
    stage.clock.advance(31)
    await reassure(stage.world, outside)
    assert outside.heard == 0
    assert "no heartbeat: no scheduler has finished a cycle since" in caplog.text


async def test_a_heartbeat_that_does_not_arrive_is_a_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage, outside = Stage(), MemoryHeartbeat()
    await Escalator(stage.world, owner="one").wake()
    outside.failing = Temporary("the heartbeat did not reach ping.example: ConnectError")
    await reassure(stage.world, outside)
    assert "ping.example: ConnectError" in caplog.text
