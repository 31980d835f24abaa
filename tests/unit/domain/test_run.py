from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.plan import StepSpec
from bot.domain.run import Run, RunState, Step, StepState

pytestmark = pytest.mark.unit

AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def run(*states: StepState) -> Run:
    steps = tuple(
        Step(position=place, spec=StepSpec(name=f"s{place}", title=""), state=state)
        for place, state in enumerate(states)
    )
    return Run(
        id=42,
        operation="rollback",
        resource="service/web",
        state=RunState.RUNNING,
        steps=steps,
        started_at=AT,
    )


def test_people_call_it_as_its_request() -> None:
    assert run().name == "R42"


@pytest.mark.parametrize("state", StepState)
def test_the_next_step_is_the_first_that_is_not_done(state: StepState) -> None:
    going = run(StepState.DONE, state, StepState.PENDING)
    expected = 2 if state is StepState.DONE else 1
    assert going.next_step == going.steps[expected]


def test_a_run_whose_steps_are_done_has_no_next() -> None:
    assert run(StepState.DONE, StepState.DONE).next_step is None
    assert run().next_step is None


def test_a_run_owns_its_resource_until_it_has_ended() -> None:
    owning = {state for state in RunState if state.open}
    assert owning == {RunState.RUNNING, RunState.PAUSED, RunState.HELD}
