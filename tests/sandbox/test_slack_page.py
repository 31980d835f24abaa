"""The page shows a card, asks before it acts, and sends what people type."""

from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright
from slack_bolt.async_app import AsyncApp

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

pytestmark = pytest.mark.browser

SYSTEM = Path("/usr/bin/chromium")
CHROMIUM = str(SYSTEM) if SYSTEM.exists() else None  # None: Playwright's own
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Slack]:
    with process(tmp_path) as announced:
        async with workspace(announced) as found:
            yield found


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        opened = await browser.new_page()
        broken: list[str] = []
        opened.on("pageerror", lambda error: broken.append(str(error)))
        yield opened
        await browser.close()
        assert broken == []


async def post_card(slack: Slack) -> None:
    sure = {
        "title": plain("Sure?"),
        "text": plain("All traffic moves."),
        "confirm": plain("Move it"),
        "deny": plain("Leave it"),
    }
    tasks = [{"type": "task_card", "task_id": "1", "title": "Move", "status": "in_progress"}]
    await slack.client().chat_postMessage(
        channel="ops-alerts",
        text="Rollback",
        blocks=[
            section("*Rollback* asked by <@U0ANA> &lt;b&gt;"),
            {"type": "plan", "title": "Plan", "tasks": tasks},
            actions({**button("approve"), "confirm": sure}, button("ask")),
        ],
    )


async def test_a_card_is_shown_pressed_after_confirming_and_its_modal_filled_in(
    slack: Slack, page: Page
) -> None:
    got: list[Json] = []

    async def remember(ack: object, body: Json) -> None:
        got.append(body)
        await ack()  # type: ignore[operator] # Bolt hands over a coroutine function

    async def ask(ack: object, body: Json) -> None:
        await remember(ack, body)
        await slack.client().views_open(trigger_id=body["trigger_id"], view=modal())

    def register(app: AsyncApp) -> None:
        app.action("approve")(remember)
        app.action("ask")(ask)
        app.view("reason")(remember)

    async with socket_mode(slack, register):
        await post_card(slack)
        await page.goto(f"{slack.url}/?user=U0BEN&channel=ops-alerts")
        card = page.locator(".message[data-ts]")
        assert "Rollback asked by @ana <b>" in await card.inner_text()
        assert await card.locator("[data-task-id='1'][data-status=in_progress]").count() == 1

        await page.click("button[data-action-id=approve]")
        await page.click("#confirm-cancel")
        assert got == []
        await page.click("button[data-action-id=approve]")
        await page.click("#confirm-ok")
        await until(lambda: length(got, 1))

        await page.click("button[data-action-id=ask]")
        await page.fill("#modal textarea, #modal input", "because")
        await page.click("#modal-submit")
        await page.wait_for_selector("#modal[open]", state="detached")
    assert [body["user"]["id"] for body in got] == ["U0BEN"] * 3
    assert got[2]["view"]["state"]["values"]["why"]["text"]["value"] == "because"


async def test_words_go_to_everybody_and_commands_to_the_bot(slack: Slack, page: Page) -> None:
    await page.goto(f"{slack.url}/?user=U0ANA")
    await page.click("[data-channel=general]")
    await page.fill("#compose", "good *morning*")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".message strong:has-text('morning')")
    await page.fill("#compose", "/filmops help")
    await page.click("#send")
    await page.wait_for_selector(".message.ephemeral:has-text('dispatch_failed')")
    await page.select_option("#person", "U0BEN")
    await page.wait_for_selector(".message.ephemeral", state="detached")
    (message,) = await slack.messages("general")
    assert (message["user"], message["text"]) == ("U0ANA", "good *morning*")


DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"


async def test_a_picture_stands_in_its_thread_with_its_words(slack: Slack, page: Page) -> None:
    client = slack.client()
    posted = await client.chat_postMessage(channel="ops-alerts", text="Run")
    await client.files_upload_v2(
        channel=posted["channel"],
        thread_ts=posted["ts"],
        content=b64decode(DOT),
        filename="errors.png",
        title="Errors of v1.4.3",
        alt_txt="They <fall>.",
    )
    await page.goto(f"{slack.url}/?user=U0ANA&channel=ops-alerts")
    picture = page.locator(".thread figure img")
    await picture.wait_for()
    assert await picture.get_attribute("alt") == "They <fall>."
    assert await page.locator(".thread figcaption").inner_text() == "Errors of v1.4.3"
    await page.wait_for_function("document.querySelector('.thread img').naturalWidth === 1")


async def test_the_home_is_drawn_when_it_is_published(slack: Slack, page: Page) -> None:
    await page.goto(f"{slack.url}/?user=U0ANA")
    await page.click("#home-tab")
    await page.wait_for_selector("#home:has-text('nothing here yet')")
    view = {"type": "home", "blocks": [section("All quiet")]}
    await slack.client().views_publish(user_id="U0ANA", view=view)
    await page.wait_for_selector("#home:has-text('All quiet')")


async def length(items: list[Json], count: int) -> bool:
    return len(items) == count
