"""An approved plan starts only in the world it was approved for, and only once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

import pytest

from bot.adapters.memory.runs import MemoryRuns
from bot.domain.audit import Entry
from bot.domain.plan import Plan, drift
from bot.domain.request import Request, RequestState
from bot.domain.run import Run, RunState
from bot.engine.launch import Launcher
from bot.engine.operation import Context, Operation
from bot.errors import OperationFailed, Temporary
from bot.topology import Colour
from handlers import rollback
from handlers.rollback import RollbackParams
from tests.deploying import COMMAND, Deploying
from tests.stage import BEN, Stage

pytestmark = pytest.mark.unit

BLUE, GREEN = Colour.BLUE, Colour.GREEN


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def approved(stage: Stage, text: str = "rollback backend") -> int:
    request = await stage.ask(text)
    await stage.approve(request.id)
    stage.jobs.waiting.clear()
    return request.id


async def settled(stage: Stage, state: RequestState, code: str) -> str:
    """The note of a request that came to nothing; no run, no job, and an audit row."""
    request = await stage.request()
    assert request.state is state
    assert await stage.world.store.runs.get(request.id) is None
    assert stage.jobs.waiting == []
    assert stage.production.effects == []
    row = (await stage.rows())[-1]
    assert (row.entry.action, row.entry.detail["code"]) == (f"request.{state}", code)
    return request.note


async def test_what_was_approved_starts_with_its_first_step_queued(stage: Stage) -> None:
    number = await approved(stage)
    await stage.launcher.launch(number)
    run = await stage.run()
    assert (run.state, run.release) == (RunState.RUNNING, "test")
    assert (await stage.request()).state is RequestState.STARTED
    assert [(j.kind, j.position, j.attempt) for j in stage.jobs.waiting] == [("step", 0, 0)]
    row = (await stage.rows())[-1]
    assert row.entry.action == "run.start"
    assert row.entry.detail["approved_by"] == [BEN]


async def test_an_approval_of_hours_ago_starts_nothing_now(stage: Stage) -> None:
    number = await approved(stage)
    expiry = (await stage.request()).expires_at
    stage.clock.advance((expiry - stage.clock.now()).total_seconds() + 61)
    await stage.launcher.launch(number)
    note = await settled(stage, RequestState.EXPIRED, "expired")
    assert "Ask again: /filmops rollback backend" in note


async def test_a_launch_delivered_twice_starts_once(stage: Stage) -> None:
    number = await approved(stage)
    await stage.launcher.launch(number)
    await stage.launcher.launch(number)
    assert (await stage.actions()).count("run.start") == 1
    assert len(stage.jobs.waiting) == 1


async def test_what_is_not_approved_or_not_there_does_not_start(stage: Stage) -> None:
    request = await stage.ask()
    await stage.launcher.launch(request.id)
    await stage.launcher.launch(99)
    assert stage.tables.runs == {}
    assert (await stage.request()).state is RequestState.PLANNED


async def test_weights_that_moved_make_the_plan_stale_and_are_named(stage: Stage) -> None:
    number = await approved(stage)
    stage.production.set_weights("backend", {BLUE: 90, GREEN: 10})
    await stage.launcher.launch(number)
    note = await settled(stage, RequestState.STALE, "plan_stale")
    assert "blue 100, green 0 → blue 90, green 10" in note
    assert "/filmops rollback backend" in note


async def test_a_new_revision_of_the_standby_makes_the_plan_stale(stage: Stage) -> None:
    number = await approved(stage)
    service = stage.topology.services["backend"]
    stage.production.tasks["backend", GREEN] = stage.production.running(service, "v2.0.0")
    await stage.launcher.launch(number)
    assert "green image" in await settled(stage, RequestState.STALE, "plan_stale")


async def test_many_moved_facts_are_counted_and_not_all_listed(stage: Stage) -> None:
    number = await approved(stage)
    request = stage.tables.requests[number]
    facts = {f"fact {n}": "old" for n in range(9)}
    stage.tables.requests[number] = replace(request, plan=replace(request.plan, facts=facts))
    await stage.launcher.launch(number)
    note = await settled(stage, RequestState.STALE, "plan_stale")
    assert "; and " in note
    assert note.count("→") == 5


async def test_metrics_and_health_that_moved_by_themselves_are_no_drift(stage: Stage) -> None:
    number = await approved(stage)
    stage.traffic(5, colour=BLUE, errors=100)
    targets = stage.production.targets["backend", GREEN]
    stage.production.targets["backend", GREEN] = replace(targets, unhealthy=1)
    stage.clock.advance(300)
    await stage.launcher.launch(number)
    assert (await stage.run()).state is RunState.RUNNING


async def test_a_colour_that_broke_after_the_approval_is_refused(stage: Stage) -> None:
    number = await approved(stage)
    targets = stage.production.targets["backend", GREEN]
    stage.production.targets["backend", GREEN] = replace(targets, healthy=0, unhealthy=3)
    await stage.launcher.launch(number)
    assert "cannot take the traffic" in await settled(
        stage, RequestState.REFUSED, "idle_colour_broken"
    )


async def test_a_live_state_that_cannot_be_read_is_refused_and_not_guessed(stage: Stage) -> None:
    number = await approved(stage)
    stage.production.fail("traffic.routes", Temporary("throttled"))
    await stage.launcher.launch(number)
    note = await settled(stage, RequestState.REFUSED, "live_state_unknown")
    assert "Unknown means blocked" in note


async def test_another_run_on_the_same_service_keeps_this_one_out(stage: Stage) -> None:
    first = await stage.ask("rollback backend first")
    second = await stage.ask("rollback backend second")
    for request in (first, second):
        await stage.approve(request.id)
    stage.jobs.waiting.clear()
    await stage.launcher.launch(first.id)
    await stage.launcher.launch(second.id)
    after = await stage.request(second.id)
    assert after.state is RequestState.REFUSED
    assert "R1 (rollback) is running" in after.note


async def test_a_service_taken_within_the_race_leaves_the_request_for_the_next_look(
    stage: Stage,
) -> None:
    first = await stage.ask("rollback backend first")
    second = await stage.ask("rollback backend second")
    for request in (first, second):
        await stage.approve(request.id)
    stage.jobs.waiting.clear()

    class Overtaken(MemoryRuns):
        """Whose writer is a moment late: another worker has just started the other request."""

        async def start(
            self, request: Request, plan: Plan, *, release: str, entry: Entry, now: datetime
        ) -> Run | None:
            await stage.launcher.launch(first.id)
            return await super().start(request, plan, release=release, entry=entry, now=now)

    store = replace(stage.world.store, runs=Overtaken(stage.tables))
    await Launcher(replace(stage.world, store=store), stage.operations).launch(second.id)
    assert (await stage.request(second.id)).state is RequestState.APPROVED
    await stage.launcher.launch(second.id)
    assert (await stage.request(second.id)).state is RequestState.REFUSED


async def test_a_release_without_the_operation_refuses_it(stage: Stage) -> None:
    number = await approved(stage)
    await Launcher(stage.world, {}).launch(number)
    note = await settled(stage, RequestState.REFUSED, "unknown_operation")
    assert note == "This release has no rollback."


async def test_a_service_no_longer_in_the_file_refuses_it_and_is_no_endless_bug(
    stage: Stage,
) -> None:
    number = await approved(stage)
    services = {k: s for k, s in stage.topology.services.items() if k != "backend"}
    world = replace(stage.world, topology=stage.topology.model_copy(update={"services": services}))
    await Launcher(world, stage.operations).launch(number)
    assert "There is no service 'backend'" in await settled(
        stage, RequestState.REFUSED, "bad_words"
    )


async def test_params_this_release_does_not_take_refuse_it(stage: Stage) -> None:
    number = await approved(stage)
    request = stage.tables.requests[number]
    stage.tables.requests[number] = replace(request, params={**request.params, "speed": "slow"})
    await stage.launcher.launch(number)
    assert "speed" in await settled(stage, RequestState.REFUSED, "bad_words")


async def test_a_release_that_plans_other_steps_needs_a_new_approval(stage: Stage) -> None:
    number = await approved(stage)
    plan = rollback.OPERATION.plan
    assert plan is not None

    async def other(context: Context, params: RollbackParams) -> Plan:
        made = await plan(context, params)
        return replace(made, steps=made.steps[1:])

    changed = replace(rollback.OPERATION, plan=other)
    await Launcher(stage.world, {"rollback": changed}).launch(number)
    assert "steps: " in await settled(stage, RequestState.STALE, "plan_stale")


async def test_a_failure_for_good_is_told_and_a_passing_one_tried_again(stage: Stage) -> None:
    number = await approved(stage)

    async def away(context: Context, params: RollbackParams) -> Plan:
        raise Temporary("away")

    async def denied(context: Context, params: RollbackParams) -> Plan:
        raise OperationFailed("denied", code="denied", hint="Mend the role.")

    def planning(
        plan: Callable[[Context, RollbackParams], Awaitable[Plan]],
    ) -> dict[str, Operation]:
        return {"rollback": replace(rollback.OPERATION, plan=plan)}

    with pytest.raises(Temporary):
        await Launcher(stage.world, planning(away)).launch(number)
    assert (await stage.request()).state is RequestState.APPROVED
    await Launcher(stage.world, planning(denied)).launch(number)
    assert await settled(stage, RequestState.REFUSED, "denied") == "denied. Mend the role."


async def test_the_same_plan_of_the_same_world_has_not_moved(stage: Stage) -> None:
    first, second = await stage.ask(), await stage.ask()
    assert drift(first.plan, second.plan) == ()
    assert first.plan.fingerprint == second.plan.fingerprint


async def test_an_incident_since_the_approval_asks_for_the_person_it_would_have_asked_for() -> None:
    stage = Deploying()
    request = await stage.agreed()
    stage.jobs.waiting.clear()
    await stage.type("incident declare P2 backend odd films")
    await stage.launcher.launch(request.id)
    assert await settled(stage, RequestState.REFUSED, "plan_stale") == (
        "1 agreed, and by now that is too few: I1 (P2) is open on backend. "
        f"Ask again: /filmops {COMMAND}"
    )


async def test_a_box_that_is_new_since_the_approval_is_nobody_s_word() -> None:
    stage = Deploying()
    request = await stage.agreed()
    stage.jobs.waiting.clear()
    # As with a line that the topology has had only since then.
    stage.tables.ticks.popitem()
    await stage.launcher.launch(request.id)
    assert "Nobody has ticked" in await settled(stage, RequestState.REFUSED, "checklist_open")
