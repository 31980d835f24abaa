"""Bolt is told who we are instead of asking Slack, and its log holds nothing that was typed."""

from __future__ import annotations

import logging

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.entrypoints.intake import Intake
from bot.entrypoints.slack import build_bolt
from tests.stage import Stage
from tests.unit.entrypoints.test_http import COMMAND_FORM, FORM, Web

pytestmark = pytest.mark.unit


async def test_nothing_is_asked_of_slack_before_the_acknowledgement() -> None:
    web = Web()  # Its Slack is an address where nobody listens.
    answer = await web.post(COMMAND_FORM, FORM)
    assert (answer.status_code, answer.text) == (200, "")
    assert len(await web.taken()) == 1


async def test_a_rejected_body_is_not_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer = await Web().post(COMMAND_FORM + "&text=hunter2", FORM, signature="v0=0")
    assert answer.status_code == 401
    assert "hunter2" not in caplog.text


async def test_a_second_token_in_the_environment_is_no_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-other")
    stage = Stage()
    build_bolt(
        AsyncWebClient("xoxb-1"),
        Intake(stage.world.store.inbox, stage.clock, team="T1"),
        bot_token="xoxb-1",
        signing_secret=None,
        team="T1",
        bot_user="U0BOT",
    )
    assert caplog.text == ""
