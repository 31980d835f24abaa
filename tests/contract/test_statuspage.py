"""One suite on both status pages: the twin, and the adapter before a small Statuspage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio
from aiohttp import web

from bot.adapters.memory.statuspage import MemoryStatusPage
from bot.adapters.statuspage import AtlassianStatusPage
from bot.adapters.statuspage_checks import StatusPageChecks
from bot.app import status_page_of
from bot.domain.post import Impact, PostStatus, Words
from bot.errors import OperationFailed, Temporary
from bot.ports import StatusPage
from bot.settings import load_settings
from bot.topology import Statuspage, load

pytestmark = pytest.mark.contract

TOKEN, PAGE = "key-1", "page1"


def words(
    status: PostStatus = PostStatus.INVESTIGATING, text: str = "We look into it.", **more: Any
) -> Words:
    given: dict[str, Any] = {"incident": "I7", "title": "Problem with the API", **more}
    return Words(status=status, text=text, impact=given.pop("impact", Impact.MAJOR), **given)


class Small:
    """As much of Statuspage as is asked for: posts below one page, one key."""

    def __init__(self) -> None:
        self.posts: dict[str, dict[str, Any]] = {}
        self.bodies: list[dict[str, Any]] = []
        self.status, self.page, self.lost = 0, "", False
        self.headers: dict[str, str] = {}

    def app(self) -> web.Application:
        app = web.Application()
        below = f"/v1/pages/{PAGE}/incidents"
        app.router.add_get(f"{below}/unresolved", self._unresolved)
        app.router.add_get(f"/v1/pages/{PAGE}/components", self._components)
        app.router.add_post(below, self._open)
        app.router.add_patch(below + "/{post}", self._update)
        return app

    async def _unresolved(self, request: web.Request) -> web.Response:
        self._may(request)
        return web.json_response([p for p in self.posts.values() if p["status"] != "resolved"])

    async def _components(self, request: web.Request) -> web.Response:
        self._may(request)
        return web.json_response([{"id": "c1", "name": "API"}])

    async def _open(self, request: web.Request) -> web.Response:
        self._may(request)
        said = await self._said(request)
        post = {"id": f"post{len(self.posts) + 1}", **said}
        self.posts[post["id"]] = post
        return self._answer(request, post)

    async def _update(self, request: web.Request) -> web.Response:
        self._may(request)
        if request.match_info["post"] not in self.posts:
            raise web.HTTPNotFound
        post = self.posts[request.match_info["post"]]
        post.update(await self._said(request))
        return self._answer(request, post)

    async def _said(self, request: web.Request) -> dict[str, Any]:
        said: dict[str, Any] = (await request.json())["incident"]
        self.bodies.append(said)
        return said

    def _may(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"OAuth {TOKEN}":
            raise web.HTTPUnauthorized
        if self.status:
            answer = web.Response(status=self.status, headers=self.headers, text=self.page)
            self.status = 0
            raise _Answer(answer)

    def _answer(self, request: web.Request, post: dict[str, Any]) -> web.Response:
        if self.lost and request.transport is not None:
            request.transport.close()
        return web.json_response(post)


class _Answer(Exception):
    def __init__(self, answer: web.Response) -> None:
        self.answer = answer


@web.middleware
async def _answering(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        found: web.StreamResponse = await handler(request)
    except _Answer as instead:
        return instead.answer
    return found


class Stage(Protocol):
    """The port, what stands at the page, and a fault."""

    @property
    def page(self) -> StatusPage: ...

    def shown(self) -> list[tuple[str, str]]: ...

    def breaks(self) -> None: ...


class OnTwin:
    """MemoryStatusPage."""

    def __init__(self) -> None:
        self.page = MemoryStatusPage()

    def shown(self) -> list[tuple[str, str]]:
        return [(said[-1].status, said[-1].text) for said in self.page.posts.values()]

    def breaks(self) -> None:
        self.page.failing = Temporary("down")


class OnReal:
    """AtlassianStatusPage before `Small`."""

    def __init__(self, page: AtlassianStatusPage, small: Small) -> None:
        self.page = page
        self._small = small

    def shown(self) -> list[tuple[str, str]]:
        return [(post["status"], post["body"]) for post in self._small.posts.values()]

    def breaks(self) -> None:
        self._small.status = 503


@pytest_asyncio.fixture
async def small() -> AsyncIterator[tuple[Small, str]]:
    found = Small()
    app = found.app()
    app.middlewares.append(_answering)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield found, str(runner.addresses[0][1])
    await runner.cleanup()


@pytest_asyncio.fixture
async def real(small: tuple[Small, str]) -> AsyncIterator[AtlassianStatusPage]:
    page = AtlassianStatusPage(token=TOKEN, page=PAGE, base_url=f"http://127.0.0.1:{small[1]}/")
    yield page
    await page.close()


@pytest_asyncio.fixture(params=["twin", "real"])
async def stage(
    request: pytest.FixtureRequest, small: tuple[Small, str], real: AtlassianStatusPage
) -> Stage:
    await asyncio.sleep(0)
    return OnTwin() if request.param == "twin" else OnReal(real, small[0])


async def test_a_post_is_opened_and_goes_on(stage: Stage) -> None:
    post = await stage.page.open(words())
    await stage.page.update(post, words(PostStatus.RESOLVED, "All is well."))
    assert stage.shown() == [("resolved", "All is well.")]


async def test_an_unresolved_post_is_found_by_our_incident_and_no_others(stage: Stage) -> None:
    post = await stage.page.open(words())
    assert await stage.page.find("I7") == post
    assert await stage.page.find("I70") is None
    await stage.page.update(post, words(PostStatus.RESOLVED))
    assert await stage.page.find("I7") is None


async def test_a_page_that_is_down_is_a_passing_fault_and_nothing_is_said(stage: Stage) -> None:
    stage.breaks()
    with pytest.raises(Temporary):
        await stage.page.open(words())
    assert stage.shown() == []


async def test_a_post_that_was_deleted_there_is_a_lasting_no(stage: Stage) -> None:
    with pytest.raises(OperationFailed) as raised:
        await stage.page.update("gone", words())
    assert raised.value.code == "404"


# --- what the settings and the topology make of it ----------------------------------------------


async def test_a_token_and_a_page_together_make_one() -> None:
    shipped = load(Path(__file__).parents[2] / "filmops.toml")
    named = shipped.model_copy(update={"statuspage": Statuspage(page="p1")})
    with_token = load_settings({"STATUSPAGE_TOKEN": TOKEN})
    assert status_page_of(with_token, shipped) is None
    assert status_page_of(load_settings({}), named) is None
    page = status_page_of(with_token, named)
    assert isinstance(page, AtlassianStatusPage)
    await page.close()


async def test_check_compares_the_components_with_the_pages(real: AtlassianStatusPage) -> None:
    right = await StatusPageChecks(real, {"backend": "c1"}).check()
    assert [(found.ok, found.said) for found in right] == [
        (True, "the page answers, and shows all that is named: backend")
    ]
    (wrong,) = await StatusPageChecks(real, {"backend": "c2", "other": "c1"}).check()
    assert (wrong.ok, wrong.said) == (False, "the page has no component c2 (backend)")
    assert "statuspage.components" in wrong.fix


async def test_check_says_what_is_wrong_with_the_key(small: tuple[Small, str]) -> None:
    page = AtlassianStatusPage(
        token="key-wrong", page=PAGE, base_url=f"http://127.0.0.1:{small[1]}"
    )
    (found,) = await StatusPageChecks(page, {}).check()
    await page.close()
    assert (found.ok, found.said) == (False, "The status page: status 401")
    assert "STATUSPAGE_TOKEN" in found.fix


# --- what only the real one can show -----------------------------------------------------------


async def test_a_new_post_says_what_is_concerned_and_how_badly(
    real: AtlassianStatusPage, small: tuple[Small, str]
) -> None:
    await real.open(words(component="c1", impact=Impact.CRITICAL))
    await real.update("post1", words(PostStatus.RESOLVED, "Over.", component="c1"))
    assert small[0].bodies == [
        {
            "name": "Problem with the API",
            "impact_override": "critical",
            "metadata": {"filmops": {"incident": "I7"}},
            "status": "investigating",
            "body": "We look into it.",
            "component_ids": ["c1"],
            "components": {"c1": "major_outage"},
        },
        {
            "status": "resolved",
            "body": "Over.",
            "component_ids": ["c1"],
            "components": {"c1": "operational"},
        },
    ]


async def test_a_post_whose_answer_was_lost_is_found(
    real: AtlassianStatusPage, small: tuple[Small, str]
) -> None:
    small[0].lost = True
    with pytest.raises(Temporary):
        await real.open(words())
    assert await real.find("I7") == "post1"


@pytest.mark.parametrize("status", [420, 429])
async def test_being_throttled_says_how_long_to_wait(
    real: AtlassianStatusPage, small: tuple[Small, str], status: int
) -> None:
    small[0].status, small[0].headers = status, {"Retry-After": "7"}
    with pytest.raises(Temporary) as raised:
        await real.open(words())
    assert raised.value.retry_after == 7
    small[0].status, small[0].headers = status, {}
    with pytest.raises(Temporary) as raised:
        await real.open(words())
    assert raised.value.retry_after == 60


async def test_a_page_of_a_proxys_is_a_passing_fault(
    real: AtlassianStatusPage, small: tuple[Small, str]
) -> None:
    small[0].status, small[0].page = 200, "<html>"
    with pytest.raises(Temporary):
        await real.find("I7")


async def test_an_answer_without_a_post_opens_none(
    real: AtlassianStatusPage, small: tuple[Small, str]
) -> None:
    small[0].status, small[0].page = 200, "[]"
    with pytest.raises(OperationFailed) as raised:
        await real.open(words())
    assert raised.value.code == "no_id"


async def test_a_wrong_key_says_what_to_set_and_is_not_repeated(small: tuple[Small, str]) -> None:
    page = AtlassianStatusPage(
        token="key-wrong", page=PAGE, base_url=f"http://127.0.0.1:{small[1]}"
    )
    with pytest.raises(OperationFailed) as raised:
        await page.open(words())
    await page.close()
    assert "STATUSPAGE_TOKEN" in raised.value.hint
    assert "key-wrong" not in f"{raised.value} {raised.value.hint}"


async def test_a_page_nobody_answers_at_is_a_passing_fault(small: tuple[Small, str]) -> None:
    page = AtlassianStatusPage(token=TOKEN, page=PAGE, base_url="http://127.0.0.1:1")
    with pytest.raises(Temporary):
        await page.find("I7")
    await page.close()
