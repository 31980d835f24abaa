"""`filmops check` on Slack: one finding a thing, each with its fix, and never an exception."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio

from bot.adapters.slack import SlackApi, SlackChecks
from bot.manifest import scopes
from bot.ports import Finding
from tests.workspace import APP_TOKEN, BOT_TOKEN, Workspace

pytestmark = pytest.mark.contract


@pytest_asyncio.fixture
async def api(workspace: Workspace) -> AsyncIterator[SlackApi]:
    found = SlackApi(token=BOT_TOKEN, base_url=workspace.api)
    yield found
    await found.close()


async def findings(api: SlackApi, **more: Any) -> Sequence[Finding]:
    channels = ["ops-alerts", "#engineering"]
    given = {"channels": channels, "scopes": scopes(), "app_token": APP_TOKEN, **more}
    return await SlackChecks(api, **given).check()


async def wrong(api: SlackApi, **more: Any) -> Finding:
    (finding,) = [finding for finding in await findings(api, **more) if not finding.ok]
    assert finding.fix
    return finding


async def test_a_right_set_up_has_nothing_to_fix(api: SlackApi) -> None:
    found = await findings(api, groups=["S0ENGINEER"], team_id="T0SANDBOX")
    assert all(finding.ok for finding in found)
    assert [finding.subject for finding in found] == [
        "SLACK_BOT_TOKEN",
        "Slack scopes",
        "#ops-alerts",
        "#engineering",
        "user group S0ENGINEER",
        "SLACK_APP_TOKEN",
    ]


async def test_a_wrong_bot_token_is_the_only_thing_said(workspace: Workspace) -> None:
    api = SlackApi(token="xoxb-wrong", base_url=workspace.api)
    (finding,) = await findings(api)
    await api.close()
    assert (finding.subject, finding.ok) == ("SLACK_BOT_TOKEN", False)
    assert "xoxb-wrong" not in finding.said + finding.fix


async def test_another_team_than_the_set_one_is_named(api: SlackApi) -> None:
    finding = await wrong(api, team_id="T0OTHER")
    assert "T0OTHER" in finding.fix


async def test_missing_scopes_are_listed(api: SlackApi) -> None:
    finding = await wrong(api, scopes=[*scopes(), "pins:write"])
    assert finding.said == "missing: pins:write"


async def test_a_channel_that_is_not_there_is_named_with_the_way_out(api: SlackApi) -> None:
    finding = await wrong(api, channels=["#nowhere"])
    assert finding.subject == "#nowhere"
    assert "/invite" in finding.fix


async def test_a_user_group_that_is_not_there_is_named(api: SlackApi) -> None:
    assert (await wrong(api, groups=["S0GONE"])).subject == "user group S0GONE"


async def test_a_wrong_app_token_says_how_to_make_one(api: SlackApi) -> None:
    assert "connections:write" in (await wrong(api, app_token="xapp-wrong")).fix


async def test_a_throttled_socket_check_says_to_come_back(
    api: SlackApi, workspace: Workspace
) -> None:
    await workspace.fault("apps.connections.open", "status", status=429)
    assert "in a minute" in (await wrong(api)).fix


async def test_without_an_app_token_socket_mode_is_not_looked_at(api: SlackApi) -> None:
    assert "SLACK_APP_TOKEN" not in {f.subject for f in await findings(api, app_token=None)}
