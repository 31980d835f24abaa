"""Releases and the change log: whatever registries and change logs hold, the message is sound."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.change_log import change_log
from blocks.releases import releases
from bot.domain.change_log import ChangeLog
from bot.domain.live import Missing, Route, Tasks
from bot.domain.release import Image
from bot.domain.releases import Outcome, ReleasesView, Running
from bot.domain.run import ChangeLogEntry
from bot.topology import Colour, load
from tests.unit.blocks import making as m
from tests.unit.blocks.seeing import good, read, texts, unhurried

pytestmark = pytest.mark.unit

TOPOLOGY = load(Path("filmops.toml"))


def route(blue: int, green: int, *, default: bool = True) -> Route:
    return Route(
        arn="arn",
        listener_arn="arn",
        label="HTTPS:443",
        is_default=default,
        weights={Colour.BLUE: blue, Colour.GREEN: green},
        actions=(),
    )


def test_routes_that_differ_are_warned_of() -> None:
    tasks = Tasks(desired=1, running=1, pending=0, task_definition="arn", image="r/backend:v1")
    running = Running(
        routes=(route(100, 0), route(0, 100, default=False)),
        colours={Colour.BLUE: tasks, Colour.GREEN: Missing(reason="denied")},
    )
    view = ReleasesView(images=(), running=running, changes=Missing(reason="slow"), staging=None)
    said = read(good(releases(TOPOLOGY.services["backend"], view)))
    assert "⚠️ 1 route differs: `/filmops status`" in said
    assert "*green* could not be read: denied, 0 % of the traffic" in said
    assert "*Last good:* not known, the change log could not be read: slow" in said


@unhurried
@given(data=st.data())
def test_no_words_break_an_answer(data: st.DataObject) -> None:
    def words() -> str:
        return data.draw(texts)

    def change(run: int) -> ChangeLogEntry:
        return ChangeLogEntry(
            run=run,
            resource=words(),
            operation=words(),
            summary=words(),
            before=words(),
            after=words(),
            asked_by=words(),
            approved_by=(words(), words()),
            at=m.NOW,
            detail={"version": words(), "outcome": data.draw(st.sampled_from(Outcome))},
        )

    many = data.draw(st.integers(0, 25))
    changes = tuple(map(change, range(many)))
    tasks = Tasks(desired=1, running=1, pending=0, task_definition=words(), image=words())
    running = Running(
        routes=(route(100, 0),), colours={Colour.BLUE: tasks, Colour.GREEN: Missing(reason=words())}
    )
    images = tuple(
        Image(uri=words(), tag=words(), digest=words(), pushed_at=m.NOW) for _ in range(20)
    )
    view = ReleasesView(images=images, running=running, changes=changes, staging=("s", running))
    good(releases(TOPOLOGY.services["backend"], view))
    log = ChangeLog(
        service=words(),
        since=m.NOW - timedelta(days=1),
        changes=changes,
        cut=False,
        people={},
        timezone="UTC",
        made_at=m.NOW,
    )
    good(change_log(log, 20))
