"""A declaration that could not work is refused when it is made."""

import pytest

from bot.domain.message import Message
from bot.domain.plan import Plan
from bot.engine.operation import Context, NoParams, Operation
from bot.topology import Risk
from handlers import OPERATIONS
from tests.stage import Stage

pytestmark = pytest.mark.unit


async def answer(context: Context, params: NoParams) -> Message:
    return Message(text="hello")


async def plan(context: Context, params: NoParams) -> Plan:
    return Plan(operation="x", resource="x", summary="x", steps=())


def test_an_operation_either_answers_or_plans() -> None:
    with pytest.raises(ValueError, match="x: declare either answer or plan"):
        Operation(name="x", summary="X.", risk=Risk.READ)
    with pytest.raises(ValueError, match="x: declare either answer or plan"):
        Operation(name="x", summary="X.", risk=Risk.READ, answer=answer, plan=plan)


def test_a_plan_without_steps_does_nothing_and_is_refused() -> None:
    with pytest.raises(ValueError, match="x: a plan needs steps"):
        Operation(name="x", summary="X.", risk=Risk.CHANGE, plan=plan)


@pytest.mark.parametrize("name", ["", "X", "a b c", "a  b", " a", "a ", "a-b", "a.b", "a\nb"])
def test_a_name_nobody_could_type_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a name is one or two words of small letters"):
        Operation(name=name, summary="X.", risk=Risk.READ, answer=answer)


def test_names_of_operations_and_steps_are_not_used_twice() -> None:
    names = [operation.name for operation in OPERATIONS]
    steps = [step for operation in OPERATIONS for step in operation.steps]
    assert len(names) == len(set(names))
    assert len(steps) == len(set(steps))


async def test_an_operation_is_given_the_moment_it_was_asked_at() -> None:
    stage = Stage()
    context = await stage.context()
    then = stage.clock.now()
    stage.clock.advance(60)
    assert context.now == then
    assert context.topology is stage.topology
