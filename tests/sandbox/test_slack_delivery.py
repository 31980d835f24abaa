"""What people do reaches a real Bolt app, over sockets and over signed HTTP, as from Slack."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError

from tests.sandbox.slack_process import (
    Json,
    Slack,
    actions,
    button,
    modal,
    plain,
    process,
    section,
    socket_mode,
    until,
    workspace,
)

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def announced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Json]:
    with process(tmp_path_factory.mktemp("slack"), "--retry-waits", "0,0,0") as found:
        yield found


@pytest.fixture
async def slack(announced: Json) -> AsyncIterator[Slack]:
    async with workspace(announced) as found:
        yield found


class Bot:
    """Listeners that remember what they were given and do what a card's buttons do."""

    def __init__(self) -> None:
        self.got: list[Json] = []
        self.silent = False

    def register(self, app: AsyncApp) -> None:
        app.command("/filmops")(self.on_command)
        app.action("ask")(self.on_ask)
        app.action("pick")(self.on_press)
        app.view("reason")(self.on_reason)
        app.view_closed("reason")(self.on_press)
        app.event("app_home_opened")(self.on_home)

    async def on_command(self, ack: Any, body: Json, respond: Any) -> None:
        self.got.append(body)
        if self.silent:
            return
        await ack()
        await respond(text=f"heard {body['text']}")

    async def on_press(self, ack: Any, body: Json) -> None:
        self.got.append(body)
        await ack()

    async def on_ask(self, ack: Any, body: Json, client: Any) -> None:
        await ack()
        self.got.append(body)
        await client.views_open(trigger_id=body["trigger_id"], view=modal(notify_on_close=True))

    async def on_reason(self, ack: Any, body: Json) -> None:
        self.got.append(body)
        said = body["view"]["state"]["values"]["why"]["text"]["value"]
        answers: dict[str, Json] = {
            "bad": {"response_action": "errors", "errors": {"why": "Say more."}},
            "again": {"response_action": "update", "view": modal(title=plain("Again"))},
            "deeper": {"response_action": "push", "view": modal(title=plain("Deeper"))},
            "enough": {"response_action": "clear"},
        }
        await ack(**answers.get(said, {}))

    async def on_home(self, body: Json, client: Any) -> None:
        self.got.append(body)
        view = {"type": "home", "blocks": [section("hello"), actions(button("pick"))]}
        await client.views_publish(user_id=body["event"]["user"], view=view)


@pytest.fixture
async def bot(slack: Slack) -> AsyncIterator[Bot]:
    bot = Bot()
    async with socket_mode(slack, bot.register):
        yield bot


async def card(slack: Slack) -> str:
    blocks = [actions(button("ask", "42"), choice())]
    posted = await slack.client().chat_postMessage(channel="ops-alerts", text="Card", blocks=blocks)
    return str(posted["ts"])


def choice() -> Json:
    options = [{"text": plain(name), "value": name.lower()} for name in ("Blue", "Green")]
    return {
        "type": "static_select",
        "action_id": "pick",
        "placeholder": plain("Colour"),
        "options": options,
    }


async def asked(slack: Slack) -> str:
    ts = await card(slack)
    await slack.act("click", user="U0BEN", channel="ops-alerts", ts=ts, action_id="ask")
    views = await until(lambda: open_views(slack))
    return str(views[0]["id"])


async def open_views(slack: Slack) -> list[Json]:
    return list((await slack.get("views"))["views"])


async def test_a_command_arrives_with_slacks_fields_and_is_answered(slack: Slack, bot: Bot) -> None:
    text = "/filmops lock backend @ben in #general <now> & https://example.com"
    done = await slack.act("command", user="ana", channel="engineering", text=text)
    assert done["acked"], done
    (body,) = bot.got
    assert body["command"] == "/filmops"
    assert body["text"] == (
        "lock backend <@U0BEN|ben> in <#C0GENERAL|general> &lt;now&gt; &amp; <https://example.com>"
    )
    assert (body["user_id"], body["user_name"]) == ("U0ANA", "ana")
    assert (body["team_id"], body["channel_name"]) == ("T0SANDBOX", "engineering")
    assert body["trigger_id"] == done["trigger_id"]
    (heard,) = await until(lambda: slack.ephemerals("engineering"))
    assert heard.startswith("heard lock backend")


async def test_mentions_already_written_out_stay_as_they_are(slack: Slack, bot: Bot) -> None:
    await slack.act("command", user="ana", text="/filmops ask <@U0BEN|ben> a<b")
    assert bot.got[0]["text"] == "ask <@U0BEN|ben> a&lt;b"


async def test_silence_is_told_to_the_person(slack: Slack, bot: Bot) -> None:
    bot.silent = True
    done = await slack.act("command", user="ana", channel="general", text="/filmops help")
    assert (done["acked"], done["error"]) == (False, "operation_timeout")
    assert await slack.ephemerals("general") == [
        "FilmOps did not answer in time: operation_timeout"
    ]


async def test_nobody_connected_is_told_to_the_person(slack: Slack) -> None:
    done = await slack.act("command", user="ana", channel="general", text="/filmops help")
    assert done["error"] == "dispatch_failed"
    assert len(await slack.ephemerals("general")) == 1


async def test_the_same_payload_may_arrive_three_times(slack: Slack, bot: Bot) -> None:
    done = await slack.act("command", user="ana", text="/filmops help", deliver=3)
    assert len(done["deliveries"]) == 3
    assert [body["trigger_id"] for body in bot.got] == [done["trigger_id"]] * 3


async def test_a_guest_arrives_with_the_team_they_are_of(slack: Slack, bot: Bot) -> None:
    await slack.act("command", user="U0GUEST", text="/filmops help")
    await slack.act("command", user="ana", text="/filmops help", team_id="T0FORGED")
    assert [body["team_id"] for body in bot.got] == ["T0ELSEWHERE", "T0FORGED"]


async def test_a_click_arrives_with_its_message_and_opens_a_modal(slack: Slack, bot: Bot) -> None:
    await asked(slack)
    (body,) = bot.got
    assert body["actions"][0]["action_id"] == "ask"
    assert body["actions"][0]["value"] == "42"
    assert body["actions"][0]["block_id"] == "decide"
    assert body["message"]["text"] == "Card"
    assert body["container"]["message_ts"] == body["message"]["ts"]
    assert body["channel"]["name"] == "ops-alerts"
    assert body["user"]["id"] == "U0BEN"


async def test_a_menu_arrives_with_what_was_chosen(slack: Slack, bot: Bot) -> None:
    ts = await card(slack)
    target = {"user": "ben", "channel": "ops-alerts", "ts": ts, "action_id": "pick"}
    await slack.act("click", **target, value="green")
    (body,) = bot.got
    assert body["actions"][0]["selected_option"]["value"] == "green"
    assert body["state"]["values"]["decide"]["pick"]["selected_option"]["value"] == "green"
    none = await slack.act("click", **target, value="red")
    assert none["error"] == "invalid_value"


async def test_nobody_can_press_what_is_not_there(slack: Slack, bot: Bot) -> None:
    ts = await card(slack)
    done = await slack.act("click", user="ben", channel="ops-alerts", ts=ts, action_id="gone")
    assert done["error"] == "no_such_element"
    assert bot.got == []


async def test_a_trigger_opens_one_view(slack: Slack, bot: Bot) -> None:
    await asked(slack)
    client = slack.client()
    trigger = bot.got[0]["trigger_id"]
    for given, error in ((trigger, "exchanged_trigger_id"), ("1.2.x", "invalid_trigger_id")):
        with pytest.raises(SlackApiError) as caught:
            await client.views_open(trigger_id=given, view=modal())
        assert caught.value.response["error"] == error


async def test_a_sent_modal_closes(slack: Slack, bot: Bot) -> None:
    view = await asked(slack)
    done = await slack.act("submit", user="ben", view_id=view, values={"why": "because"})
    assert done["acked"]
    assert await open_views(slack) == []
    state = bot.got[-1]["view"]["state"]["values"]
    assert state == {"why": {"text": {"type": "plain_text_input", "value": "because"}}}


async def test_a_modal_with_an_empty_field_is_not_sent(slack: Slack, bot: Bot) -> None:
    view = await asked(slack)
    done = await slack.act("submit", user="ben", view_id=view, values={})
    assert (done["error"], done["fields"]) == ("required", ["why"])
    assert len(bot.got) == 1


@pytest.mark.parametrize(
    ("said", "titles", "errors"),
    [
        ("bad", ["Reason"], {"why": "Say more."}),
        ("again", ["Again"], {}),
        ("deeper", ["Reason", "Deeper"], {}),
        ("enough", [], {}),
    ],
)
async def test_the_answer_to_a_modal_decides_what_is_seen_next(
    slack: Slack, bot: Bot, said: str, titles: list[str], errors: Json
) -> None:
    view = await asked(slack)
    await slack.act("submit", user="ben", view_id=view, values={"why": {"text": said}})
    views = await open_views(slack)
    assert [view["title"]["text"] for view in views] == titles
    assert [view["errors"] for view in views[:1]] == [errors][: len(titles)]


async def test_closing_a_modal_is_told_when_asked_for(slack: Slack, bot: Bot) -> None:
    view = await asked(slack)
    await slack.act("close", user="ben", view_id=view)
    assert bot.got[-1]["type"] == "view_closed"
    assert await open_views(slack) == []


async def test_looking_at_the_home_publishes_it(slack: Slack, bot: Bot) -> None:
    await slack.act("home", user="U0EVE")
    view = await until(lambda: home(slack))
    assert view["blocks"][0]["text"]["text"] == "hello"
    assert bot.got[0]["event"]["tab"] == "home"
    await slack.act("click", user="U0EVE", home=True, action_id="pick")
    assert bot.got[-1]["container"] == {"type": "view", "view_id": view["id"]}


async def home(slack: Slack) -> Any:
    return (await slack.get("home", user="U0EVE"))["view"]


async def test_a_response_url_serves_five_times(slack: Slack, bot: Bot) -> None:
    await slack.act("command", user="ana", channel="general", text="/filmops help")
    await until(lambda: slack.ephemerals("general"))
    url = bot.got[0]["response_url"]
    said = {"text": "all", "response_type": "in_channel"}
    statuses = []
    for _ in range(5):
        async with slack.session.post(url, json=said) as answer:
            statuses.append(answer.status)
    assert statuses == [200, 200, 200, 200, 404]
    assert [message["text"] for message in await slack.messages("general")] == ["all"] * 4


async def test_a_response_url_replaces_and_deletes_its_message(slack: Slack, bot: Bot) -> None:
    ts = await card(slack)
    await slack.act(
        "click", user="ben", channel="ops-alerts", ts=ts, action_id="pick", value="blue"
    )
    url = bot.got[0]["response_url"]
    await slack.session.post(url, json={"replace_original": True, "text": "decided"})
    assert [message["text"] for message in await slack.messages()] == ["decided"]
    await slack.session.post(url, json={"delete_original": True})
    assert await slack.messages() == []


async def test_a_lost_acknowledgement_looks_like_silence(slack: Slack, bot: Bot) -> None:
    await slack.post("faults", match="socket", kind="drop")
    done = await slack.act("command", user="ana", text="/filmops help")
    assert done["error"] == "operation_timeout"
    assert len(bot.got) == 1


async def test_a_parted_bot_comes_back(slack: Slack, bot: Bot) -> None:
    assert (await slack.post("disconnect"))["disconnected"] == 1
    # Its client may open a second connection in place of the first: what is sent to that is lost.
    await until(lambda: acknowledged(slack))


async def acknowledged(slack: Slack) -> Any:
    return (await slack.act("command", user="ana", text="/filmops help")).get("acked")


async def test_of_several_connections_one_gets_each_payload(slack: Slack, bot: Bot) -> None:
    second = Bot()
    async with socket_mode(slack, second.register, stays=1):
        for _ in range(12):
            assert (await slack.act("command", user="ana", text="/filmops help"))["acked"]
    assert len(bot.got) + len(second.got) == 12


@asynccontextmanager
async def over_http(bot: Bot, tmp: Path, secret: str) -> AsyncIterator[Slack]:
    """A Bolt app behind HTTP, and a workspace of its own that sends there."""
    found: dict[str, AsyncApp] = {}

    async def receive(request: web.Request) -> web.Response:
        headers: dict[str, str | Sequence[str]] = {**request.headers}
        bolt = AsyncBoltRequest(body=await request.text(), headers=headers)
        answer = await found["app"].async_dispatch(bolt)
        kind = answer.first_headers().get("content-type", "text/plain").split(";")[0]
        return web.Response(status=answer.status, text=answer.body, content_type=kind)

    async with listening(receive) as url:
        options = ("--events-url", url, "--signing-secret", "shared")
        with process(tmp, *options) as announced:
            async with workspace(announced) as slack:
                found["app"] = AsyncApp(client=slack.client(), signing_secret=secret)
                bot.register(found["app"])
                yield slack


@asynccontextmanager
async def listening(
    receive: Callable[[web.Request], Awaitable[web.Response]],
) -> AsyncIterator[str]:
    """A web server with one route; its address."""
    server = web.Application()
    server.router.add_post("/slack/events", receive)
    runner = web.AppRunner(server)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


async def test_signed_http_carries_commands_clicks_modals_and_events(tmp_path: Path) -> None:
    bot = Bot()
    async with over_http(bot, tmp_path, "shared") as slack:
        done = await slack.act("command", user="ana", channel="general", text="/filmops a&b @ben")
        assert done["acked"], done
        assert bot.got[0]["text"] == "a&amp;b <@U0BEN|ben>"
        view = await asked(slack)
        await slack.act("submit", user="ben", view_id=view, values={"why": "bad"})
        assert (await open_views(slack))[0]["errors"] == {"why": "Say more."}
        assert (await slack.act("home", user="U0EVE"))["acked"]
        assert await until(lambda: home(slack))


async def test_a_wrong_secret_gets_nothing_through(tmp_path: Path) -> None:
    bot = Bot()
    async with over_http(bot, tmp_path, "another") as slack:
        done = await slack.act("command", user="ana", text="/filmops help")
        assert done["error"] == "dispatch_failed"
        assert bot.got == []


async def test_an_unacknowledged_event_comes_again_three_times(tmp_path: Path) -> None:
    seen: list[str | None] = []

    async def receive(request: web.Request) -> web.Response:
        seen.append(request.headers.get("X-Slack-Retry-Num"))
        return web.Response(status=500)

    async with listening(receive) as url:
        with process(tmp_path, "--events-url", url, "--retry-waits", "0,0,0") as announced:
            async with workspace(announced) as slack:
                assert not (await slack.act("home", user="U0EVE"))["acked"]
                await until(lambda: asyncio.sleep(0, len(seen) == 4))
    assert seen == [None, "1", "2", "3"]


async def test_a_socket_needs_a_fresh_ticket(slack: Slack) -> None:
    url = (await slack.client("xapp-sandbox").apps_connections_open(app_token="xapp-sandbox"))[
        "url"
    ]
    async with slack.session.ws_connect(url) as link:
        assert (await link.receive_json())["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await slack.session.ws_connect(url)
