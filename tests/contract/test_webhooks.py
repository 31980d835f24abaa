"""The sandbox's PagerDuty and AWS speak to the bot's own web process, and are understood."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio

from bot.app import Application, opened
from bot.domain.alert import Alert, alert_of
from bot.domain.pager_event import PagerEvent, pager_event_of
from bot.ports import Hook
from bot.processes import web
from bot.settings import load_settings
from bot.topology import load
from sandbox.world import WEBHOOK_SECRET, World, free_port
from tests.contract.test_processes import asked, environment
from tests.plant import Plant
from tests.sandbox.pagerduty_world import ANA, LocalPagerDuty, local_pagerduty
from tests.workspace import Workspace

pytestmark = pytest.mark.contract


@pytest.fixture
def port() -> int:
    return free_port()


@pytest_asyncio.fixture
async def app(
    database_dsn: str, workspace: Workspace, plant: Plant, port: int
) -> AsyncIterator[Application]:
    """The web process on a real database, in the plant's world."""
    settings = load_settings(
        environment(
            database_dsn,
            workspace.api,
            PAGERDUTY_WEBHOOK_SECRET=f"the one before,{WEBHOOK_SECRET}",
            AWS_ENDPOINT_URL=plant.url,
        )
    )
    stop = asyncio.Event()
    async with opened(settings, load(plant.topology), database_dsn, "test") as application:
        running = asyncio.ensure_future(web("127.0.0.1", port)(application, stop))
        assert (await asked(port)).text == "ok"
        yield application
        stop.set()
        await running


async def stored(app: Application, count: int) -> dict[str, Hook]:
    """So many hooks by id, as soon as they are there."""
    found: dict[str, Hook] = {}
    async with asyncio.timeout(30):
        while len(found) < count:
            now = app.world.clock.now()
            lease = now + timedelta(hours=1)
            hooks = await app.world.store.hooks.claim(now=now, lease_until=lease, limit=9)
            found |= {hook.id: hook for hook in hooks}
            await asyncio.sleep(0.01)
    return found


async def test_an_alarm_of_the_plant_opens_and_closes(
    app: Application, plant: Plant, port: int
) -> None:
    url = f"http://127.0.0.1:{port}/webhooks/sns"
    alerts = []
    for state in ("ALARM", "OK"):
        told = await asyncio.to_thread(
            plant.tell, "alarm", name="backend-5xx", state=state, reason="6 % of 500", url=url
        )
        assert told["status"] == 202
        hook = (await stored(app, 1))[told["message_id"]]
        alerts.append(alert_of(hook.payload, app.world.topology.alerts))
    opened_, closed = alerts
    assert isinstance(opened_, Alert)
    assert isinstance(closed, Alert)
    assert (opened_.title, opened_.opened, closed.opened) == ("backend-5xx", True, False)
    assert opened_.fingerprint == closed.fingerprint
    assert opened_.detail["reason"] == "6 % of 500"


async def test_an_alarm_nobody_hears_is_told_as_such(plant: Plant) -> None:
    answer = plant.tell("alarm", name="x", url=f"http://127.0.0.1:{free_port()}/webhooks/sns")
    assert answer["status"] == 0


@pytest.mark.parametrize("body", [{"name": "x", "state": "BAD"}, {"state": "OK"}])
async def test_an_alarm_that_makes_no_sense_is_refused_by_the_plant(
    plant: Plant, body: dict[str, str]
) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="400"):
        plant.tell("alarm", **body)


@pytest.fixture
def pagerduty(port: int) -> Iterator[LocalPagerDuty]:
    """A local PagerDuty whose subscription is this bot."""
    with World(parts=("pagerduty",)) as world, local_pagerduty(world) as local:
        url = f"http://127.0.0.1:{port}/webhooks/pagerduty"
        local.tell("webhooks", url=url, secrets=[WEBHOOK_SECRET, "the next one"])
        yield local


async def test_what_happens_in_pagerduty_arrives_signed_and_whole(
    app: Application, pagerduty: LocalPagerDuty
) -> None:
    incident = await asyncio.to_thread(pagerduty.trigger)
    await asyncio.to_thread(pagerduty.tell, "ack", incident=incident, user=ANA)
    hooks = await stored(app, 2)
    events = [pager_event_of(hook.payload) for hook in hooks.values()]
    assert {event.type: event.incident_id for event in events if isinstance(event, PagerEvent)} == {
        "incident.triggered": incident,
        "incident.acknowledged": incident,
    }

    def attempts() -> list[list[str]]:
        told = pagerduty.control.get("webhooks").raise_for_status().json()
        return [delivery["attempts"] for delivery in told["deliveries"]]

    for _ in range(3_000):
        if [] not in await asyncio.to_thread(attempts):
            break
        await asyncio.sleep(0.01)
    assert attempts() == [["202"], ["202"]]
