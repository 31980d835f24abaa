"""Chat: what the twin promises Slack keeps, and a lost answer is found again."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from bot.adapters.slack import SlackApi, SlackChat
from bot.domain.message import Message, View
from bot.errors import OperationFailed, Temporary
from tests.contract.chat_stage import Real, Stage, Twin
from tests.workspace import BOT_TOKEN, Workspace

pytestmark = pytest.mark.contract

CHANNEL = "ops-alerts"


def block(text: str, name: str = "b1") -> dict[str, Any]:
    return {"type": "section", "block_id": name, "text": {"type": "mrkdwn", "text": text}}


def message(text: str) -> Message:
    return Message(text=text, blocks=(block(f"*{text}*"),))


def modal(title: str) -> View:
    return View(
        payload={
            "type": "modal",
            "title": {"type": "plain_text", "text": title},
            "blocks": [block("Loading")],
        }
    )


@pytest_asyncio.fixture
async def api(workspace: Workspace) -> AsyncIterator[SlackApi]:
    found = SlackApi(token=BOT_TOKEN, base_url=workspace.api)
    yield found
    await found.close()


@pytest.fixture(params=["twin", "real"])
def stage(request: pytest.FixtureRequest) -> Stage:
    if request.param == "twin":
        return Twin()
    api: SlackApi = request.getfixturevalue("api")
    workspace: Workspace = request.getfixturevalue("workspace")
    return Real(SlackChat(api), workspace)


async def test_a_message_is_posted_with_its_text_and_blocks(stage: Stage) -> None:
    await stage.chat.post(channel=CHANNEL, message=message("Plan"), key="card:1")
    assert await stage.shown() == [message("Plan")]


async def test_a_channel_goes_by_its_name_with_or_without_its_sign(stage: Stage) -> None:
    await stage.chat.post(channel=f"#{CHANNEL}", message=message("one"), key="1")
    await stage.chat.post(channel=CHANNEL, message=message("two"), key="2")
    assert await stage.shown() == [message("one"), message("two")]


async def test_an_update_replaces_text_and_blocks(stage: Stage) -> None:
    ts = await stage.chat.post(channel=CHANNEL, message=message("Plan"), key="card:1")
    await stage.chat.update(channel=CHANNEL, ts=ts, message=message("Approved"))
    assert await stage.shown() == [message("Approved")]


async def test_a_note_goes_into_the_thread_and_not_into_the_channel(stage: Stage) -> None:
    card = await stage.chat.post(channel=CHANNEL, message=message("Plan"), key="card:1")
    await stage.chat.post(channel=CHANNEL, message=message("note"), key="n:1", thread=card)
    assert await stage.shown() == [message("Plan")]
    assert await stage.shown(thread=card) == [message("note")]


async def test_a_post_whose_answer_was_lost_is_found_again(stage: Stage) -> None:
    since = stage.now()
    await stage.lose_answer("post")
    with pytest.raises(Temporary):
        await stage.chat.post(channel=CHANNEL, message=message("Plan"), key="card:1")
    ts = await stage.chat.find(channel=CHANNEL, key="card:1", since=since)
    assert ts is not None
    await stage.chat.update(channel=CHANNEL, ts=ts, message=message("found"))
    assert await stage.shown() == [message("found")]


async def test_a_lost_note_is_found_in_its_thread_and_only_there(stage: Stage) -> None:
    since = stage.now()
    card = await stage.chat.post(channel=CHANNEL, message=message("Plan"), key="card:1")
    note = await stage.chat.post(channel=CHANNEL, message=message("n"), key="n:1", thread=card)
    assert await stage.chat.find(channel=CHANNEL, key="n:1", since=since, thread=card) == note
    assert await stage.chat.find(channel=CHANNEL, key="n:1", since=since) is None
    assert await stage.chat.find(channel=CHANNEL, key="card:1", since=since, thread=card) is None


async def test_an_updated_message_keeps_its_key(stage: Stage) -> None:
    since = stage.now()
    ts = await stage.chat.post(channel=CHANNEL, message=message("Plan"), key="card:1")
    await stage.chat.update(channel=CHANNEL, ts=ts, message=message("Approved"))
    assert await stage.chat.find(channel=CHANNEL, key="card:1", since=since) == ts


async def test_of_two_with_one_key_the_first_is_found(stage: Stage) -> None:
    since = stage.now()
    first = await stage.chat.post(channel=CHANNEL, message=message("Plan"), key="card:1")
    await stage.chat.post(channel=CHANNEL, message=message("Plan"), key="card:1")
    assert await stage.chat.find(channel=CHANNEL, key="card:1", since=since) == first


async def test_older_messages_other_keys_and_other_people_are_not_found(stage: Stage) -> None:
    since = stage.now()
    await stage.chat.post(channel=CHANNEL, message=message("Plan"), key="card:1")
    await stage.somebody_says("card:2")
    later = since + timedelta(seconds=60)
    assert await stage.chat.find(channel=CHANNEL, key="card:1", since=later) is None
    assert await stage.chat.find(channel=CHANNEL, key="card:2", since=since) is None


async def test_a_post_that_never_arrived_is_not_found(stage: Stage) -> None:
    since = stage.now()
    await stage.break_down("post")
    with pytest.raises(Temporary):
        await stage.chat.post(channel=CHANNEL, message=message("Plan"), key="card:1")
    assert await stage.chat.find(channel=CHANNEL, key="card:1", since=since) is None


async def test_being_throttled_says_how_long_to_wait(stage: Stage) -> None:
    await stage.throttle("post", 7)
    with pytest.raises(Temporary) as raised:
        await stage.chat.post(channel=CHANNEL, message=message("Plan"), key="k")
    assert raised.value.retry_after == 7
    assert await stage.shown() == []


async def test_looking_may_be_throttled_too(stage: Stage) -> None:
    await stage.throttle("find", 7)
    with pytest.raises(Temporary) as raised:
        await stage.chat.find(channel=CHANNEL, key="k", since=stage.now())
    assert raised.value.retry_after == 7


async def test_a_breakdown_is_temporary_and_tried_once(stage: Stage) -> None:
    await stage.break_down("post")
    with pytest.raises(Temporary) as raised:
        await stage.chat.post(channel=CHANNEL, message=message("Plan"), key="k")
    assert raised.value.retry_after is None
    assert await stage.shown() == []


async def test_an_unknown_channel_is_a_lasting_no(stage: Stage) -> None:
    with pytest.raises(OperationFailed) as raised:
        await stage.chat.post(channel="nowhere", message=message("Plan"), key="k")
    assert raised.value.code == "channel_not_found"


async def test_an_unknown_message_cannot_be_updated(stage: Stage) -> None:
    with pytest.raises(OperationFailed) as raised:
        await stage.chat.update(channel=CHANNEL, ts="1.000001", message=message("x"))
    assert raised.value.code == "message_not_found"


async def test_somebody_elses_message_is_not_ours_to_update(stage: Stage) -> None:
    ts = await stage.somebody_says("mine")
    with pytest.raises(OperationFailed):
        await stage.chat.update(channel=CHANNEL, ts=ts, message=message("yours"))


async def test_a_message_without_text_is_refused(stage: Stage) -> None:
    silent = Message(text=" ", blocks=(block("seen, not heard"),))
    with pytest.raises(OperationFailed) as raised:
        await stage.chat.post(channel=CHANNEL, message=silent, key="k")
    assert raised.value.code == "no_text"


async def test_one_person_is_told_in_a_channel(stage: Stage) -> None:
    await stage.chat.ephemeral(channel=CHANNEL, user="U0BEN", message=message("psst"))
    assert await stage.told("U0BEN") == ["psst"]
    assert await stage.told("U0ANA") == []
    assert await stage.shown() == []


async def test_a_command_is_answered_so_that_only_its_person_sees_it(stage: Stage) -> None:
    url = await stage.response_url()
    await stage.chat.respond(response_url=url, message=message("done"))
    assert await stage.answered(url) == ["done"]
    assert await stage.shown() == []


async def test_an_answer_can_be_throttled_too(stage: Stage) -> None:
    url = await stage.response_url()
    await stage.throttle("respond", 3)
    with pytest.raises(Temporary) as raised:
        await stage.chat.respond(response_url=url, message=message("done"))
    assert raised.value.retry_after == 3


async def test_an_answer_whose_fate_is_unknown_is_temporary(stage: Stage) -> None:
    url = await stage.response_url()
    await stage.lose_answer("respond")
    with pytest.raises(Temporary) as raised:
        await stage.chat.respond(response_url=url, message=message("done"))
    assert url not in str(raised.value)


async def test_a_window_is_opened_once_by_its_trigger_and_then_replaced(stage: Stage) -> None:
    trigger = await stage.trigger_id()
    view_id = await stage.chat.open_view(trigger_id=trigger, view=modal("Loading"))
    await stage.chat.update_view(view_id=view_id, view=modal("Rollback"))
    assert await stage.titles() == ["Rollback"]
    with pytest.raises(OperationFailed) as raised:
        await stage.chat.open_view(trigger_id=trigger, view=modal("Again"))
    assert raised.value.code == "exchanged_trigger_id"


async def test_a_window_that_is_not_there_cannot_be_replaced(stage: Stage) -> None:
    with pytest.raises(OperationFailed) as raised:
        await stage.chat.update_view(view_id="V0NOBODY", view=modal("Rollback"))
    assert raised.value.code == "not_found"


async def test_the_home_tab_is_published(stage: Stage) -> None:
    home = View(payload={"type": "home", "blocks": [block("Welcome")]})
    await stage.chat.publish_home(user="U0ANA", view=home)
    assert await stage.home("U0ANA") == [block("Welcome")]


REPORT = "# I7\n\nÄ <b>&amp; `x`\n".encode()


async def test_a_file_goes_into_the_thread_byte_for_byte(stage: Stage) -> None:
    card = await stage.chat.post(channel=CHANNEL, message=message("Plan"), key="card:1")
    await stage.chat.upload(
        channel=CHANNEL, thread=card, name="I7.md", content=REPORT, title="Report of I7"
    )
    assert await stage.files(thread=card) == [("I7.md", "Report of I7", REPORT)]
    assert await stage.files() == []


async def test_a_picture_brings_its_words_for_who_cannot_see_it(stage: Stage) -> None:
    card = await stage.chat.post(channel=CHANNEL, message=message("Plan"), key="card:1")
    said = "Errors: at most 2.4 % at 03:17, below the threshold of 5 %. Ä & <b>"
    await stage.chat.upload(
        channel=CHANNEL, thread=card, name="a.png", content=b"\x89PNG", title="Errors", alt=said
    )
    await stage.chat.upload(channel=CHANNEL, thread=card, name="b", content=b"b", title="B")
    assert await stage.alts(thread=card) == [said, ""]


async def test_a_file_without_a_thread_goes_into_the_channel(stage: Stage) -> None:
    await stage.chat.upload(
        channel=f"#{CHANNEL}", thread=None, name="a.json", content=b"{}", title="A"
    )
    assert await stage.files() == [("a.json", "A", b"{}")]


async def test_a_file_the_app_may_not_write_is_a_lasting_no(
    stage: Stage,
) -> None:
    await stage.forbid("upload")
    with pytest.raises(OperationFailed) as raised:
        await stage.chat.upload(channel=CHANNEL, thread=None, name="a", content=b"a", title="A")
    assert raised.value.code == "missing_scope"
    assert await stage.files() == []


async def test_a_file_for_a_thread_that_is_not_there_is_refused(stage: Stage) -> None:
    with pytest.raises(OperationFailed) as raised:
        await stage.chat.upload(channel=CHANNEL, thread="1.1", name="a", content=b"a", title="A")
    assert raised.value.code == "message_not_found"


async def test_a_file_while_slack_is_down_is_not_there(stage: Stage) -> None:
    await stage.break_down("upload")
    with pytest.raises(Temporary):
        await stage.chat.upload(channel=CHANNEL, thread=None, name="a", content=b"a", title="A")
    assert await stage.files() == []


# --- where the twin is stricter: it raises, so that a test sees the mistake ---------------------


async def test_the_twin_refuses_more_blocks_than_slack_takes() -> None:
    many = tuple(block("x", f"b{n}") for n in range(51))
    with pytest.raises(OperationFailed) as raised:
        await Twin().chat.post(channel=CHANNEL, message=Message(text="x", blocks=many), key="k")
    assert raised.value.code == "invalid_blocks"


# --- what only the real one can show -----------------------------------------------------------


async def test_a_file_whose_bytes_did_not_arrive_is_not_shared(
    api: SlackApi, workspace: Workspace
) -> None:
    await workspace.fault("upload", "status", status=500, code="")
    with pytest.raises(Temporary):
        await SlackChat(api).upload(channel=CHANNEL, thread=None, name="a", content=b"a", title="A")
    assert await workspace.messages() == []


async def test_a_wrong_token_says_what_to_set(workspace: Workspace) -> None:
    api = SlackApi(token="xoxb-wrong", base_url=workspace.api)
    with pytest.raises(OperationFailed) as raised:
        await SlackChat(api).identity()
    await api.close()
    assert raised.value.code == "invalid_auth"
    assert "SLACK_BOT_TOKEN" in raised.value.hint


async def test_the_bot_knows_who_it_is_and_asks_once(api: SlackApi, workspace: Workspace) -> None:
    chat = SlackChat(api)
    me = await chat.identity()
    assert (me.team_id, me.bot_user_id) == ("T0SANDBOX", "U0FILMOPS")
    assert await chat.identity() == me
    assert len(await workspace.calls("auth.test")) == 1


async def test_the_channels_id_is_looked_up_once(api: SlackApi, workspace: Workspace) -> None:
    chat = SlackChat(api)
    for key in ("1", "2"):
        await chat.post(channel=CHANNEL, message=message(key), key=key)
    assert len(await workspace.calls("conversations.list")) == 1


async def test_a_message_refused_for_its_blocks_arrives_as_text(
    api: SlackApi, workspace: Workspace
) -> None:
    many = tuple(block("x", f"b{n}") for n in range(51))
    chat = SlackChat(api)
    with capture_logs() as said:
        ts = await chat.post(channel=CHANNEL, message=Message(text="Plan", blocks=many), key="k")
    assert [(line["event"], line["log_level"]) for line in said] == [
        ("slack.blocks_refused", "error")
    ]
    await chat.update(channel=CHANNEL, ts=ts, message=Message(text="Done", blocks=many))
    url = str((await workspace.command())["response_url"])
    await chat.respond(response_url=url, message=Message(text="Yes", blocks=many))
    (shown,) = await workspace.messages()
    assert shown["text"] == "Done"
    assert [found["text"]["text"] for found in shown["blocks"]] == ["Done"]
    assert [said["text"] for said in await workspace.ephemerals()] == ["Yes"]


async def test_a_plan_block_that_is_refused_leaves_the_buttons_standing(
    api: SlackApi, workspace: Workspace
) -> None:
    button = {
        "type": "actions",
        "block_id": "a",
        "elements": [
            {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
        ],
    }
    tasks = [{"type": "task_card", "task_id": "1", "title": "Move traffic", "status": "complete"}]
    plan = {"type": "plan", "title": "Run", "tasks": tasks}
    await workspace.fault("chat.postMessage", "status", status=200, code="invalid_blocks")
    refused = Message(text="Run", blocks=(plan, button))
    await SlackChat(api).post(channel=CHANNEL, message=refused, key="k")
    (shown,) = await workspace.messages()
    first, second = shown["blocks"]
    assert first["text"]["text"] == "Run\n[complete] Move traffic"
    assert second == button


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/commands/1",
        "http://hooks.slack.com/commands/1",
        "https://hooks.slack.com.evil.example/1",
        "https://user:pass@hooks.slack.com/1",
        "https://hooks.slack.com:8443/1",
        "not an address",
        "https://[bad",
    ],
)
async def test_an_answer_goes_to_slack_and_nowhere_else(api: SlackApi, url: str) -> None:
    with pytest.raises(OperationFailed) as raised:
        await SlackChat(api).respond(response_url=url, message=message("hush"))
    assert raised.value.code == "foreign_url"
    assert url not in str(raised.value)


async def test_a_used_up_response_url_is_a_lasting_no(api: SlackApi, workspace: Workspace) -> None:
    url = str((await workspace.command())["response_url"])
    chat = SlackChat(api)
    for number in range(5):
        await chat.respond(response_url=url, message=message(str(number)))
    with pytest.raises(OperationFailed) as raised:
        await chat.respond(response_url=url, message=message("six"))
    assert raised.value.code == "used_url"
    assert url not in str(raised.value)
