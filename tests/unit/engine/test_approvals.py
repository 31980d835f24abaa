"""Every click that decides something: who counts, who is first, and what the others are told."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace

import pytest

from bot.domain.request import Answer, RequestState
from bot.domain.run import Control, RunState
from bot.engine.approvals import decide, expire, resume, steer
from bot.errors import Refused
from bot.topology import Risk, Topology, load
from tests.stage import ANA, BEN, CHLOE, DANA, EVE, NOBODY, SHIPPED, Stage

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> Stage:
    return Stage()


def two_needed() -> Topology:
    topology = load(SHIPPED)
    rule = topology.risks[Risk.CHANGE].model_copy(update={"approvals": 2})
    return topology.model_copy(update={"risks": {**topology.risks, Risk.CHANGE: rule}})


async def refused(click: Awaitable[str], code: str) -> Refused:
    with pytest.raises(Refused) as raised:
        await click
    assert raised.value.code == code
    return raised.value


# --- deciding --------------------------------------------------------------------------------


async def test_a_second_persons_yes_launches_once(stage: Stage) -> None:
    request = await stage.ask()
    said = await stage.approve(request.id)
    assert "Approved. R1" in said
    assert [(job.kind, job.id, job.resource) for job in stage.jobs.waiting] == [
        ("launch", 1, "service/backend")
    ]
    assert (await stage.actions())[-1] == "approve"


async def test_two_are_needed_where_two_are_needed() -> None:
    stage = Stage(topology=two_needed())
    request = await stage.ask()
    assert await stage.approve(request.id, BEN) == "Counted. R1 needs 1 more."
    assert stage.jobs.waiting == []
    await refused(stage.approve(request.id, BEN), "already_approved")
    assert stage.jobs.waiting == []
    assert "Approved." in await stage.approve(request.id, CHLOE)
    assert len(stage.jobs.waiting) == 1


async def test_the_one_who_asked_does_not_count(stage: Stage) -> None:
    request = await stage.ask()
    refusal = await refused(stage.approve(request.id, ANA), "own_request")
    assert "second person" in refusal.message
    row = (await stage.rows())[-1]
    assert (row.entry.action, row.entry.detail) == ("approve.refused", {"code": "own_request"})
    assert (await stage.request()).state is RequestState.PLANNED


@pytest.mark.parametrize("who", [EVE, NOBODY])
@pytest.mark.parametrize("answer", list(Answer))
async def test_whoever_may_not_decide_learns_nothing_and_is_written_down(
    stage: Stage, who: str, answer: Answer
) -> None:
    request = await stage.ask()
    await stage.approve(request.id)
    refusal = await refused(
        decide(stage.world, stage.asking(who), request.id, answer), "not_permitted"
    )
    assert "approved" not in refusal.message
    assert (await stage.actions())[-1] == f"{answer}.refused"


@pytest.mark.parametrize("who", [ANA, BEN, DANA])
async def test_a_no_settles_it_whoever_says_it(stage: Stage, who: str) -> None:
    request = await stage.ask()
    assert "nothing was done" in await stage.reject(request.id, who)
    assert (await stage.request()).state is RequestState.REJECTED
    assert stage.jobs.waiting == []


async def test_the_second_click_is_told_who_was_first(stage: Stage) -> None:
    request = await stage.ask()
    await stage.approve(request.id, BEN)
    late = await refused(stage.approve(request.id, CHLOE), "already_decided")
    assert "<@U0BEN> approved it at 03:00:00 UTC" in late.message
    own_no = await refused(stage.reject(request.id, ANA), "already_decided")
    assert "approved already" in own_no.message


async def test_a_yes_after_a_no_is_told_of_the_no(stage: Stage) -> None:
    request = await stage.ask()
    await stage.reject(request.id, BEN)
    late = await refused(stage.approve(request.id, CHLOE), "already_decided")
    assert "<@U0BEN> rejected it" in late.message
    assert stage.jobs.waiting == []


async def test_a_click_on_what_was_settled_without_anybody_says_how(stage: Stage) -> None:
    request = await stage.ask()
    stage.clock.advance(900)
    await expire(stage.world)
    late = await refused(stage.approve(request.id), "already_decided")
    assert "R1 is expired already. Nobody approved in time." in late.message


async def test_a_yes_too_late_expires_the_request_and_says_how_to_ask_again(
    stage: Stage,
) -> None:
    request = await stage.ask()
    stage.clock.advance(900)
    refusal = await refused(stage.approve(request.id), "expired")
    assert refusal.hint == "/filmops rollback backend"
    assert (await stage.request()).state is RequestState.EXPIRED
    assert stage.jobs.waiting == []


async def test_a_yes_in_the_last_moment_counts(stage: Stage) -> None:
    request = await stage.ask()
    stage.clock.advance(899.999)
    await stage.approve(request.id)
    assert await expire(stage.world) == 0
    assert (await stage.request()).state is RequestState.APPROVED


async def test_what_nobody_approved_expires_once(stage: Stage) -> None:
    await stage.ask()
    stage.clock.advance(899)
    assert await expire(stage.world) == 0
    stage.clock.advance(1)
    assert await expire(stage.world) == 1
    assert await expire(stage.world) == 0
    request = await stage.request()
    assert request.state is RequestState.EXPIRED
    assert "Ask again: /filmops rollback backend" in request.note
    assert (await stage.actions())[-1] == "expire"


async def test_there_is_nothing_to_decide_about_an_unknown_request(stage: Stage) -> None:
    refusal = await refused(stage.approve(99), "unknown_request")
    assert "There is no R99" in refusal.message


# --- steering --------------------------------------------------------------------------------


async def moved(stage: Stage, state: RunState) -> None:
    """The backend's run, put into a state."""
    run = await stage.started()
    stage.jobs.waiting.clear()
    stage.tables.runs[run.id] = replace(run, state=state)


OPEN = [RunState.RUNNING, RunState.PAUSED, RunState.HELD]
ENDED = [RunState.SUCCEEDED, RunState.FAILED, RunState.ABORTED]


@pytest.mark.parametrize("control", [Control.PAUSE, Control.ABORT])
async def test_a_running_run_is_steered_with_a_job_for_now(stage: Stage, control: Control) -> None:
    await moved(stage, RunState.RUNNING)
    said = await steer(stage.world, stage.asking(BEN), 1, control)
    assert said == f"R1 will {control} before its next call."
    assert (await stage.run()).control is control
    (job,) = stage.jobs.waiting
    assert (job.position, job.attempt, job.at) == (0, 0, None)
    assert (await stage.actions())[-1] == f"run.{control}"


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.HELD])
async def test_a_run_that_stands_still_is_aborted_at_once(stage: Stage, state: RunState) -> None:
    await moved(stage, state)
    said = await steer(stage.world, stage.asking(BEN), 1, Control.ABORT)
    assert said == "R1 is aborted; what was done stays done."
    assert (await stage.run()).state is RunState.ABORTED
    assert stage.jobs.waiting == []


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.HELD])
async def test_a_run_that_stands_still_goes_on_from_where_it_stands(
    stage: Stage, state: RunState
) -> None:
    await moved(stage, state)
    assert await resume(stage.world, stage.asking(BEN), 1) == "R1 goes on."
    run = await stage.run()
    assert (run.state, run.control, run.note) == (
        RunState.RUNNING,
        Control.NONE,
        "Resumed by <@U0BEN>.",
    )
    assert len(stage.jobs.waiting) == 1


@pytest.mark.parametrize(
    ("state", "control"),
    [
        (RunState.PAUSED, Control.PAUSE),
        (RunState.HELD, Control.PAUSE),
        *((state, control) for state in ENDED for control in (Control.PAUSE, Control.ABORT)),
    ],
)
async def test_what_cannot_be_done_to_a_run_says_how_it_stands(
    stage: Stage, state: RunState, control: Control
) -> None:
    await moved(stage, state)
    refusal = await refused(steer(stage.world, stage.asking(BEN), 1, control), "already_decided")
    assert f"R1 is {state}" in refusal.message
    assert refusal.hint == "/filmops show R1"
    assert stage.jobs.waiting == []


@pytest.mark.parametrize("state", [RunState.RUNNING, *ENDED])
async def test_only_what_stands_still_can_be_resumed(stage: Stage, state: RunState) -> None:
    await moved(stage, state)
    await refused(resume(stage.world, stage.asking(BEN), 1), "already_decided")


@pytest.mark.parametrize("state", OPEN)
async def test_the_one_who_asked_may_stop_what_they_asked_for(
    stage: Stage, state: RunState
) -> None:
    await moved(stage, state)
    assert await steer(stage.world, stage.asking(ANA), 1, Control.ABORT)


@pytest.mark.parametrize("who", [EVE, NOBODY])
async def test_whoever_may_not_steer_is_refused_and_written_down(stage: Stage, who: str) -> None:
    await moved(stage, RunState.RUNNING)
    await refused(steer(stage.world, stage.asking(who), 1, Control.ABORT), "not_permitted")
    await refused(resume(stage.world, stage.asking(who), 1), "not_permitted")
    assert (await stage.actions())[-2:] == ["steer.refused", "steer.refused"]
    assert (await stage.run()).control is Control.NONE


async def test_there_is_nothing_to_steer_before_the_start(stage: Stage) -> None:
    await stage.ask()
    await refused(steer(stage.world, stage.asking(BEN), 1, Control.PAUSE), "unknown_request")
    await refused(resume(stage.world, stage.asking(BEN), 7), "unknown_request")


async def test_a_run_of_which_every_step_is_done_is_steered_without_a_job(stage: Stage) -> None:
    await moved(stage, RunState.PAUSED)
    stage.tables.runs[1] = replace(stage.tables.runs[1], steps=())
    assert await resume(stage.world, stage.asking(BEN), 1)
    assert await steer(stage.world, stage.asking(BEN), 1, Control.PAUSE)
    assert stage.jobs.waiting == []
