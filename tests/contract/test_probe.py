"""One suite on both probes: the twin, and the adapter against a small server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import pytest
from aiohttp import web

from bot.adapters.memory.probe import MemoryAnswer, MemoryProbe
from bot.adapters.probe import BODY_BYTES, HttpProbe
from bot.ports import Probe
from bot.topology import Colour, Flow, Half, Service
from sandbox.world import free_port

pytestmark = pytest.mark.contract

LOGIN = Flow(name="login", method="POST", path="/login", json={"email": "a@b.c"}, expect=200)


class Stage(Protocol):
    """The probe, the service it asks, and what that answers."""

    @property
    def probe(self) -> Probe: ...

    @property
    def service(self) -> Service: ...

    def answers(self, method: str, path: str, status: int, body: str = "") -> None:
        """Lay an answer out."""
        ...

    def colour_answers(self, colour: Colour, path: str, status: int, body: str = "") -> None:
        """Lay out what one colour answers at its own address."""
        ...

    def gone(self) -> None:
        """The product is not reachable any more."""
        ...


def service_at(url: str) -> Service:
    halves = {
        c: Half(ecs_service=f"e-{c}", target_group=f"t-{c}", url=f"{url}@{c}") for c in Colour
    }
    return Service(
        key="backend",
        title="Backend",
        cluster="prod",
        load_balancer="lb",
        url=url,
        colours=halves,
    )


class OnTwin:
    """The stage of the twin."""

    def __init__(self) -> None:
        self.probe = MemoryProbe()
        self.service = service_at("https://product.example")

    def answers(self, method: str, path: str, status: int, body: str = "") -> None:
        self.probe.answers["backend", method, path] = MemoryAnswer(status=status, body=body)

    def colour_answers(self, colour: Colour, path: str, status: int, body: str = "") -> None:
        self.probe.answers[f"backend@{colour}", "GET", path] = MemoryAnswer(
            status=status, body=body
        )

    def gone(self) -> None:
        for place in self.probe.answers:
            self.probe.answers[place] = None


class OnServer:
    """The stage of the real adapter."""

    def __init__(self, url: str) -> None:
        self.probe = HttpProbe(seconds=5)
        self.service = service_at(url)
        self.table: dict[tuple[str, str], tuple[int, str]] = {}
        self.bodies: list[str] = []

    def answers(self, method: str, path: str, status: int, body: str = "") -> None:
        self.table[method, path] = (status, body)

    def colour_answers(self, colour: Colour, path: str, status: int, body: str = "") -> None:
        self.table["GET", f"@{colour}{path}"] = (status, body)

    def gone(self) -> None:
        self.service = service_at(f"http://127.0.0.1:{free_port()}/_product/backend")

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.text())
        path = request.path.removeprefix("/_product/backend")
        if path == "/trickle":
            return await trickle(request)
        status, body = self.table.get((request.method, path), (404, ""))
        headers = {"Location": body} if 300 <= status < 400 else {}
        return web.Response(status=status, text=body, headers=headers)


async def trickle(request: web.Request) -> web.StreamResponse:
    """An answer that never ends and never pauses for long."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b".")
        await asyncio.sleep(0.02)


@pytest.fixture
async def server() -> AsyncIterator[OnServer]:
    port = free_port()
    stage = OnServer(f"http://127.0.0.1:{port}/_product/backend")
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", stage.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield stage
    await stage.probe.close()
    await runner.cleanup()


@pytest.fixture(params=["twin", "server"])
async def stage(request: pytest.FixtureRequest, server: OnServer) -> Stage:
    return OnTwin() if request.param == "twin" else server


async def test_a_healthy_answer_is_ok_with_its_body(stage: Stage) -> None:
    stage.answers("GET", "/version", 200, '{"version": "1.4.2"}')
    found = await stage.probe.get(stage.service, "/version")
    assert (found.ok, found.status, found.error) == (True, 200, "")
    assert "1.4.2" in found.body
    assert found.seconds > 0


async def test_a_colour_is_asked_at_its_own_address(stage: Stage) -> None:
    stage.answers("GET", "/version", 200, '{"version": "1.4.1"}')
    stage.colour_answers(Colour.GREEN, "/version", 200, '{"version": "1.4.2"}')
    found = await stage.probe.get(stage.service, "/version", Colour.GREEN)
    assert "1.4.2" in found.body
    assert "1.4.1" in (await stage.probe.get(stage.service, "/version")).body
    assert not (await stage.probe.get(stage.service, "/version", Colour.BLUE)).ok
    assert not (await stage.probe.flow(stage.service, LOGIN, Colour.GREEN)).ok


async def test_a_failing_answer_is_told_not_raised(stage: Stage) -> None:
    stage.answers("GET", "/health", 503, "no database")
    found = await stage.probe.get(stage.service, "/health")
    assert (found.ok, found.status, found.body) == (False, 503, "no database")
    assert found.error == "answered 503, expected 2xx"


async def test_a_missing_page_is_not_ok(stage: Stage) -> None:
    found = await stage.probe.get(stage.service, "/nowhere")
    assert (found.ok, found.status) == (False, 404)


async def test_a_product_that_is_gone_has_no_status(stage: Stage) -> None:
    stage.answers("GET", "/health", 200)
    stage.gone()
    found = await stage.probe.get(stage.service, "/health")
    assert (found.ok, found.status) == (False, None)
    assert found.error.startswith("ConnectError")


async def test_a_flow_is_ok_at_exactly_the_status_it_expects(stage: Stage) -> None:
    stage.answers("POST", "/login", 401)
    refused = await stage.probe.flow(stage.service, LOGIN)
    expected = await stage.probe.flow(stage.service, LOGIN.model_copy(update={"expect": 401}))
    assert (refused.ok, refused.error) == (False, "answered 401, expected 200")
    assert (expected.ok, expected.error) == (True, "")


async def test_a_huge_body_is_cut(stage: Stage) -> None:
    stage.answers("GET", "/health", 200, "x" * 10 * BODY_BYTES)
    found = await stage.probe.get(stage.service, "/health")
    assert found.ok
    assert len(found.body) == BODY_BYTES


async def test_a_flow_sends_its_json(server: OnServer) -> None:
    server.answers("POST", "/login", 200)
    await server.probe.flow(server.service, LOGIN)
    assert server.bodies == ['{"email":"a@b.c"}']


async def test_an_answer_that_never_ends_meets_the_deadline(server: OnServer) -> None:
    probe = HttpProbe(seconds=0.3)
    found = await probe.get(server.service, "/trickle")
    await probe.close()
    assert (found.ok, found.error) == (False, "no answer within 0.3 s")


async def test_a_redirect_at_home_is_followed(server: OnServer) -> None:
    server.answers("GET", "/health", 308, "/_product/backend/health/")
    server.answers("GET", "/health/", 200, "fine")
    found = await server.probe.get(server.service, "/health")
    assert (found.ok, found.body) == (True, "fine")


async def test_a_redirect_to_another_host_is_not_followed(server: OnServer) -> None:
    server.answers("GET", "/health", 302, "https://elsewhere.example/")
    found = await server.probe.get(server.service, "/health")
    assert (found.ok, found.status) == (False, 302)


async def test_redirects_in_a_circle_end(server: OnServer) -> None:
    server.answers("GET", "/one", 302, "/_product/backend/two")
    server.answers("GET", "/two", 302, "/_product/backend/one")
    found = await server.probe.get(server.service, "/one")
    assert not found.ok
    assert "redirects" in found.error


async def test_a_flow_is_never_redirected(server: OnServer) -> None:
    server.answers("POST", "/login", 302, "/_product/backend/health")
    flow = LOGIN.model_copy(update={"expect": 302})
    assert (await server.probe.flow(server.service, flow)).ok
    assert len(server.bodies) == 1


async def test_a_path_cannot_lead_to_another_host(server: OnServer) -> None:
    found = await server.probe.get(server.service, "@elsewhere.example/")
    assert (found.ok, found.status) == (False, None)
    assert "begins with /" in found.error
