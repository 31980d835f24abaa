"""Answers that are not Slack's, and histories the sandbox cannot tell."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.adapters.slack import SlackApi, SlackChat, SlackChecks
from bot.adapters.slack.fallback import plainer
from bot.domain.message import Message
from bot.errors import OperationFailed, Temporary

pytestmark = pytest.mark.unit

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Answer], Awaitable[SlackApi]]
SINCE = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
ME = {"ok": True, "team_id": "T1", "user_id": "U1", "bot_id": "B1"}


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Serve]:
    servers: list[TestServer] = []
    apis: list[SlackApi] = []

    async def start(answer: Answer) -> SlackApi:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        apis.append(SlackApi(token="xoxb-1", base_url=str(server.make_url("/api/"))))
        return apis[-1]

    yield start
    for api in apis:
        await api.close()
    for server in servers:
        await server.close()


def saying(**response: Any) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(**response)

    return answer


@pytest.mark.parametrize(
    "response",
    [
        {"text": "<html>sign in</html>", "content_type": "text/html"},
        {"text": "upstream gone", "content_type": "text/plain"},
        {"text": "{broken", "content_type": "application/json"},
        {"text": "[1]", "content_type": "application/json"},
        {"text": "null", "content_type": "application/json"},
        {"body": b"\xff\xfe{", "content_type": "application/json", "charset": "utf-8"},
        {"text": "", "status": 204},
        {"text": "<html>", "content_type": "text/html", "status": 502},
        {"text": '{"ok":false,"error":"internal_error"}', "content_type": "application/json"},
        {"text": "wait", "status": 429, "headers": {"Retry-After": "soon"}},
    ],
)
async def test_what_is_no_answer_of_slacks_is_temporary(
    serve: Serve, response: dict[str, Any]
) -> None:
    api = await serve(saying(**response))
    with pytest.raises(Temporary) as raised:
        await api.identity()
    assert raised.value.retry_after is None


async def test_an_address_that_knows_no_api_is_a_lasting_no(serve: Serve) -> None:
    api = await serve(saying(text="no such page", status=404))
    with pytest.raises(OperationFailed) as raised:
        await api.identity()
    assert "SLACK_API_URL" in raised.value.hint


async def test_nobody_listening_is_temporary(unused_tcp_port: int) -> None:
    api = SlackApi(token="xoxb-1", base_url=f"http://127.0.0.1:{unused_tcp_port}/api/")
    with pytest.raises(Temporary):
        await api.identity()
    await api.close()


async def test_a_missing_scope_is_named(serve: Serve) -> None:
    body = '{"ok":false,"error":"missing_scope","needed":"channels:history","provided":"commands"}'
    api = await serve(saying(text=body, content_type="application/json"))
    with pytest.raises(OperationFailed, match="channels:history") as raised:
        await api.identity()
    assert raised.value.code == "missing_scope"
    assert "channels:history" in raised.value.hint


async def test_a_response_url_is_not_followed_elsewhere(serve: Serve) -> None:
    api = await serve(saying(status=307, headers={"Location": "http://127.0.0.1:1/"}))
    url = api.base_url.replace("/api/", "/commands/secret")
    with pytest.raises(Temporary) as raised:
        await SlackChat(api).respond(response_url=url, message=Message(text="hush"))
    assert "secret" not in str(raised.value)


async def test_the_bare_words_of_slacks_hooks_are_understood(serve: Serve) -> None:
    words = iter(["ok", "used_url"])

    async def answer(request: web.Request) -> web.Response:
        word = next(words)
        return web.Response(text=word, status=200 if word == "ok" else 404)

    api = await serve(answer)
    chat, url = SlackChat(api), api.base_url.replace("/api/", "/commands/1")
    await chat.respond(response_url=url, message=Message(text="one"))
    with pytest.raises(OperationFailed) as raised:
        await chat.respond(response_url=url, message=Message(text="two"))
    assert raised.value.code == "used_url"


def said(ts: float, *, user: str = "U1", key: str = "k", kind: str = "filmops") -> dict[str, Any]:
    metadata = {"event_type": kind, "event_payload": {"key": key}}
    return {"user": user, "ts": f"{ts:.6f}", "metadata": metadata}


def history(*pages: list[dict[str, Any]]) -> tuple[Answer, list[dict[str, str]]]:
    asked: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("auth.test"):
            return web.json_response(ME)
        asked.append(dict(request.query))
        page = int(request.query.get("cursor", "0"))
        more = str(page + 1) if page + 1 < len(pages) else ""
        body = {"ok": True, "messages": pages[page], "response_metadata": {"next_cursor": more}}
        return web.json_response(body)

    return answer, asked


async def test_a_message_is_looked_for_on_every_page(serve: Serve) -> None:
    at = SINCE.timestamp()
    answer, asked = history([said(at + 9, key="other")], [said(at + 2), said(at + 1)])
    chat = SlackChat(await serve(answer))
    assert await chat.find(channel="C01", key="k", since=SINCE) == f"{at + 1:.6f}"
    assert [query.get("cursor") for query in asked] == [None, "1"]
    assert float(asked[0]["oldest"]) == at - 5


async def test_only_our_own_posts_since_then_are_found(serve: Serve) -> None:
    at = SINCE.timestamp()
    answer, _ = history(
        [
            said(at + 1, user="U2"),
            said(at + 1, kind="another_app"),
            said(at - 6),
            {"user": "U1", "ts": f"{at + 1:.6f}"},
            {**said(at + 1), "metadata": {"event_type": "filmops"}},
        ]
    )
    chat = SlackChat(await serve(answer))
    assert await chat.find(channel="C01", key="k", since=SINCE) is None


async def test_our_own_posts_are_known_by_the_bot_id_too(serve: Serve) -> None:
    at = SINCE.timestamp()
    ours = said(at + 1, user="")
    answer, _ = history([{**ours, "bot_id": "B1"}])
    chat = SlackChat(await serve(answer))
    assert await chat.find(channel="C01", key="k", since=SINCE) == ours["ts"]


async def test_a_renamed_channel_is_looked_up_again(serve: Serve) -> None:
    ids = iter(["C01", "C02"])

    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("conversations.list"):
            channels = [{"name": "ops", "id": next(ids)}]
            return web.json_response({"ok": True, "channels": channels})
        known = (await request.json())["channel"] == "C02"
        body = {"ok": True, "ts": "1.1"} if known else {"ok": False, "error": "channel_not_found"}
        return web.json_response(body)

    chat = SlackChat(await serve(answer))
    with pytest.raises(OperationFailed):
        await chat.post(channel="ops", message=Message(text="one"), key="1")
    assert await chat.post(channel="ops", message=Message(text="two"), key="2") == "1.1"


async def test_a_channel_the_bot_was_not_invited_to_is_a_finding(serve: Serve) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("auth.test"):
            return web.json_response(ME)
        cursor = request.query.get("cursor")
        channels = [{"name": "ops", "id": "C01", "is_member": False}] if cursor else []
        after = {"next_cursor": "" if cursor else "next"}
        return web.json_response({"ok": True, "channels": channels, "response_metadata": after})

    found = await SlackChecks(await serve(answer), channels=["#ops"], scopes=()).check()
    (finding,) = [finding for finding in found if not finding.ok]
    assert finding.fix == "type /invite @FilmOps in #ops"


async def test_a_refused_block_of_an_unknown_kind_becomes_the_text() -> None:
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "1"}]]}
    divider = {"type": "divider"}
    shown = plainer(Message(text="Two rows", blocks=(divider, table)))
    text = {"type": "plain_text", "text": "Two rows"}
    assert shown.blocks == (divider, {"type": "section", "text": text})
