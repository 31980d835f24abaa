"""What should be moving is made to move, and a held run is an incident while it is held."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.adapters.memory.jobs import MemoryJobs
from bot.domain.incident import IncidentState, Source
from bot.domain.request import RequestState
from bot.domain.run import RunState
from bot.engine.approvals import resume
from bot.engine.incidents import acknowledge, resolve
from bot.engine.reconciler import page_held, remind, requeue, tick
from bot.errors import Temporary
from bot.topology import Colour, Severity
from tests.stage import BEN, Stage

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def held(stage: Stage) -> None:
    """R1 at its first step: green has broken since the launch."""
    run = await stage.started()
    targets = stage.production.targets["backend", Colour.GREEN]
    stage.production.targets["backend", Colour.GREEN] = replace(targets, healthy=0, unhealthy=3)
    await stage.world.jobs.step(run.id, 0, 0, run.resource)
    await stage.jobs.drain()
    assert (await stage.run()).state is RunState.HELD


async def notes(stage: Stage) -> list[str]:
    """What the thread of the card says."""
    for _ in range(5):
        await stage.publisher.publish()
        stage.clock.advance(2)
    card = next(m for m in stage.chat.messages("ops-alerts") if "R1 rollback" in m.message.text)
    return [said.message.text for said in stage.chat.messages("ops-alerts", thread=card.ts)]


# --- lost jobs -------------------------------------------------------------------------------


async def test_an_approved_request_without_a_job_is_launched(stage: Stage) -> None:
    request = await stage.ask()
    await stage.approve(request.id)
    stage.jobs.waiting.clear()
    assert await requeue(stage.world) == 1
    assert await requeue(stage.world) == 0
    await stage.until_quiet()
    assert (await stage.request()).state is RequestState.STARTED


async def test_a_request_that_waits_for_people_needs_no_job(stage: Stage) -> None:
    await stage.ask()
    assert await requeue(stage.world) == 0


async def test_a_running_run_without_a_job_gets_the_one_it_needs(stage: Stage) -> None:
    await stage.started()
    stage.jobs.waiting.clear()
    assert await requeue(stage.world) == 1
    assert [(j.kind, j.position, j.attempt) for j in stage.jobs.waiting] == [("step", 0, 0)]


async def test_a_run_done_with_all_its_steps_is_brought_to_its_end(stage: Stage) -> None:
    run = await stage.started()
    stage.tables.runs[run.id] = replace(run, steps=())
    stage.jobs.waiting.clear()
    assert await requeue(stage.world) == 1
    await stage.jobs.drain()
    assert (await stage.run()).state is RunState.SUCCEEDED


@pytest.mark.parametrize("lost_every", [1, 2, 3])
async def test_a_run_reaches_its_end_however_many_jobs_are_lost(
    stage: Stage, lost_every: int
) -> None:
    run = await stage.started()
    stage.traffic()
    await stage.world.jobs.step(run.id, 0, 0, run.resource)
    for turn in range(400):
        if turn % lost_every == 0:
            stage.jobs.waiting.clear()
        await requeue(stage.world)
        job = stage.jobs._next()
        if job is not None:
            stage.jobs.waiting.remove(job)
            await stage.runner.carry(job.id, job.position, job.attempt)
        stage.clock.advance(2)
        if not (await stage.run()).state.open:
            break
    assert (await stage.run()).state is RunState.SUCCEEDED
    assert len(stage.effects()) == 2


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.HELD])
async def test_a_run_that_stands_still_is_left_to_people(stage: Stage, state: RunState) -> None:
    run = await stage.started()
    stage.tables.runs[run.id] = replace(run, state=state)
    stage.jobs.waiting.clear()
    assert await requeue(stage.world) == 0


# --- held runs -------------------------------------------------------------------------------


async def test_a_held_run_is_one_incident_that_pages(stage: Stage) -> None:
    await held(stage)
    assert await page_held(stage.world) == 1
    assert await page_held(stage.world) == 0
    (incident,) = await stage.world.store.incidents.unresolved()
    assert incident.title == "R1 (rollback of service/backend) is held"
    assert (incident.severity, incident.service) == (Severity.P2, "backend")
    assert (incident.source, incident.fingerprint) == (Source.FILMOPS, "held:R1:0:1")
    told = [line.text for line in await stage.world.store.incidents.timeline(incident.id)]
    assert "no traffic was moved onto it" in told[1]
    assert "/filmops show R1, then Resume or Abort" in told[1]
    await stage.escalate()
    (page,) = stage.pager.pages
    assert (page.level, page.rang) == (1, "Ana")
    assert page.summary == "[P2] I1 R1 (rollback of service/backend) is held"
    assert await notes(stage) == ["R1 is held: I1 pages for it until somebody acknowledges."]


async def test_a_run_held_again_is_another_incident_and_the_first_is_over(stage: Stage) -> None:
    await held(stage)
    await page_held(stage.world)
    await resume(stage.world, stage.asking(BEN), 1)
    await stage.jobs.drain()
    assert (await stage.run()).state is RunState.HELD
    assert await page_held(stage.world) == 1
    (incident,) = await stage.world.store.incidents.unresolved()
    assert (incident.id, incident.fingerprint) == (2, "held:R1:0:2")


async def test_a_run_that_goes_on_ends_its_incident_and_an_acknowledged_one_too(
    stage: Stage,
) -> None:
    await held(stage)
    await page_held(stage.world)
    await acknowledge(stage.world, 1, BEN, via="Slack")
    stage.tables.runs[1] = replace(await stage.run(), state=RunState.ABORTED)
    assert await page_held(stage.world) == 0
    incident = await stage.world.store.incidents.get(1)
    assert incident is not None
    assert (incident.state, incident.resolved_by) == (IncidentState.RESOLVED, "filmops")
    last = (await stage.world.store.incidents.timeline(1))[-1]
    assert last.text == "Resolved by filmops (FilmOps). R1 is not held as it was then any more."


async def test_somebody_who_resolves_it_while_the_run_is_held_is_not_paged_again(
    stage: Stage,
) -> None:
    await held(stage)
    await page_held(stage.world)
    await resolve(stage.world, 1, BEN, via="Slack")
    assert await page_held(stage.world) == 0
    assert await stage.world.store.incidents.unresolved() == ()


async def test_a_page_does_not_wait_for_slack(stage: Stage) -> None:
    for method in ("post", "find", "update"):
        stage.chat.fail(method, Temporary("away"), times=99)
    await held(stage)
    await stage.publisher.publish()
    assert await page_held(stage.world) == 1
    await stage.escalate()
    assert len(stage.pager.pages) == 1


@pytest.mark.parametrize("state", [s for s in RunState if s is not RunState.HELD])
async def test_only_held_runs_are_incidents(stage: Stage, state: RunState) -> None:
    run = await stage.started()
    stage.tables.runs[run.id] = replace(run, state=state)
    assert await page_held(stage.world) == 0


async def test_a_held_run_of_no_steps_is_one_too(stage: Stage) -> None:
    run = await stage.started()
    stage.tables.runs[run.id] = replace(run, steps=(), state=RunState.HELD)
    assert await page_held(stage.world) == 1
    (incident,) = await stage.world.store.incidents.unresolved()
    assert incident.fingerprint == "held:R1:0:0"


# --- people ----------------------------------------------------------------------------------


async def test_a_late_approval_is_asked_for_once_more_and_once_only(stage: Stage) -> None:
    await stage.ask()
    stage.clock.advance(299)
    assert await remind(stage.world) == 0
    stage.clock.advance(1)
    assert await remind(stage.world) == 1
    assert await remind(stage.world) == 0
    (note,) = await notes(stage)
    assert "R1" in note


async def test_what_is_decided_is_not_asked_for_again(stage: Stage) -> None:
    request = await stage.ask()
    await stage.reject(request.id)
    stage.clock.advance(301)
    assert await remind(stage.world) == 0


# --- all of it -------------------------------------------------------------------------------


async def test_a_tick_moves_everything_that_is_due(stage: Stage) -> None:
    await held(stage)
    old = await stage.ask("rollback backend-staging old")
    stage.clock.advance(900)
    late = await stage.ask("rollback backend-staging late")
    stage.clock.advance(300)
    ready = await stage.ask("rollback backend-staging ready")
    await stage.approve(ready.id)
    stage.jobs.waiting.clear()
    await tick(stage.world)
    assert (await stage.request(old.id)).state is RequestState.EXPIRED
    assert f"reminder:{late.id}" in stage.tables.notes
    assert [(job.kind, job.id) for job in stage.jobs.waiting] == [("launch", ready.id)]
    assert len(await stage.world.store.incidents.unresolved()) == 1


async def test_a_queue_that_does_not_answer_keeps_nobody_from_being_paged(stage: Stage) -> None:
    class Silent(MemoryJobs):
        async def carried(self) -> frozenset[int]:
            raise Temporary("the queue does not answer")

    await held(stage)
    await stage.ask("rollback backend-staging")
    stage.clock.advance(900)
    with pytest.raises(Temporary, match="the queue does not answer"):
        await tick(replace(stage.world, jobs=Silent(stage.clock)))
    assert len(await stage.world.store.incidents.unresolved()) == 1
    assert (await stage.request(2)).state is RequestState.EXPIRED
