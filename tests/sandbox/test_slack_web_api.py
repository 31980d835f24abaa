"""The sandbox's Web API answers the real client as Slack does, refusals included."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackRequestError

from tests.sandbox.slack_process import Json, Slack, actions, button, process, section, workspace

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def announced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Json]:
    with process(tmp_path_factory.mktemp("slack")) as found:
        yield found


@pytest.fixture
async def slack(announced: Json) -> AsyncIterator[Slack]:
    async with workspace(announced) as found:
        yield found


async def refused(awaitable: Any) -> Any:
    with pytest.raises(SlackApiError) as caught:
        await awaitable
    return caught.value.response


async def test_a_message_is_posted_updated_and_found_again(slack: Slack) -> None:
    client = slack.client()
    note = {"event_type": "filmops_run", "event_payload": {"run": "7"}}
    posted = await client.chat_postMessage(
        channel="#ops-alerts", text="Plan", blocks=[actions(button("approve"))], metadata=note
    )
    channel, ts = posted["channel"], posted["ts"]
    await client.chat_postMessage(channel=channel, text="evidence", thread_ts=ts)
    await client.chat_update(channel=channel, ts=ts, text="Done", blocks=[section("Done")])

    (message,) = (await client.conversations_history(channel=channel, include_all_metadata=True))[
        "messages"
    ]
    assert message["text"] == "Done"
    assert message["metadata"] == note
    assert message["reply_count"] == 1
    thread = (await client.conversations_replies(channel=channel, ts=ts))["messages"]
    assert [item["text"] for item in thread] == ["Done", "evidence"]
    (seen,) = await slack.messages()
    assert [reply["text"] for reply in seen["replies"]] == ["evidence"]


async def test_metadata_is_shown_only_when_asked_for(slack: Slack) -> None:
    client = slack.client()
    note = {"event_type": "x", "event_payload": {}}
    posted = await client.chat_postMessage(channel="general", text="x", metadata=note)
    (message,) = (await client.conversations_history(channel=posted["channel"]))["messages"]
    assert "metadata" not in message


async def test_history_starts_after_oldest(slack: Slack) -> None:
    client = slack.client()
    first = await client.chat_postMessage(channel="general", text="one")
    await client.chat_postMessage(channel="general", text="two")
    found = await client.conversations_history(channel=first["channel"], oldest=first["ts"])
    assert [message["text"] for message in found["messages"]] == ["two"]
    page = await client.conversations_history(channel=first["channel"], limit=1)
    assert (page["messages"][0]["text"], page["has_more"]) == ("two", True)


async def test_text_without_blocks_takes_the_blocks_away(slack: Slack) -> None:
    client = slack.client()
    posted = await client.chat_postMessage(channel="general", text="x", blocks=[section("x")])
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="y")
    assert "blocks" not in (await slack.messages("general"))[0]


async def test_blocks_without_names_are_given_some(slack: Slack) -> None:
    await slack.client().chat_postMessage(channel="general", text="x", blocks=[section("x")])
    assert (await slack.messages("general"))[0]["blocks"][0]["block_id"]


async def test_an_ephemeral_message_cannot_be_found_or_updated(slack: Slack) -> None:
    client = slack.client()
    sent = await client.chat_postEphemeral(channel="general", user="U0ANA", text="psst")
    channel = (await client.conversations_list())["channels"][2]["id"]
    assert (await client.conversations_history(channel=channel))["messages"] == []
    answer = await refused(client.chat_update(channel=channel, ts=sent["message_ts"], text="x"))
    assert answer["error"] == "message_not_found"
    assert await slack.ephemerals("general") == ["psst"]


async def test_a_deleted_message_is_gone(slack: Slack) -> None:
    client = slack.client()
    posted = await client.chat_postMessage(channel="general", text="x")
    await client.chat_delete(channel=posted["channel"], ts=posted["ts"])
    assert await slack.messages("general") == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "nowhere", "text": "x"}, "channel_not_found"),
        ({"channel": "general", "text": ""}, "no_text"),
        ({"channel": "general", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "general", "text": "x", "blocks": [{"type": "sofa"}]}, "invalid_blocks"),
        (
            {"channel": "general", "text": "x", "metadata": {"event_type": "x"}},
            "invalid_metadata_format",
        ),
        ({"channel": "general", "text": "x", "thread_ts": "1.000001"}, "message_not_found"),
    ],
)
async def test_a_message_that_cannot_be_posted_is_refused_by_name(
    slack: Slack, arguments: Any, error: str
) -> None:
    answer = await refused(slack.client().api_call("chat.postMessage", json=arguments))
    assert answer["error"] == error
    assert await slack.messages("general") == []


async def test_invalid_blocks_come_with_slacks_sentences(slack: Slack) -> None:
    answer = await refused(
        slack.client().chat_postMessage(channel="general", text="x", blocks=[section("x" * 3001)])
    )
    (words,) = answer["response_metadata"]["messages"]
    assert words == ("[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]")


async def test_a_name_is_no_id_for_other_methods(slack: Slack) -> None:
    answer = await refused(slack.client().conversations_info(channel="general"))
    assert answer["error"] == "channel_not_found"


@pytest.mark.parametrize(
    ("token", "error"),
    [("xoxb-other", "invalid_auth"), ("xapp-sandbox", "not_allowed_token_type")],
)
async def test_a_wrong_token_is_refused(slack: Slack, token: str, error: str) -> None:
    answer = await refused(slack.client(token).auth_test())
    assert answer["error"] == error


async def test_a_missing_scope_says_what_is_needed(slack: Slack) -> None:
    answer = await refused(slack.client().pins_add(channel="C0GENERAL", timestamp="1.1"))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "pins:write")
    assert "chat:write" in answer["provided"].split(",")


async def test_answers_name_the_scopes_of_the_token(slack: Slack) -> None:
    answer = await slack.client().auth_test()
    assert "users:read.email" in answer.headers["x-oauth-scopes"]
    assert answer["team_id"] == "T0SANDBOX"


async def test_people_and_groups_are_the_topologys(slack: Slack) -> None:
    client = slack.client()
    ana = (await client.users_info(user="U0ANA"))["user"]
    assert ana["profile"]["email"] == "ana@aifilmstudio.com"
    found = await client.users_lookupByEmail(email="Ben@aifilmstudio.com")
    assert found["user"]["id"] == "U0BEN"
    assert (await refused(client.users_info(user="U0NONE")))["error"] == "user_not_found"
    guest = (await client.users_info(user="U0GUEST"))["user"]
    assert guest["team_id"] != "T0SANDBOX"
    assert "email" not in guest["profile"]
    groups = (await client.usergroups_list(include_users=True))["usergroups"]
    lead = next(group for group in groups if group["handle"] == "lead")
    members = await client.usergroups_users_list(usergroup=lead["id"])
    assert members["users"] == lead["users"] == ["U0CHLOE"]


async def test_channels_come_in_pages(slack: Slack) -> None:
    client = slack.client()
    first = await client.conversations_list(limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await client.conversations_list(limit=2, cursor=cursor)
    names = [channel["name"] for page in (first, rest) for channel in page["channels"]]
    assert names == ["ops-alerts", "engineering", "general"]
    assert rest["response_metadata"]["next_cursor"] == ""


async def test_a_chart_is_uploaded_into_a_thread(slack: Slack) -> None:
    client = slack.client()
    posted = await client.chat_postMessage(channel="ops-alerts", text="Run")
    done = await client.files_upload_v2(
        channel=posted["channel"],
        thread_ts=posted["ts"],
        content=b"\x89PNG",
        filename="errors.png",
        title="Errors",
        alt_txt="errors fall",
    )
    assert set(done["files"][0]) == {"id", "title"}
    (message,) = await slack.messages()
    (file,) = message["replies"][0]["files"]
    assert (file["title"], file["alt_txt"], file["mimetype"]) == (
        "Errors",
        "errors fall",
        "image/png",
    )
    async with slack.session.get(f"{slack.url}/files/{file['id']}") as answer:
        assert await answer.read() == b"\x89PNG"


async def test_posting_too_fast_in_one_channel_is_told_when_to_come_back(slack: Slack) -> None:
    client = slack.client()
    limited = None
    for number in range(10):
        try:
            await client.chat_postMessage(channel="general", text=str(number))
        except SlackApiError as error:
            limited = error.response
            break
    assert limited is not None
    assert (limited.status_code, limited["error"]) == (429, "ratelimited")
    assert int(limited.headers["Retry-After"]) >= 1
    await client.chat_postMessage(channel="ops-alerts", text="another channel")


async def test_updates_have_one_budget_for_the_whole_workspace(slack: Slack) -> None:
    client = slack.client()
    posted = await client.chat_postMessage(channel="general", text="x")
    for number in range(50):
        await client.chat_update(channel=posted["channel"], ts=posted["ts"], text=str(number))
    answer = await refused(
        client.chat_update(channel=posted["channel"], ts=posted["ts"], text="last")
    )
    assert answer["error"] == "ratelimited"


async def test_faults_break_calls_as_asked(slack: Slack) -> None:
    client = slack.client()
    status = {
        "kind": "status",
        "status": 429,
        "headers": {"Retry-After": "7"},
        "code": "ratelimited",
    }
    await slack.post("faults", match="chat.*", **status)
    answer = await refused(client.chat_postMessage(channel="general", text="one"))
    assert answer.headers["Retry-After"] == "7"
    await slack.post("faults", match="chat.postMessage", kind="drop")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="general", text="two")
    await slack.post("faults", match="chat.postMessage", kind="refuse")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="general", text="three")
    assert [message["text"] for message in await slack.messages("general")] == ["two"]
    assert (await slack.get("faults"))["faults"] == []


async def test_an_upload_may_fail_by_itself(slack: Slack) -> None:
    await slack.post("faults", match="upload", kind="status", status=503)
    with pytest.raises(SlackRequestError):
        await slack.client().files_upload_v2(content=b"x", filename="a.txt")
    (call,) = (await slack.get("calls", method="upload"))["calls"]
    assert call["outcome"] == "fault:status"


async def test_the_ledger_remembers_calls_without_tokens(slack: Slack) -> None:
    await slack.client().chat_postMessage(channel="general", text="hello")
    (call,) = (await slack.get("calls", method="chat.postMessage"))["calls"]
    assert call["outcome"] == "ok"
    assert call["args"]["text"] == "hello"
    assert "token" not in call["args"]


async def test_blocks_can_be_judged_without_a_token(slack: Slack) -> None:
    client = slack.client("")
    assert (await client.blocks_validate(blocks=[section("x")]))["ok"]
    answer = await refused(client.blocks_validate(blocks=[section("")]))
    assert answer["error"] == "invalid_blocks"


def test_it_ends_cleanly_and_announces_itself(tmp_path: Path) -> None:
    with process(tmp_path) as announced:
        assert announced["api"] == announced["url"] + "/api/"
        assert announced["team_id"] == "T0SANDBOX"
