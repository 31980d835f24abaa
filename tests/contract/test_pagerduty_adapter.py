"""What only the real adapter can get wrong: the client's own retries, tokens, set-up checks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

import httpx
import pytest

from bot.adapters.pagerduty import PagerDutyPager
from bot.adapters.pagerduty_api import Api
from bot.adapters.pagerduty_checks import PagerDutyChecks
from bot.errors import ConfigurationError, OperationFailed, Temporary
from bot.topology import Topology, load
from sandbox.world import CHECKOUT, World, free_port

pytestmark = pytest.mark.contract

ENQUEUE = "POST /v2/enqueue"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(parts=("pagerduty",)) as world:
        yield world


@pytest.fixture(scope="module")
def topology() -> Topology:
    return load(CHECKOUT / "filmops.toml")


@pytest.fixture
async def control(world: World) -> AsyncIterator[httpx.AsyncClient]:
    base = f"{world.announced('pagerduty')['page']}_control/"
    async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
        (await client.post("reset")).raise_for_status()
        yield client


class MakeApi(Protocol):
    """The adapter's connection as set up in production, with some settings changed."""

    def __call__(self, **changed: Any) -> Api: ...


@pytest.fixture
async def api_of(world: World) -> AsyncIterator[MakeApi]:
    made: list[Api] = []

    def make(**changed: Any) -> Api:
        settings: dict[str, Any] = {
            "routing_keys": {1: "R-L1", 2: "R-L2", 3: "R-L3"},
            "token": "sandbox-token",
            "from_address": "ana@aifilmstudio.com",
            "api_url": world.url("pagerduty"),
            "events_url": world.url("pagerduty"),
            "ca_file": world.ca,
        }
        made.append(Api(**{**settings, **changed}))
        return made[-1]

    yield make
    for api in made:
        await api.close()


def pager_of(api: Api, topology: Topology) -> PagerDutyPager:
    services = [level.pagerduty_service for level in topology.escalation.levels]
    return PagerDutyPager(api, services=services)


async def page(api: Api, topology: Topology, level: int = 1) -> None:
    await pager_of(api, topology).page(key="esc:1", level=level, summary="down", detail={})


async def calls(control: httpx.AsyncClient) -> list[str]:
    return [call["call"] for call in (await control.get("calls")).json()]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_one_page_is_one_attempt_whatever_it_answers(
    status: int, api_of: MakeApi, topology: Topology, control: httpx.AsyncClient
) -> None:
    await control.post("faults", json={"match": "*", "kind": "status", "status": status})
    with pytest.raises(Temporary):
        await page(api_of(), topology)
    assert await calls(control) == [ENQUEUE]


async def test_a_lost_answer_is_one_attempt_and_the_repeat_is_merged(
    api_of: MakeApi, topology: Topology, control: httpx.AsyncClient
) -> None:
    await control.post("faults", json={"match": ENQUEUE, "kind": "drop"})
    with pytest.raises(Temporary):
        await page(api_of(), topology)
    assert await calls(control) == [ENQUEUE]
    await page(api_of(), topology)
    ledger = (await control.get("ledger")).json()
    assert [line["merged"] for line in ledger] == [False, True]


async def test_a_slow_answer_is_given_up_after_one_attempt(
    api_of: MakeApi, topology: Topology, control: httpx.AsyncClient
) -> None:
    await control.post("faults", json={"match": ENQUEUE, "kind": "latency", "seconds": 5})
    with pytest.raises(Temporary, match="ReadTimeout"):
        await page(api_of(timeout_seconds=0.3), topology)
    assert await calls(control) == [ENQUEUE]


async def test_a_throttled_page_without_a_date_waits_half_a_minute(
    api_of: MakeApi, topology: Topology, control: httpx.AsyncClient
) -> None:
    await control.post("faults", json={"match": ENQUEUE, "kind": "status", "status": 429})
    with pytest.raises(Temporary) as throttled:
        await page(api_of(), topology)
    assert throttled.value.retry_after == 30


async def test_nobody_listening_is_temporary(api_of: MakeApi, topology: Topology) -> None:
    api = api_of(events_url=f"https://127.0.0.1:{free_port()}")
    with pytest.raises(Temporary, match="ConnectError"):
        await page(api, topology)


async def test_a_stranger_with_another_certificate_gets_no_page(
    api_of: MakeApi, topology: Topology, control: httpx.AsyncClient
) -> None:
    with pytest.raises(Temporary):
        await page(api_of(ca_file=None), topology)
    assert await calls(control) == []


async def test_ssl_cert_file_alone_is_trusted_too(
    world: World,
    api_of: MakeApi,
    topology: Topology,
    control: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(world.ca))
    await page(api_of(ca_file=None), topology)
    assert await calls(control) == [ENQUEUE]


async def test_a_wrong_routing_key_is_a_configuration_error_that_names_the_variable(
    api_of: MakeApi, topology: Topology, control: httpx.AsyncClient
) -> None:
    with pytest.raises(ConfigurationError) as error:
        await page(api_of(routing_keys={1: "R-WRONG"}), topology)
    (mistake,) = error.value.mistakes
    assert mistake.startswith("PAGERDUTY_ROUTING_KEY_L1: PagerDuty refused (400)")
    assert mistake.endswith("Invalid routing key")


async def test_a_bad_token_is_a_configuration_error_and_is_not_shown(
    api_of: MakeApi, topology: Topology, control: httpx.AsyncClient
) -> None:
    pager = pager_of(api_of(token="secret-0042"), topology)
    with pytest.raises(ConfigurationError, match="PAGERDUTY_API_TOKEN") as error:
        await pager.incidents()
    assert "0042" not in str(error.value)


async def test_without_a_token_paging_works_and_reading_says_what_is_missing(
    api_of: MakeApi, topology: Topology, control: httpx.AsyncClient
) -> None:
    api = api_of(token=None)
    await page(api, topology)
    with pytest.raises(ConfigurationError, match="PAGERDUTY_API_TOKEN is not set"):
        await pager_of(api, topology).incidents()


async def test_unknown_services_never_list_the_whole_account(
    api_of: MakeApi, control: httpx.AsyncClient
) -> None:
    pager = PagerDutyPager(api_of(), services=["Level 1", "Level 9"])
    with pytest.raises(OperationFailed, match="Level 9"):
        await pager.incidents()
    assert await calls(control) == ["GET /services"]


async def test_more_incidents_than_a_page_holds_are_all_listed(
    api_of: MakeApi, topology: Topology, control: httpx.AsyncClient
) -> None:
    pager = pager_of(api_of(), topology)
    for number in range(101):
        await pager.page(key=f"esc:{number}", level=1, summary=f"n{number}", detail={})
    assert len(await pager.incidents()) == 101


async def test_addresses_that_are_not_https_are_refused_at_the_start() -> None:
    with pytest.raises(ConfigurationError, match="https"):
        Api(routing_keys={1: "R-L1"}, events_url="http://127.0.0.1:1")


async def test_check_is_content_with_a_working_set_up_and_pages_nobody(
    api_of: MakeApi, topology: Topology, control: httpx.AsyncClient
) -> None:
    checks = PagerDutyChecks(api_of(), levels=topology.escalation.levels)
    findings = await checks.check()
    assert [finding.said for finding in findings if not finding.ok] == []
    assert "on call: Chloe Tan" in [finding.said for finding in findings]
    assert [line["paged"] for line in (await control.get("ledger")).json()] == [None] * 3


async def test_check_names_each_thing_that_would_lose_a_page(
    api_of: MakeApi, topology: Topology, control: httpx.AsyncClient
) -> None:
    await control.post("oncall", json={"level": 2, "email": None})
    await control.post("maintenance", json={"level": 3, "on": True})
    api = api_of(routing_keys={1: "R-WRONG", 2: "R-L2"}, from_address="x@y.z")
    found = await PagerDutyChecks(api, levels=topology.escalation.levels).check()
    await control.post("maintenance", json={"level": 3, "on": False})
    assert [finding.subject for finding in found if not finding.ok] == [
        "PAGERDUTY_ROUTING_KEY_L1",
        "PAGERDUTY_ROUTING_KEY_L3",
        "PAGERDUTY_FROM",
        "PagerDuty service Level 2",
        "PagerDuty service Level 3",
    ]
    assert all(finding.fix for finding in found if not finding.ok)


async def test_check_without_pagerduty_says_so_and_does_not_raise(
    api_of: MakeApi, topology: Topology
) -> None:
    dead = f"https://127.0.0.1:{free_port()}"
    api = api_of(api_url=dead, events_url=dead)
    found = await PagerDutyChecks(api, levels=topology.escalation.levels).check()
    assert {finding.ok for finding in found} == {False}
    assert len(found) == 4


async def test_check_without_a_token_still_tries_the_keys(
    api_of: MakeApi, topology: Topology, control: httpx.AsyncClient
) -> None:
    api = api_of(token=None)
    found = await PagerDutyChecks(api, levels=topology.escalation.levels).check()
    assert [finding.ok for finding in found] == [True, True, True, False]
