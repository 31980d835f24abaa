"""An approved request that waits for its time can be taken back, by those whom it concerns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.request import Request, RequestState
from bot.engine.approvals import cancel
from bot.engine.reconciler import requeue
from bot.errors import Refused
from tests.stage import ANA, BEN, CHLOE, EVE, NOBODY, Stage

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def waiting(stage: Stage) -> Request:
    """Asked for by Ana, approved by Ben, to begin in three hours."""
    request = await stage.ask()
    later = stage.clock.now().replace(hour=23)
    stage.tables.requests[request.id] = replace(request, plan=replace(request.plan, start_at=later))
    await stage.approve(request.id)
    return await stage.request(request.id)


@pytest.mark.parametrize("who", [ANA, BEN, CHLOE])
async def test_who_asked_and_who_may_decide_may_cancel_it(stage: Stage, who: str) -> None:
    request = await waiting(stage)
    said = await cancel(stage.world, stage.asking(who), request.id)
    assert said == "R1 is cancelled; nothing was done."
    after = await stage.request()
    assert (after.state, after.note) == (RequestState.CANCELLED, f"Cancelled by <@{who}>.")
    last = (await stage.rows())[-1].entry
    assert (last.actor, last.action, last.subject) == (who, "cancel", "R1")


async def test_what_is_cancelled_does_not_begin_when_its_time_comes(stage: Stage) -> None:
    request = await waiting(stage)
    await stage.jobs.launch(request.id, request.plan.resource)
    await cancel(stage.world, stage.asking(ANA), request.id)
    stage.clock.advance(24 * 3600)
    assert await requeue(stage.world) == 0
    await stage.until_quiet()
    assert (await stage.request()).state is RequestState.CANCELLED
    assert await stage.world.store.runs.get(request.id) is None


@pytest.mark.parametrize("who", [EVE, NOBODY])
async def test_nobody_else_may_and_the_attempt_is_written_down(stage: Stage, who: str) -> None:
    request = await waiting(stage)
    with pytest.raises(Refused) as refusal:
        await cancel(stage.world, stage.asking(who), request.id)
    assert refusal.value.code == "not_permitted"
    assert (await stage.request()).state is RequestState.APPROVED
    assert (await stage.actions())[-1] == "cancel.refused"


async def test_one_that_nobody_has_approved_or_that_has_begun_is_not_cancelled(
    stage: Stage,
) -> None:
    request = await stage.ask()
    with pytest.raises(Refused, match=r"R1 is planned: there is nothing to cancel\.") as early:
        await cancel(stage.world, stage.asking(BEN), request.id)
    assert early.value.code == "already_decided"
    await stage.approve(request.id)
    await stage.launcher.launch(request.id)
    with pytest.raises(Refused, match=r"R1 is started: there is nothing to cancel\."):
        await cancel(stage.world, stage.asking(BEN), request.id)
    assert (await stage.run()).id == request.id


async def test_a_late_yes_is_told_that_it_was_cancelled_and_by_whom(stage: Stage) -> None:
    request = await waiting(stage)
    await cancel(stage.world, stage.asking(ANA), request.id)
    with pytest.raises(Refused) as refusal:
        await stage.approve(request.id, CHLOE)
    assert refusal.value.message == "R1 is cancelled already. Cancelled by <@U0ANA>."


async def test_a_number_that_is_no_request_is_told_so(stage: Stage) -> None:
    with pytest.raises(Refused) as refusal:
        await cancel(stage.world, stage.asking(), 9)
    assert refusal.value.code == "unknown_request"
