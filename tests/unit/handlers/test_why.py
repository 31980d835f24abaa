"""What a command would need and what blocks it, told without asking anybody."""

from __future__ import annotations

import pytest

from bot.domain.message import Message
from bot.engine.dispatch import Blocked
from bot.errors import Temporary, UserError
from bot.topology import Colour
from tests.stage import BEN, EVE, NOBODY, Stage
from tests.unit.blocks.seeing import good, read

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def told(stage: Stage, command: str, who: str = BEN) -> str:
    answer = await stage.type(f"why {command}", who)
    assert isinstance(answer, Message)
    return read(good(answer))


async def test_a_free_way_tells_who_must_agree(stage: Stage) -> None:
    words = await told(stage, "rollback backend")
    assert "Move all traffic of Backend API" in words
    assert "engineer" in words
    assert stage.tables.requests == {}
    assert stage.production.effects == []


async def test_every_obstacle_is_told_at_once(stage: Stage) -> None:
    await stage.started()
    words = await told(stage, "rollback backend", EVE)
    assert "you are auditor" in words
    assert "R1 (rollback) is running" in words


async def test_a_plan_that_must_not_be_is_told_with_its_reason(stage: Stage) -> None:
    stage.production.set_weights("backend", {Colour.BLUE: 50, Colour.GREEN: 50})
    words = await told(stage, "rollback backend")
    assert "neither colour is the live one" in words
    assert "/filmops rollback backend --to" in words


async def test_what_cannot_be_read_blocks(stage: Stage) -> None:
    stage.production.fail("traffic.routes", Temporary("throttled"))
    assert "Unknown means blocked" in await told(stage, "rollback backend")


async def test_what_only_answers_has_nothing_in_its_way(stage: Stage) -> None:
    assert "Nothing is in the way" in await told(stage, "status backend")


async def test_what_somebody_may_not_ask_for_is_said_of_answers_too(stage: Stage) -> None:
    assert "you are auditor" in await told(stage, "lock backend because", EVE)


async def test_a_mistyped_command_is_the_same_mistake_as_without_why(stage: Stage) -> None:
    for command in ("rolback", "rollback backnd"):
        with pytest.raises(UserError, match="Did you mean"):
            await told(stage, command)
    with pytest.raises(UserError, match="why needs COMMAND"):
        await told(stage, "")


async def test_a_stranger_is_told_nothing(stage: Stage) -> None:
    assert isinstance(await stage.type("why rollback backend", NOBODY), Blocked)
    assert stage.production.calls == []


async def test_wondering_why_one_wonders_is_answered(stage: Stage) -> None:
    assert "Nothing is in the way" in await told(stage, "why why rollback backend")
