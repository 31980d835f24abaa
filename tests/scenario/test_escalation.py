"""Who is on call, what the ladder would do, a drill of it, and windows in which it waits."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from bot import processes
from bot.domain.incident import IncidentState, Source
from bot.engine.opening import Report, report
from bot.topology import Severity
from sandbox.world import CHECKOUT
from tests.scenario.outside import Outside
from tests.scenario.studio import Studio, bot_environment, until

pytestmark = pytest.mark.scenario


@pytest_asyncio.fixture
async def scheduler(studio: Studio) -> AsyncIterator[None]:
    """The scheduler process, beside the studio's web and worker."""
    studio.errors.add("Slack refuses the card of I1")  # This release draws no incident's card.
    stop = asyncio.Event()
    running = asyncio.ensure_future(processes.scheduler(studio.app, stop))
    yield
    stop.set()
    await running


@pytest.fixture
def without_slack(around: Outside, studio: Studio) -> dict[str, str]:
    """What a process of the bot is started with when Slack is of no use."""
    given = bot_environment(around, studio.dsn, studio.topology)
    return {name: value for name, value in given.items() if not name.startswith("SLACK_")}


async def filmops(environment: Mapping[str, str], *words: str) -> tuple[int, str]:
    """Run a command to its end: status, and all it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", *words),
        cwd=CHECKOUT,
        env=dict(environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def alarm(studio: Studio) -> None:
    """CloudWatch tells of the backend."""
    told = Report(
        title="errors",
        severity=Severity.P1,
        source=Source.CLOUDWATCH,
        fingerprint="alarm:errors",
        by="CloudWatch",
        service="backend",
    )
    await report(studio.app.world, told)


async def test_who_is_on_call_and_what_the_ladder_would_do(studio: Studio) -> None:
    shown = await studio.types("U0EVE", "/filmops oncall")
    for level in ("Level 1", "Level 2", "Level 3"):
        assert level in shown
    assert "Read from PagerDuty" in shown
    shown = await studio.types("U0EVE", "/filmops escalation show")
    assert "level 1 after 0 min, level 2 after 15 min, level 3 after 30 min" in shown
    shown = await studio.types("U0EVE", "/filmops escalation simulate --severity P1 --ack 20m")
    assert "climb 1, level 2" in shown
    assert "climb 1, level 3" not in shown
    assert "nobody was paged" in shown
    assert await studio.app.world.store.incidents.recent() == ()
    assert "not_permitted" in await studio.types("U0EVE", "/filmops escalation drill")
    await studio.nothing_changed()


async def test_a_drill_is_acknowledged_without_slack_and_ends_by_itself(
    studio: Studio, scheduler: None, without_slack: dict[str, str]
) -> None:
    await studio.command("U0ANA", "/filmops escalation drill P1")
    await studio.channel_says("DRILL I1 (P1) has begun")
    pagerduty = studio.outside.pagerduty

    async def rung() -> list[str]:
        return [str(line["summary"]) for line in await pagerduty.ask("ledger")]

    (summary,) = await until(rung, "a page")
    assert summary.startswith("DRILL")

    status, said = await filmops(without_slack, "incident", "list")
    assert (status, "1 not resolved." in said, "DRILL" in said) == (0, True, True), said
    status, said = await filmops(without_slack, "incident", "ack", "I1", "--by", "nobody")
    assert status == 1
    assert "the topology knows nobody as 'nobody'" in said
    status, said = await filmops(without_slack, "incident", "ack", "I1", "--by", "ben")
    assert (status, said.splitlines()[-1]) == (
        0,
        "I1 is acknowledged by Ben Larsen. The other levels' phones are stopped.",
    ), said

    async def over() -> bool:
        drill = await studio.app.world.store.incidents.get(1)
        return drill is not None and drill.state is IncidentState.RESOLVED

    await until(over, "the drill is over")
    status, said = await filmops(without_slack, "incident", "show", "i1")
    assert status == 0
    assert "Drill: level 1 acknowledged after" in said
    assert "(command line)" in said
    rows = [row.entry for row in await studio.audit()]
    (typed, _) = [row for row in rows if row.detail.get("via") == "command line"]
    assert (typed.actor, typed.detail["words"]) == ("U0BEN", "incident ack I1")

    async def quiet() -> bool:
        return await studio.app.world.pager.sweep() == ()

    await until(quiet, "PagerDuty has nothing open")
    status, said = await filmops(without_slack, "incident", "resolve", "I1", "--by", "U0BEN")
    assert status == 1
    assert "I1 was resolved by" in said


async def test_a_window_holds_an_alert_back_until_somebody_ends_it(
    studio: Studio, scheduler: None, without_slack: dict[str, str]
) -> None:
    await studio.command("U0ANA", "/filmops maintenance start backend 2h new disks")
    await studio.channel_says("backend is in maintenance")
    await alarm(studio)
    refused = await studio.types("U0BEN", "/filmops maintenance start backend 3h more disks")
    assert "in_maintenance" in refused
    assert await studio.outside.pagerduty.ask("ledger") == []
    status, said = await filmops(
        without_slack,
        "incident",
        "note",
        "I1",
        "disks",
        "are",
        "in",
        "--by",
        "ana@aifilmstudio.com",
    )
    assert (status, said.splitlines()[-1]) == (0, "Written down in I1."), said
    await studio.command("U0BEN", "/filmops maintenance end backend")
    await studio.channel_says("I1 had waited for it: their ladder is climbed now")

    async def rung() -> bool:
        return len(await studio.outside.pagerduty.ask("ledger")) == 1

    await until(rung, "level 1 is paged")
    status, said = await filmops(without_slack, "incident", "escalate", "I1", "--by", "ana")
    assert status == 0
    assert "Level 2 is due now" in said
    status, said = await filmops(without_slack, "simulate", "--ack", "20m")
    assert status == 0
    assert "level 2: Engineering lead, " in said
