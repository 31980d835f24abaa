"""Maintenance windows hold pages back, and let them go at their end or before it."""

from dataclasses import replace

import pytest

from bot.domain.incident import IncidentState, Source, Why
from bot.domain.lock import LockKind
from bot.domain.reasons import Reason
from bot.domain.run import RunState
from bot.engine.holding import release
from bot.engine.maintenance import end_failed, let_go
from bot.engine.opening import Report, report
from bot.engine.reconciler import tick
from bot.errors import OperationFailed, Refused, UserError
from bot.topology import Severity
from tests.ladder import Ladder
from tests.stage import ANA, BEN, CHLOE, said

pytestmark = pytest.mark.unit

START = "maintenance start backend 2h new disks"


@pytest.fixture
def stage() -> Ladder:
    return Ladder()


async def alarm(stage: Ladder, **about: object) -> None:
    """CloudWatch tells of the backend, unless `about` says otherwise."""
    told = Report(
        title="errors",
        severity=Severity.P1,
        source=Source.CLOUDWATCH,
        fingerprint="alarm:errors",
        by="CloudWatch",
        service="backend",
    )
    await report(stage.world, replace(told, **about))  # type: ignore[arg-type]


async def test_an_alert_in_the_window_opens_an_incident_that_pages_at_its_end(
    stage: Ladder,
) -> None:
    answer = await stage.type(START)
    assert "backend is in maintenance by <@U0ANA> until" in said(answer)
    await alarm(stage)
    await stage.pass_time(minutes=119)
    held = await stage.incident()
    assert (held.state, held.resume_why, held.resume_note) == (
        IncidentState.OPEN,
        Why.MAINTENANCE,
        "new disks",
    )
    assert stage.pager.pages == []
    await stage.pass_time(minutes=2)
    assert [page.level for page in stage.pager.pages] == [1]
    assert "maintenance window is over" in await stage.told()


async def test_other_services_page_and_so_does_a_p1_declared_by_hand(
    stage: Ladder,
) -> None:
    await stage.type(START)
    await alarm(stage, service="backend-staging", fingerprint="other")
    await alarm(stage, source=Source.HAND, fingerprint="hand", by=ANA)
    await alarm(stage, source=Source.HAND, fingerprint="hand 2", by=ANA, severity=Severity.P2)
    await stage.pass_time(minutes=1)
    assert len(stage.pager.pages) == 2
    assert (await stage.incident(3)).resume_why is Why.MAINTENANCE


async def test_anybody_who_sees_it_go_wrong_ends_it_and_what_is_open_pages(
    stage: Ladder,
) -> None:
    await stage.type(START)
    await alarm(stage)
    await stage.pass_time(minutes=10)
    answer = await stage.type("maintenance end backend", BEN)
    assert "backend is no longer in maintenance. I1 had waited for it" in said(answer)
    await stage.pass_time(minutes=1)
    assert [page.level for page in stage.pager.pages] == [1]
    with pytest.raises(Refused, match="backend is not in maintenance"):
        await stage.type("maintenance end backend", BEN)


async def test_a_window_is_not_prolonged(stage: Ladder) -> None:
    await stage.type(START)
    with pytest.raises(Refused, match="backend is in maintenance already by <@U0ANA>") as refused:
        await stage.type("maintenance start backend 4h more disks", CHLOE)
    assert refused.value.code == Reason.IN_MAINTENANCE
    assert refused.value.hint == "/filmops maintenance end backend"


async def test_a_window_stops_no_change(stage: Ladder) -> None:
    await stage.type(START, CHLOE)
    assert (await stage.ask("rollback backend", ANA)).id == 1


async def test_a_run_that_comes_to_be_held_in_it_ends_it_within_a_tick(
    stage: Ladder,
) -> None:
    await stage.started()
    await stage.type(START)
    await alarm(stage)
    assert await end_failed(stage.world) == 0
    stage.clock.advance(60)
    stage.production.fail("traffic.set_weights", OperationFailed("denied"))
    await stage.until_quiet()
    assert (await stage.run()).state is RunState.HELD
    await tick(stage.world)
    assert await stage.world.store.locks.held(stage.clock.now()) == ()
    (note,) = [n for n in stage.tables.notes.values() if n.note.key.startswith("maintenance:")]
    assert note.note.message.text == (
        "The maintenance window of backend ended early, because R1 is held. "
        "I1 had waited for it: the ladder is climbed now."
    )
    await stage.pass_time(minutes=1)
    assert "[P1] I1 errors" in [page.summary for page in stage.pager.pages]
    # What held the run before is no reason to end the window in which it is mended.
    await stage.type(START)
    stage.clock.advance(60)
    assert await end_failed(stage.world) == 0


async def test_what_was_held_at_the_very_moment_of_the_end_is_let_go_by_the_clock(
    stage: Ladder,
) -> None:
    await stage.type(START)
    await alarm(stage)
    assert await let_go(stage.world) == ()
    context = await stage.context(BEN)
    await release(context, LockKind.MAINTENANCE, "backend")  # and the process dies here
    assert [incident.name for incident in await let_go(stage.world)] == ["I1"]
    assert await let_go(stage.world) == ()
    await stage.pass_time(minutes=1)
    assert [page.level for page in stage.pager.pages] == [1]


async def test_a_day_is_the_longest_window(stage: Ladder) -> None:
    with pytest.raises(UserError, match="1d is the longest"):
        await stage.type("maintenance start backend 25h new disks")
