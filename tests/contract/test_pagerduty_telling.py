"""What only the real adapter can get wrong of answers: names, tokens, merges, calls, lanes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.adapters.pagerduty import PagerDutyPager
from bot.adapters.pagerduty_api import EVENTS_THREADS, Api
from bot.adapters.pagerduty_reads import LOOKUPS
from bot.domain.pager import PagerStatus, Told
from bot.errors import Temporary
from bot.topology import load
from sandbox.world import CHECKOUT, World
from tests.contract.pager_stage import KEY, api_of, controls, services_of

pytestmark = pytest.mark.contract

ENQUEUE, PUT = "POST /v2/enqueue", "PUT /incidents/{id}"
CHLOE = "chloe@aifilmstudio.com"


@pytest.fixture
async def control(pager_world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with controls(pager_world) as control:
        yield control


@pytest.fixture
async def api(pager_world: World) -> AsyncIterator[Api]:
    api = api_of(pager_world)
    yield api
    await api.close()


def pager_on(api: Api) -> PagerDutyPager:
    return PagerDutyPager(api, services=services_of(load(CHECKOUT / "filmops.toml")))


@pytest.fixture
def pager(api: Api) -> PagerDutyPager:
    return pager_on(api)


async def page(pager: PagerDutyPager, key: str = KEY, level: int = 1) -> None:
    await pager.page(key=key, level=level, summary="down", detail={})


async def acknowledge(pager: PagerDutyPager, by: str = CHLOE) -> Told:
    return await pager.acknowledge(KEY, level=1, by_email=by, note="Acknowledged by Chloe")


async def tell(control: httpx.AsyncClient, path: str, **body: Any) -> None:
    (await control.post(path, json=body)).raise_for_status()


async def calls(control: httpx.AsyncClient) -> list[str]:
    return [call["call"] for call in (await control.get("calls")).json()]


async def incident(control: httpx.AsyncClient) -> dict[str, Any]:
    (found,) = (await control.get("incidents")).json()
    return dict(found)


async def test_without_a_token_a_page_is_acknowledged_without_looking(
    pager_world: World, control: httpx.AsyncClient
) -> None:
    api = api_of(pager_world, token=None)
    await page(pager_on(api))
    assert await acknowledge(pager_on(api)) is Told.DONE
    assert await calls(control) == [ENQUEUE, ENQUEUE]
    assert (await incident(control))["status"] == "acknowledged"
    await api.close()


async def test_a_token_that_may_not_write_still_stops_the_phone(
    pager: PagerDutyPager, control: httpx.AsyncClient
) -> None:
    await page(pager)
    await tell(control, "faults", match=PUT, kind="status", status=403)
    assert await acknowledge(pager) is Told.DONE
    found = await incident(control)
    assert (found["status"], found["notes"]) == ("acknowledged", ["Acknowledged by Chloe"])


async def test_an_acknowledgement_whose_answer_was_lost_is_not_sent_twice(
    pager: PagerDutyPager, control: httpx.AsyncClient
) -> None:
    await page(pager)
    await tell(control, "faults", match=PUT, kind="drop")
    with pytest.raises(Temporary):
        await acknowledge(pager)
    assert await acknowledge(pager) is Told.ALREADY
    assert (await calls(control)).count(PUT) == 1


async def test_a_note_that_is_refused_leaves_the_page_acknowledged(
    pager: PagerDutyPager, control: httpx.AsyncClient
) -> None:
    await page(pager)
    await tell(control, "faults", match="POST /incidents/{id}/notes", kind="status", status=500)
    assert await acknowledge(pager, by="") is Told.DONE
    assert (await incident(control))["status"] == "acknowledged"


async def test_without_a_sender_nothing_is_noted(
    pager_world: World, control: httpx.AsyncClient
) -> None:
    api = api_of(pager_world, from_address=None)
    await page(pager_on(api))
    assert await acknowledge(pager_on(api), by="") is Told.DONE
    assert (await incident(control))["notes"] == []
    await api.close()


async def test_a_page_merged_into_another_is_found_there(
    pager: PagerDutyPager, control: httpx.AsyncClient
) -> None:
    await page(pager)
    await page(pager, key="esc:other")
    await tell(control, "merge", dedup_key=KEY, into="esc:other")
    merged, target = await pager.find(KEY), await pager.find("esc:other")
    assert merged is not None
    assert target is not None
    assert (merged.id, merged.key, merged.status) == (target.id, KEY, PagerStatus.TRIGGERED)
    assert await pager.keys(target.id) == ("esc:other", KEY)
    assert {found.key for found in await pager.sweep()} == {KEY, "esc:other"}


async def test_resolving_a_page_leaves_the_others_merged_with_it_ringing(
    pager: PagerDutyPager, control: httpx.AsyncClient
) -> None:
    await page(pager)
    await page(pager, key="esc:other")
    await tell(control, "merge", dedup_key=KEY, into="esc:other")
    for key, status in ((KEY, PagerStatus.TRIGGERED), ("esc:other", PagerStatus.RESOLVED)):
        assert await pager.resolve(key, level=1, by_email=CHLOE, note="") is Told.DONE
        found = await pager.find("esc:other")
        assert found is not None
        assert (found.status, found.shared) == (status, True)


async def test_a_sweep_asks_for_keys_once_and_not_for_those_it_has_seen(
    pager: PagerDutyPager, control: httpx.AsyncClient
) -> None:
    await page(pager)
    await page(pager, key="esc:seen")
    await pager.find("esc:seen")
    for _ in range(2):
        assert {found.key for found in await pager.sweep()} == {KEY, "esc:seen"}
    assert (await calls(control)).count("GET /incidents/{id}/alerts") == 1
    assert (await calls(control)).count("GET /services") == 1


async def test_a_sweep_of_too_many_strangers_goes_on_with_the_next(
    pager: PagerDutyPager, control: httpx.AsyncClient
) -> None:
    keys = {f"esc:{number}" for number in range(LOOKUPS + 1)}
    for key in keys:
        await page(pager, key=key)
    await tell(control, "ack", dedup_key=max(keys), user=CHLOE)
    first = {found.key: found.status for found in await pager.sweep()}
    assert len(first) == LOOKUPS
    assert first[max(keys)] is PagerStatus.ACKNOWLEDGED
    assert {found.key for found in await pager.sweep()} == keys


async def test_a_level_that_hangs_delays_neither_the_next_level_nor_reading(
    pager: PagerDutyPager, control: httpx.AsyncClient
) -> None:
    hang = {"match": f"{ENQUEUE} L1", "kind": "latency", "seconds": 60, "times": None}
    await tell(control, "faults", **hang)
    hanging = [
        asyncio.create_task(page(pager, key=f"esc:{number}"))
        for number in range(2 * EVENTS_THREADS)
    ]
    await page(pager, level=2, key="esc:0:L2")
    found = await pager.find("esc:0:L2")
    assert found is not None
    assert found.assigned_to == ("Chloe Tan",)
    assert not any(task.done() for task in hanging)
    await tell(control, "listen", on=False)  # cuts them off
    ends = await asyncio.gather(*hanging, return_exceptions=True)
    assert {type(end) for end in ends} == {Temporary}


async def test_pages_share_a_connection(pager: PagerDutyPager, control: httpx.AsyncClient) -> None:
    for number in range(5):
        await page(pager, key=f"esc:{number}")
    recorded = (await control.get("calls")).json()
    assert len({call["connection"] for call in recorded}) == 1
