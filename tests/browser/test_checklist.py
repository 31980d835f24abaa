"""The local Slack's page shows the boxes of a checklist and sends what a person ticked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.async_api import async_playwright

from blocks.checklist import checklist_modal
from bot.adapters.slack import SlackApi, SlackChat
from bot.domain.checklist import Box, Tick
from tests.browser.test_page import CHROMIUM, FLAGS
from tests.workspace import BOT_TOKEN, Workspace, slack_process, workspace

__all__ = ["slack_process", "workspace"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(60)]

BOXES = (Box(key="plan", title="The rollback plan is documented"), Box(key="told", title="Told"))
TICKS = (Tick(key="told", actor="U0BEN", at=datetime(2026, 11, 23, tzinfo=UTC)),)


async def test_a_person_ticks_and_unticks_boxes(workspace: Workspace) -> None:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed: the page is not looked at")
    command = await workspace.command()
    api = SlackApi(token=BOT_TOKEN, base_url=workspace.api)
    view = checklist_modal("R12", "R12", BOXES, TICKS)
    await SlackChat(api).open_view(trigger_id=command["trigger_id"], view=view)
    await api.close()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = await browser.new_page()
        await page.goto(f"{workspace.url}/?user=U0ANA")
        dialog = page.locator("#modal")
        told = dialog.get_by_label("Told ticked by @ben")
        assert await told.is_checked()
        await told.uncheck()
        await dialog.get_by_label("The rollback plan is documented").check()
        async with page.expect_response("**/_control/act/submit"):
            await dialog.get_by_role("button", name="Save").click()
        await browser.close()
    (shown,) = (await workspace.ask("views", user="U0ANA"))["views"]
    held = shown["state"]["values"]["checklist.boxes.0"]["checklist.boxes.0"]
    assert [option["value"] for option in held["selected_options"]] == ["plan"]
