"""A report is gathered from what the store knows of the incident, its service and its time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.report_markdown import markdown
from bot.domain.run import ChangeLogEntry, RunState
from bot.engine import incidents, reporting
from bot.engine.reporting import gather
from bot.errors import Refused
from tests.ladder import Ladder
from tests.stage import ANA, BEN

pytestmark = pytest.mark.unit


@pytest.fixture
def ladder() -> Ladder:
    return Ladder()


def changed(ladder: Ladder, ago: float, *, resource: str = "service/backend", run: int = 1) -> None:
    """Something was changed `ago` minutes before now."""
    ladder.tables.changes.append(
        ChangeLogEntry(
            run=run,
            resource=resource,
            operation="rollback",
            summary="Moved.",
            before="blue",
            after="green",
            asked_by=ANA,
            approved_by=(BEN,),
            at=ladder.clock.now() - timedelta(minutes=ago),
        )
    )


async def test_it_has_the_timeline_the_pages_and_who_is_who(ladder: Ladder) -> None:
    await ladder.alert(service="backend")
    await ladder.pass_time(minutes=16)
    await incidents.acknowledge(ladder.world, 1, ANA, via="Slack")
    await incidents.resolve(ladder.world, 1, ANA, via="Slack")
    report = await gather(ladder.world, 1)
    assert report.service_title == "Backend API"
    assert report.levels == ("On-call engineer", "Engineering lead", "CTO")
    assert report.to_acknowledge == timedelta(minutes=16)
    text = markdown(report)
    assert "- Level 2 (Engineering lead), due " in text
    assert "Acknowledged by Ana Okafor (Slack)." in text


async def test_changes_of_its_service_from_an_hour_before_to_its_end_are_in_it(
    ladder: Ladder,
) -> None:
    changed(ladder, 61, run=1)
    changed(ladder, 59, run=2)
    changed(ladder, 5, run=3, resource="service/backend-staging")
    await ladder.alert(service="backend")
    ladder.clock.advance(60)
    changed(ladder, 0, run=4)
    assert [one.run for one in (await gather(ladder.world, 1)).changes] == [2, 4]
    await incidents.resolve(ladder.world, 1, ANA, via="Slack")
    ladder.clock.advance(60)
    changed(ladder, 0, run=5)
    assert [one.run for one in (await gather(ladder.world, 1)).changes] == [2, 4]


async def test_of_an_unknown_service_every_change_may_matter(ladder: Ladder) -> None:
    changed(ladder, 5, resource="service/backend-staging")
    await ladder.alert()
    assert len((await gather(ladder.world, 1)).changes) == 1


async def test_runs_under_way_during_it_are_in_it_with_their_result(ladder: Ladder) -> None:
    run = await ladder.started()
    ladder.tables.runs[run.id] = replace(
        run, state=RunState.ABORTED, ended_at=ladder.clock.now(), note="token=abc was wrong"
    )
    ladder.clock.advance(60)
    await ladder.alert()
    assert (await gather(ladder.world, 1)).runs == ()
    ladder.tables.runs[run.id] = replace(ladder.tables.runs[run.id], ended_at=ladder.clock.now())
    (found,) = (await gather(ladder.world, 1)).runs
    assert (found.state, found.note) == (RunState.ABORTED, "[redacted] was wrong")


async def test_secrets_people_typed_are_taken_out(ladder: Ladder) -> None:
    await ladder.alert("password=hunter2 fails")
    await incidents.note(ladder.world, 1, ANA, "it is xoxb-1-2-3 now")
    text = markdown(await gather(ladder.world, 1))
    assert "hunter2" not in text
    assert "xoxb-1" not in text
    assert "[redacted]" in text


async def test_logs_longer_than_what_is_read_are_said_to_be_cut(
    ladder: Ladder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "MOST", 2)
    for run in (1, 2, 3):
        changed(ladder, 5, run=run)
    await ladder.alert(service="backend")
    assert (await gather(ladder.world, 1)).cut
    ladder.tables.changes.clear()
    assert not (await gather(ladder.world, 1)).cut


async def test_a_number_nobody_has_is_refused(ladder: Ladder) -> None:
    with pytest.raises(Refused, match="There is no incident I9"):
        await gather(ladder.world, 9)
