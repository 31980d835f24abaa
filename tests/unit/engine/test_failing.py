"""A failed deployment leaves its service frozen until somebody says why it may go on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.lock import Lock
from bot.domain.message import Message
from bot.domain.reasons import Reason
from bot.domain.run import Run
from bot.engine.dispatch import Asked, Blocked
from bot.engine.failing import freeze_failed
from bot.engine.operation import Operation
from bot.errors import Refused
from bot.topology import Risk, load
from handlers import OPERATIONS
from handlers.rollback import RollbackParams, plan
from handlers.rollback.steps import STEPS
from tests.stage import ANA, BEN, CHLOE, EVE, SHIPPED, Stage, codes
from tests.unit.blocks.seeing import good, read

pytestmark = pytest.mark.unit

SHIFT = Operation(
    name="shift",
    summary="A change that is no rollback.",
    risk=Risk.CHANGE,
    params=RollbackParams,
    plan=plan,
    steps=STEPS,
)


@pytest.fixture
def stage() -> Stage:
    return Stage(operations=(*OPERATIONS, SHIFT))


async def failed(stage: Stage) -> Run:
    """R1 has failed and its service is frozen."""
    run = await stage.started()
    stage.tables.runs.clear()
    await freeze_failed(stage.world, "backend", run=run, reason="the smoke test said 500")
    return run


async def held(stage: Stage) -> tuple[Lock, ...]:
    return await stage.world.store.locks.held(stage.clock.now())


async def shown(stage: Stage, text: str, who: str = ANA) -> str:
    answer = await stage.type(text, who)
    assert isinstance(answer, Message), answer
    return read(good(answer))


async def test_it_has_no_end_and_stops_every_change_but_a_rollback(stage: Stage) -> None:
    await failed(stage)
    stage.clock.advance(400 * 86_400)
    (lock,) = await held(stage)
    assert (lock.standing, lock.owner, lock.resource) == (True, "filmops", "service/backend")
    blocked = await stage.type("shift backend")
    assert codes(blocked) == ["frozen"]
    assert isinstance(await stage.type("rollback backend"), Asked)


async def test_what_became_of_the_run_is_said_to_who_comes_next(stage: Stage) -> None:
    run = await stage.started()
    came = {"reason": "v1.4.3 was rolled back", "came_to": "was aborted"}
    await freeze_failed(stage.world, "backend", run=run, **came)
    assert [lock.reason for lock in await held(stage)] == ["R1 was aborted: v1.4.3 was rolled back"]


async def test_no_message_speaks_of_a_date(stage: Stage) -> None:
    run = await failed(stage)
    blocked = await stage.type("shift backend")
    assert isinstance(blocked, Blocked)
    words = read(stage.world.voice.refused(blocked.obstacles))
    assert "backend is frozen by filmops until somebody unfreezes it: R1 failed: the smoke" in words
    assert "To clear it: `/filmops unfreeze backend REASON…`" in words
    assert "freeze on backend by filmops until somebody unfreezes it: R1 failed" in await shown(
        stage, "status"
    )
    with pytest.raises(Refused) as again:
        await stage.type("freeze backend me too")
    assert "frozen already by filmops until somebody unfreezes it" in again.value.message
    notes = [row.note for row in stage.tables.notes.values()]
    assert [(note.subject, "9999" in note.message.text) for note in notes] == [(run.name, False)]
    assert "/filmops unfreeze backend REASON…" in notes[0].message.text


async def test_it_is_ended_with_a_reason_which_is_said_and_audited(stage: Stage) -> None:
    await failed(stage)
    with pytest.raises(Refused) as refused:
        await stage.type("unfreeze backend", BEN)
    assert refused.value.code == Reason.REASON_MISSING
    assert refused.value.hint == "/filmops unfreeze backend REASON…"
    words = await shown(stage, "unfreeze backend the fix is merged", BEN)
    assert "<@U0BEN> ended the freeze that filmops took" in words
    assert "*Why it may be changed again:* the fix is merged" in words
    assert await held(stage) == ()
    entry = (await stage.rows())[-1].entry
    assert (entry.actor, entry.action, entry.detail["why"]) == (
        BEN,
        "unfreeze",
        "the fix is merged",
    )


async def test_who_may_approve_no_change_may_not_end_it(stage: Stage) -> None:
    await failed(stage)
    blocked = await stage.type("unfreeze backend because", EVE)
    assert codes(blocked) == ["not_permitted"]
    assert len(await held(stage)) == 1


async def test_where_leads_approve_changes_an_engineer_may_not_end_it() -> None:
    topology = load(SHIPPED)
    rule = topology.risks[Risk.CHANGE].model_copy(update={"approve": ("lead", "cto")})
    risks = {**topology.risks, Risk.CHANGE: rule}
    stage = Stage(topology=topology.model_copy(update={"risks": risks}))
    request = await stage.ask()
    await stage.approve(request.id, CHLOE)
    await stage.launcher.launch(request.id)
    run = await stage.run()
    await freeze_failed(stage.world, "backend", run=run, reason="the smoke test said 500")
    with pytest.raises(Refused, match="backend is frozen by filmops; only lead or cto may end it"):
        await stage.type("unfreeze backend because", BEN)
    await stage.type("unfreeze backend because", CHLOE)
    assert await held(stage) == ()


async def test_asked_again_for_the_same_run_it_does_nothing_even_once_unfrozen(
    stage: Stage,
) -> None:
    run = await failed(stage)
    await freeze_failed(stage.world, "backend", run=run, reason="again")
    assert [lock.reason for lock in await held(stage)] == ["R1 failed: the smoke test said 500"]
    assert (await stage.actions()).count("freeze") == 1
    await stage.type("unfreeze backend it works now", CHLOE)
    await freeze_failed(stage.world, "backend", run=run, reason="a late repetition")
    assert await held(stage) == ()


async def test_a_person_s_freeze_is_left_as_it_is_and_is_enough(stage: Stage) -> None:
    run = await stage.started()
    await stage.type("freeze backend premiere", CHLOE)
    await freeze_failed(stage.world, "backend", run=run, reason="the smoke test said 500")
    (lock,) = await held(stage)
    assert (lock.owner, lock.standing) == (CHLOE, False)
    assert lock.expires_at == stage.clock.now() + timedelta(hours=4)
    (row,) = stage.tables.notes.values()
    assert "frozen by a person already" in row.note.message.text


async def test_a_freeze_of_a_person_needs_no_reason_but_may_have_one(stage: Stage) -> None:
    await stage.type("freeze backend premiere")
    assert "no longer frozen" in await shown(stage, "unfreeze backend it is over")
    await stage.type("freeze backend premiere")
    assert "Why it may be changed" not in await shown(stage, "unfreeze backend")
    assert await held(stage) == ()
