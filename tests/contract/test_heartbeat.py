"""One suite on both heartbeats: the twin, and the adapter against a small network of ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.adapters import heartbeat as adapter
from bot.adapters.heartbeat import HttpHeartbeat
from bot.adapters.memory.pulse import MemoryHeartbeat
from bot.errors import Temporary
from bot.ports import Heartbeat

pytestmark = pytest.mark.contract

SECRET = "f81d4fae-7dec-11d0"
URL = f"https://ping.example/{SECRET}?rid=1"


class OnTwin:
    """The stage of the twin."""

    def __init__(self) -> None:
        self.twin = MemoryHeartbeat()
        self.heartbeat: Heartbeat = self.twin

    @property
    def heard(self) -> int:
        return self.twin.heard

    def gone(self) -> None:
        self.twin.failing = Temporary("the heartbeat did not arrive")


class OnNetwork:
    """The stage of the real adapter. What is asked is answered from `answers`, else with 200."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, httpx.Response | Exception] = {}
        self.heartbeat = HttpHeartbeat(URL, transport=httpx.MockTransport(self._answer))

    @property
    def heard(self) -> int:
        return len(self.asked)

    def gone(self) -> None:
        self.answers[URL] = httpx.ConnectError(f"no route to {URL}")

    def _answer(self, request: httpx.Request) -> httpx.Response:
        assert request.method == "GET"
        answer = self.answers.get(str(request.url), httpx.Response(200))
        if isinstance(answer, Exception):
            raise answer
        self.asked.append(str(request.url))
        return answer

    async def fails(self) -> str:
        """What is said of a beat that did not arrive: never more of the address than its host."""
        with pytest.raises(Temporary) as raised:
            await self.heartbeat.beat()
        assert SECRET not in raised.value.message
        return raised.value.message.removeprefix("the heartbeat did not reach ping.example: ")


@pytest.fixture(params=["twin", "network"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[OnTwin | OnNetwork]:
    if request.param == "twin":
        yield OnTwin()
        return
    made = OnNetwork()
    yield made
    await made.heartbeat.close()


@pytest.fixture
async def network() -> AsyncIterator[OnNetwork]:
    made = OnNetwork()
    yield made
    await made.heartbeat.close()


async def test_each_beat_is_heard_once(stage: OnTwin | OnNetwork) -> None:
    await stage.heartbeat.beat()
    await stage.heartbeat.beat()
    assert stage.heard == 2


async def test_what_does_not_arrive_is_said_and_may_be_tried_again(
    stage: OnTwin | OnNetwork,
) -> None:
    stage.gone()
    with pytest.raises(Temporary):
        await stage.heartbeat.beat()
    assert stage.heard == 0


# --- the adapter alone -------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
async def test_only_a_2xx_has_arrived(network: OnNetwork, status: int) -> None:
    network.answers[URL] = httpx.Response(status)
    assert await network.fails() == f"it answered {status}"


async def test_the_address_is_in_no_message(network: OnNetwork) -> None:
    network.gone()
    assert await network.fails() == "ConnectError"
    network.answers[URL] = httpx.Response(302, headers={"Location": "https://ping.example:x/"})
    assert await network.fails() == "RemoteProtocolError"


async def test_a_redirect_on_the_same_host_is_followed(network: OnNetwork) -> None:
    network.answers[URL] = httpx.Response(308, headers={"Location": "/moved"})
    await network.heartbeat.beat()
    assert network.asked == [URL, "https://ping.example/moved"]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("https://elsewhere.example/x", "it redirects to another host"),
        ("//elsewhere.example/x", "it redirects to another host"),
        ("http://ping.example/x", "it redirects to an address without encryption"),
        (URL, "it redirects more than 3 times"),
    ],
)
async def test_the_secret_goes_nowhere_else(network: OnNetwork, target: str, said: str) -> None:
    network.answers[URL] = httpx.Response(302, headers={"Location": target})
    assert await network.fails() == said
    assert set(network.asked) == {URL}


async def test_nobody_is_waited_for_without_end(
    network: OnNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(adapter, "SECONDS", 0.01)
    slow = HttpHeartbeat(URL, transport=httpx.MockTransport(never))
    with pytest.raises(Temporary, match=r"no answer within 0\.01 s"):
        await slow.beat()
    await slow.close()
