"""`/livez`, `/healthz` and `/metrics` answer whatever has happened, and say it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from bot.adapters.memory.audit import MemoryAudit
from bot.adapters.memory.incidents import MemoryIncidents
from bot.adapters.memory.pulse import MemoryHeartbeat, MemoryPulse
from bot.domain.audit import Head
from bot.domain.incident import IncidentState, Source
from bot.engine.dispatch import Dispatch
from bot.engine.escalator import Escalator
from bot.engine.incidents import acknowledge
from bot.engine.opening import Report, report
from bot.engine.pulse import AUDITOR
from bot.engine.world import World
from bot.entrypoints.scheduler import schedule
from bot.entrypoints.watching import watch_routes
from bot.errors import Temporary
from bot.topology import Severity
from tests.stage import ANA, Stage

pytestmark = pytest.mark.unit

Series = dict[tuple[str, ...], float]


async def got(world: World, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=Starlette(routes=watch_routes(world)))
    async with httpx.AsyncClient(transport=transport, base_url="http://filmops") as client:
        return await client.get(path)


async def series(world: World) -> Series:
    """Ours, by name and labels' values."""
    answer = await got(world, "/metrics")
    assert answer.status_code == 200
    assert "python_info" in answer.text
    return {
        (sample.name.removeprefix("filmops_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name.startswith("filmops_")
    }


async def alarm(stage: Stage, severity: Severity = Severity.P1) -> int:
    told = Report(
        title="5xx",
        severity=severity,
        source=Source.CLOUDWATCH,
        fingerprint=f"5xx {severity}",
        by="CloudWatch",
    )
    return (await report(stage.world, told)).incident.id


def database_away(stage: Stage) -> World:
    class NoAudit(MemoryAudit):
        async def head(self) -> Head:
            raise Temporary("away")

    class NoIncidents(MemoryIncidents):
        async def tally(self) -> Mapping[tuple[Severity, IncidentState], int]:
            raise Temporary("away")

    store = stage.world.store
    store = replace(store, audit=NoAudit(stage.tables), incidents=NoIncidents(stage.tables))
    return replace(stage.world, store=store)


async def test_the_web_process_lives_without_a_scheduler() -> None:
    stage = Stage()
    assert (await got(stage.world, "/livez")).text == "ok"
    answer = await got(stage.world, "/healthz")
    assert (answer.status_code, "nobody would be paged" in answer.text) == (503, True)
    await Escalator(stage.world, owner="one").wake()
    assert (await got(stage.world, "/healthz")).text == "ok"


async def test_without_its_database_neither_is_well() -> None:
    stage = Stage()
    await Escalator(stage.world, owner="one").wake()
    for path in ("/livez", "/healthz"):
        answer = await got(database_away(stage), path)
        assert (answer.status_code, answer.text) == (503, "the database does not answer: away")


async def test_without_the_database_its_figures_are_absent_and_one_says_so() -> None:
    assert await series(database_away(Stage())) == {("database_up",): 0}


async def test_a_quiet_system_shows_zeros_and_that_nobody_has_looked() -> None:
    found = await series(Stage().world)
    assert found["database_up",] == 1
    assert found["escalation_lateness_seconds_count",] == 0
    assert found["pages_overdue",] == 0
    assert found["incidents", "P1", "open"] == 0
    assert found["cycle_age_seconds", "escalation"] == float("inf")


async def test_lateness_is_of_every_page_ever_called_for() -> None:
    stage = Stage()
    await alarm(stage)
    stage.clock.advance(0.2)
    escalator = Escalator(stage.world, owner="one")
    await escalator.wake()
    await escalator.drain(10)
    await alarm(stage, Severity.P2)
    stage.clock.advance(7)
    await escalator.wake()
    await escalator.drain(10)
    found = await series(stage.world)
    late = "escalation_lateness_seconds"
    assert [found[f"{late}_bucket", top] for top in ("0.1", "0.25", "5.0", "10.0", "+Inf")] == [
        0,
        1,
        1,
        2,
        2,
    ]
    assert found[f"{late}_count",] == 2
    assert found[f"{late}_sum",] == pytest.approx(7.2)


async def test_incidents_overdue_pages_and_silence_are_as_of_now() -> None:
    stage = Stage()
    await Escalator(stage.world, owner="one").wake()
    await alarm(stage)
    await acknowledge(stage.world, await alarm(stage, Severity.P2), ANA, via="Slack")
    stage.clock.advance(40)
    found = await series(stage.world)
    assert (found["incidents", "P1", "open"], found["incidents", "P2", "acknowledged"]) == (1, 1)
    assert (found["incidents", "P2", "open"], found["pages_overdue",]) == (0, 1)
    assert found["cycle_age_seconds", "escalation"] == 40
    assert found["cycle_age_seconds", "auditor"] == float("inf")


async def scheduled(stage: Stage) -> MemoryHeartbeat:
    """What the service outside heard of a scheduler's first audit."""
    outside, stop = MemoryHeartbeat(), asyncio.Event()

    async def word(timeout: float) -> None:
        await asyncio.sleep(0.005)

    class Stopping(MemoryPulse):
        async def beat(self, name: str, owner: str, now: datetime) -> None:
            await super().beat(name, owner, now)
            if name == AUDITOR:
                stop.set()

    world = replace(stage.world, store=replace(stage.world.store, pulse=Stopping(stage.tables)))
    async with asyncio.timeout(30):
        await schedule(
            world,
            Dispatch(world, {}),
            Escalator(world, owner="one"),
            pages_changed=word,
            hooked=word,
            heartbeat=outside,
            stop=stop,
        )
    return outside


async def test_an_audit_without_findings_is_heard_outside() -> None:
    stage = Stage()
    await Escalator(stage.world, owner="another").wake()
    assert (await scheduled(stage)).heard == 1
    assert (await got(stage.world, "/healthz")).text == "ok"


async def test_after_a_finding_nothing_is_heard_outside() -> None:
    stage = Stage()
    await alarm(stage)
    stage.clock.advance(61)
    stage.pager.failing = Temporary("away")
    assert (await scheduled(stage)).heard == 0
    assert "auditor_found" in await stage.actions()
