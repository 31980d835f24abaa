"""What a run that did not come to its end leaves in the change log, in words that are true."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.run import Run, RunState, StepState
from bot.engine.change import change, part
from tests.deploying import COMMAND, Deploying

pytestmark = pytest.mark.unit


async def stopped(stage: Deploying, turned: RunState | None, *, back_done: bool) -> Run:
    """A deployment whose first traffic step is done, perhaps turned round, perhaps gone back."""
    request = await stage.agreed(COMMAND)
    stage.jobs.waiting.clear()
    await stage.launcher.launch(request.id)
    run = await stage.run(request.id)
    steps = tuple(
        replace(step, state=StepState.DONE, result={"said": "", "change": {"outcome": "aborted"}})
        if (back_done if step.spec.back else step.spec.name == "deploy.traffic")
        else step
        for step in run.steps
    )
    return replace(run, steps=steps, turned=turned)


@pytest.mark.parametrize(
    ("turned", "back_done", "words"),
    [
        (None, False, "Aborted after 2 of 6 changes: Send 100 % of HTTPS:443 default to green;"),
        (RunState.FAILED, True, "Gone back after 2 of 6 changes"),
        (RunState.FAILED, False, "Stopped on the way back after 2 of 6 changes"),
    ],
)
async def test_it_says_how_far_it_came_and_whether_it_went_back(
    turned: RunState | None, back_done: bool, words: str
) -> None:
    stage = Deploying()
    run = await stopped(stage, turned, back_done=back_done)
    entry = part(run, await stage.request(), stage.clock.now())
    assert entry is not None
    assert entry.summary.startswith(words)
    assert entry.detail == {"outcome": "aborted"}


async def test_a_run_that_changed_nothing_leaves_no_line() -> None:
    stage = Deploying()
    run = await stopped(stage, None, back_done=False)
    untouched = replace(run, steps=tuple(replace(s, state=StepState.PENDING) for s in run.steps))
    assert part(untouched, await stage.request(), stage.clock.now()) is None


async def test_one_that_came_to_its_end_has_done_what_its_plan_said() -> None:
    stage = Deploying()
    run = await stopped(stage, None, back_done=False)
    request = await stage.request()
    entry = change(run, request, stage.clock.now())
    assert entry is not None
    assert entry.summary.startswith("Deploy v1.4.3 of Backend API onto green")
    assert entry.before.startswith("green's release: v1.4.1; HTTPS:443 default: blue 100")
    assert entry.approved_by == ("U0BEN",)
    looked = replace(request, plan=replace(request.plan, changes=()))
    assert change(run, looked, stage.clock.now()) is None
