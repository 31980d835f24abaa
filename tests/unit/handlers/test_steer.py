"""The card's Pause, Resume and Abort."""

import pytest

from blocks import ids
from bot.domain.run import RunState
from handlers.steer import ACTIONS
from tests.stage import BEN, Stage, said

pytestmark = pytest.mark.unit


async def pressed(stage: Stage, action: str) -> str:
    return said(await ACTIONS[action](stage.counter, stage.click(action, "1", BEN)))


async def test_a_run_is_paused_resumed_and_aborted() -> None:
    stage = Stage()
    stage.traffic()
    await stage.started()
    assert await pressed(stage, ids.PAUSE) == "R1 will pause before its next call."
    await stage.jobs.drain()
    assert (await stage.run()).state is RunState.PAUSED
    assert stage.production.effects == []
    assert await pressed(stage, ids.RESUME) == "R1 goes on."
    await stage.jobs.drain()
    assert len(stage.production.effects) == 2
    assert await pressed(stage, ids.ABORT) == "R1 will abort before its next call."
    await stage.jobs.drain()
    assert (await stage.run()).state is RunState.ABORTED
    assert len(stage.production.effects) == 2


async def test_a_paused_run_can_be_aborted_at_once() -> None:
    stage = Stage()
    await stage.started()
    await pressed(stage, ids.PAUSE)
    await stage.jobs.drain()
    assert "is aborted" in await pressed(stage, ids.ABORT)
    assert (await stage.run()).state is RunState.ABORTED
