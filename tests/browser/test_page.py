"""The whole sandbox as a person sees it: Chromium on the page, the bot as its own processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from sandbox.world import CHECKOUT
from tests.scenario.studio import FAST, topology_file

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 30_000
"""Milliseconds until something must be on the page."""


@contextmanager
def sandbox(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """`python -m bot sandbox` in a process group of its own, and what it says."""
    # People ask in this story: the patrol would have asked before them.
    quiet = {**FAST, "production": '"off"'}
    topology = topology_file(CHECKOUT / "filmops.toml", folder / "filmops.toml", quiet)
    said = folder / "said.txt"
    command = [sys.executable, "-m", "bot", "sandbox", "--topology", str(topology)]
    with said.open("wb") as sink:
        process = subprocess.Popen(
            command, cwd=CHECKOUT, stdout=sink, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield process, said
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=30)


def until(true: Callable[[], object], what: Callable[[], object], seconds: float = 60.0) -> None:
    """Poll until it is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


def descendants(pid: int) -> set[int]:
    """The processes below one, whatever group they are in."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    below: dict[int, list[int]] = {}
    for line in listed.stdout.splitlines():
        child, parent = map(int, line.split())
        below.setdefault(parent, []).append(child)
    found: set[int] = set()
    left = [pid]
    while left:
        children = below.get(left.pop(), [])
        found.update(children)
        left += children
    return found


def alive(pid: int) -> bool:
    """Whether a process runs (and is not merely unburied)."""
    shown = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return bool(shown.stdout.strip()) and not shown.stdout.strip().startswith("Z")


@pytest.fixture
def page() -> Iterator[Page]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed: the page is not looked at")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        opened = browser.new_page(viewport={"width": 1280, "height": 1600})
        opened.set_default_timeout(PATIENCE)
        broken: list[str] = []
        opened.on("pageerror", lambda error: broken.append(str(error)))
        yield opened
        browser.close()
        assert broken == []


def test_a_night_at_the_studio_from_the_command_to_ctrl_c(page: Page, tmp_path: Path) -> None:
    with sandbox(tmp_path) as (process, said):

        def text() -> str:
            return said.read_text(encoding="utf-8")

        until(lambda: "Ctrl-C stops everything" in text() or process.poll() is not None, text)
        address = re.search(r"Slack +(http://127\.0\.0\.1:\d+/)", text())
        assert address is not None, text()
        started = descendants(process.pid)
        assert len(started) >= 7

        a_rollback_is_asked_for_and_approved(page, address.group(1), tmp_path)
        home_and_the_dialog(page, tmp_path)

        started |= descendants(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        assert "no process is left" in text()
        until(lambda: not any(map(alive, started)), lambda: [p for p in started if alive(p)])
        assert "Traceback" not in text()
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def a_rollback_is_asked_for_and_approved(page: Page, address: str, shots: Path) -> None:
    page.goto(f"{address}?user=U0ANA&channel=ops-alerts")
    page.fill("#compose", "/filmops status backend")
    page.click("#send")
    expect(page.locator(".message.ephemeral")).to_contain_text("Backend API", timeout=PATIENCE)
    page.screenshot(path=shots / "1-status.png", full_page=True)
    page.fill("#compose", "/filmops rollback backend v1.4.2 logs people out")
    page.click("#send")
    card = page.locator(".message[data-ts]").filter(has_text="R1 rollback backend").first
    approve = page.locator("button[data-action-id='filmops.approve']")
    approve.wait_for()
    page.screenshot(path=shots / "2-plan-as-ana.png", full_page=True)

    page.select_option("#person", "U0BEN")
    approve.click()
    page.wait_for_selector("#confirm-ok")
    page.screenshot(path=shots / "3-confirm-as-ben.png", full_page=True)
    page.click("#confirm-cancel")
    expect(approve).to_be_visible()
    approve.click()
    page.click("#confirm-ok")
    page.locator("button[data-action-id='filmops.pause']").wait_for()
    page.screenshot(path=shots / "4-running.png", full_page=True)
    page.get_by_text("R1 rollback backend: done in").first.wait_for()
    expect(card).to_contain_text("6 of 6 steps done")
    expect(approve).to_have_count(0)
    page.screenshot(path=shots / "5-done.png", full_page=True)


def home_and_the_dialog(page: Page, shots: Path) -> None:
    page.click("#home-tab")
    home = page.locator("#home")
    expect(home).to_contain_text("Your requests", timeout=PATIENCE)
    page.screenshot(path=shots / "6-home.png", full_page=True)
    page.click("button[data-action-id='home.rollback']")
    page.wait_for_selector("#modal[open]")
    expect(page.locator("#modal")).to_contain_text("a second person approves it")
    page.screenshot(path=shots / "7-dialog.png", full_page=True)
    page.fill("#modal textarea", "the other way round")
    page.click("#modal-submit")
    page.wait_for_selector("#modal[open]", state="detached")
    page.click("[data-channel=ops-alerts]")
    page.get_by_text("R2 rollback backend: waiting for 1 approval").first.wait_for()
    page.screenshot(path=shots / "8-both.png", full_page=True)
