"""`history`, as a person is answered: shown, as a file, and where no file may be."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.message import Message
from bot.domain.run import ChangeLogEntry
from bot.engine import change_log
from bot.errors import OperationFailed
from tests.stage import EVE, Stage
from tests.unit.blocks.seeing import good, read

pytestmark = pytest.mark.unit

DETAIL = {"version": "v1.4.3", "outcome": "rolled_back"}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def changed(stage: Stage, run: int, days_ago: float = 0, **more: Any) -> None:
    """A line of the change log; the newest last."""
    line = ChangeLogEntry(
        run=run,
        resource="service/backend",
        operation="rollback",
        summary="Moved.",
        before="blue 100, password=hunter2",
        after="green 100",
        asked_by="U0ANA",
        approved_by=("U0BEN",),
        at=stage.clock.now() - timedelta(days=days_ago),
    )
    stage.tables.changes.append(replace(line, **more))


async def answer(stage: Stage, text: str) -> Message:
    found = await stage.type(text, EVE)
    assert isinstance(found, Message)
    return good(found)


async def test_the_newest_are_shown_with_who_approved_and_where_the_rest_is(stage: Stage) -> None:
    for run in range(25):
        changed(stage, run)
    changed(stage, 99, detail=DETAIL)
    shown = await answer(stage, "history backend")
    assert shown.text.startswith("Change log of backend: 26 changes since ")
    said = read(shown)
    assert "*R99 rollback backend* v1.4.3 rolled back: blue 100, " in said
    assert "→ green 100, asked by <@U0ANA>, approved by <@U0BEN>" in said
    assert said.count("rollback backend") == 20
    assert "The newest 20 changes, 6 more since" in said
    assert "`/filmops history backend --format markdown`" in said
    assert "hunter2" not in said


async def test_of_one_service_and_since_a_time(stage: Stage) -> None:
    changed(stage, 1, days_ago=100)
    changed(stage, 2, days_ago=20)
    changed(stage, 3, days_ago=1, resource="service/backend-staging")
    assert "R2 " in read(await answer(stage, "history backend"))
    assert "R1 " not in read(await answer(stage, "history"))
    assert "R1 " in read(await answer(stage, "history --since 101d"))
    assert "Nothing was changed." in read(await answer(stage, "history backend --since 2d"))
    assert "R3 rollback backend-staging" in read(await answer(stage, "history --since 2d"))


@pytest.mark.parametrize(("written", "ending"), [("json", "json"), ("Markdown", "md")])
async def test_the_whole_is_a_file_in_the_channel(stage: Stage, written: str, ending: str) -> None:
    for run in range(25):
        changed(stage, run)
    said = read(await answer(stage, f"history backend --format {written}"))
    name = f"change-log-backend-{stage.clock.now():%Y-%m-%d}.{ending}"
    assert said == f"The change log of backend is in #ops-alerts, as `{name}`."
    (file,) = stage.chat.files
    assert (file.channel, file.thread, file.title) == ("ops-alerts", None, "Change log of backend")
    content = file.content.decode()
    assert content.count("green 100") == 25
    assert "hunter2" not in content
    assert (written == "json") == content.startswith("{")


async def test_an_app_that_may_not_upload_shows_it_to_who_asked(stage: Stage) -> None:
    changed(stage, 7)
    stage.chat.fail("upload", OperationFailed("missing scope", code="missing_scope", hint="Add it"))
    said = read(await answer(stage, "history --format json"))
    assert "The change log of everything could not be uploaded (missing scope. Add it): " in said
    assert '"run": "R7"' in said


async def test_more_than_is_read_is_said_in_the_file(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_log, "MOST", 2)
    for run in range(3):
        changed(stage, run)
    await answer(stage, "history --format json")
    shape = json.loads(stage.chat.files[0].content)
    assert ([one["run"] for one in shape["changes"]], shape["cut"]) == (["R2", "R1"], True)
