"""`/filmops deploy`: what is typed, the plan that is approved, and what is in its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.adapters.stored import PLAN, plain
from bot.domain.live import Targets, Tasks
from bot.domain.message import Message
from bot.domain.request import Request, RequestState
from bot.domain.run import RunState
from bot.engine.reconciler import requeue
from bot.errors import FilmOpsError, OperationFailed, Refused, Temporary, UserError
from bot.topology import PlannedFreeze, Topology, load
from tests.deploying import BLUE, COMMAND, GREEN, NEW, ByWorkflow, Deploying
from tests.stage import ANA, BEN, CHLOE, EVE, SHIPPED, codes, said

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> Deploying:
    return Deploying()


def shipped(**update: Any) -> Topology:
    return load(SHIPPED).model_copy(update=update)


async def mistake(stage: Deploying, text: str) -> UserError:
    with pytest.raises(UserError) as error:
        await stage.type(text)
    return error.value


async def refusal(stage: Deploying, text: str = COMMAND) -> Refused:
    with pytest.raises(Refused) as refused:
        await stage.type(text)
    return refused.value


def green(stage: Deploying) -> Tasks:
    return stage.production.tasks["backend", GREEN]


# --- what is typed -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("deploy", "deploy needs SERVICE. For example: /filmops deploy backend v1.4.3"),
        ("deploy backend", "deploy needs VERSION. For example: /filmops deploy backend v1.4.3"),
    ],
)
async def test_missing_words_are_answered_with_the_usage_and_an_example(
    stage: Deploying, text: str, message: str
) -> None:
    error = await mistake(stage, text)
    assert error.message == message
    assert error.hint.startswith("/filmops deploy SERVICE VERSION [--canary]")


@pytest.mark.parametrize("version", ["'v1 4'", "-v1", "v1/4", "v" * 129, "é1"])
async def test_what_is_no_tag_is_said_in_words(stage: Deploying, version: str) -> None:
    error = await mistake(stage, f"deploy backend {version}")
    assert "a version is a tag in the registry (/filmops releases lists them)" in error.message


async def test_a_mistyped_version_is_answered_with_the_nearest(stage: Deploying) -> None:
    error = await mistake(stage, "deploy backend v1.4.9")
    assert error.message == (
        "There is no v1.4.9 of Backend API in the registry. Did you mean v1.4.3?"
    )
    assert error.hint == "/filmops deploy backend v1.4.3"


async def test_a_version_that_is_near_nothing_is_a_missing_image(stage: Deploying) -> None:
    assert "image_missing" in codes(await stage.type("deploy backend nightly"))


async def test_when_the_registry_cannot_be_listed_nothing_is_guessed(stage: Deploying) -> None:
    stage.production.fail("images.newest", Temporary("AWS: throttled"))
    assert "image_missing" in codes(await stage.type("deploy backend v1.4.9"))


async def test_a_service_that_the_topology_cannot_deploy_says_what_to_add() -> None:
    topology = shipped()
    backend = topology.services["backend"].model_copy(update={"deploy": None})
    services = {**topology.services, "backend": backend}
    stage = Deploying(topology=topology.model_copy(update={"services": services}))
    refused = await refusal(stage)
    assert refused.code == "not_deployable"
    assert refused.hint == "A maintainer adds [services.backend.deploy]."


async def test_a_time_that_is_over_is_a_mistake_and_not_a_deployment_now(
    stage: Deploying,
) -> None:
    error = await mistake(stage, f"{COMMAND} --at 2020-01-01T00:00Z")
    assert error.message.startswith("2020-01-01 00:00 UTC is over")


async def test_a_workflow_has_no_canary_of_ours() -> None:
    error = await mistake(ByWorkflow(), f"{COMMAND} --via github --canary")
    assert "there is no --canary with --via github" in error.message


async def test_without_a_workflow_it_cannot_go_by_one(stage: Deploying) -> None:
    assert (await refusal(stage, f"{COMMAND} --via github")).code == "not_deployable"


# --- the plan ----------------------------------------------------------------------------------


def names(request: Request, *, back: bool = False) -> list[str]:
    return [step.name.removeprefix("deploy.") for step in request.plan.steps if step.back is back]


async def test_the_plan_is_the_runbook_s_way_forward_and_the_way_back(stage: Deploying) -> None:
    request = await stage.ask(COMMAND)
    assert names(request) == [
        *("guard", "backup", "migrate", "register", "update", "rollout", "targets", "smoke"),
        *("traffic", "traffic", "watch", "validate", "monitor", "finish"),
    ]
    assert names(request, back=True) == ["back", "back", "settle"]
    assert request.plan.summary == (
        "Deploy v1.4.3 of Backend API onto green, while blue (v1.4.2) serves; then move traffic "
        "at once and watch."
    )
    assert [(c.subject, c.before, c.after) for c in request.plan.changes] == [
        ("green's release", "v1.4.1", "v1.4.3"),
        ("HTTPS:443 default", "blue 100, green 0", "blue 0, green 100"),
        ("HTTPS:443 rule 20", "blue 100, green 0", "blue 0, green 100"),
    ]


async def test_the_approvers_read_that_the_old_colour_is_taken_away_later(
    stage: Deploying,
) -> None:
    request = await stage.ask(COMMAND)
    titles = [step.title for step in request.plan.steps]
    assert (
        "Go through the checklist; blue stays warm for 24 h and is scaled in to 0 tasks then"
    ) in titles


async def test_a_canary_goes_share_by_share_and_watches_in_between(stage: Deploying) -> None:
    request = await stage.ask(f"{COMMAND} --canary")
    assert names(request)[8:-4] == ["traffic", "traffic", "observe"] * 3 + ["traffic", "traffic"]
    moves = [step.args for step in request.plan.steps if step.name == "deploy.traffic"]
    default = [m for m in moves if m["route"] == moves[0]["route"]]
    assert [m["after"]["green"] for m in default] == [5, 25, 50, 100]
    assert [m["before"]["green"] for m in default] == [0, 5, 25, 50]
    watches = [s.args for s in request.plan.steps if s.name == "deploy.observe"]
    assert [watch["weights"] for watch in watches] == [
        {"green": 5, "blue": 95},
        {"green": 25, "blue": 75},
        {"green": 50, "blue": 50},
    ]


@pytest.mark.parametrize(("schema", "migrates"), [("reversible", True), ("none", False)])
async def test_an_unchanged_schema_is_not_migrated(
    stage: Deploying, schema: str, migrates: bool
) -> None:
    request = await stage.ask(f"deploy backend {NEW} --schema {schema}")
    assert ("migrate" in names(request)) is migrates


async def test_an_irreversible_schema_takes_one_more_person_and_a_warning(
    stage: Deploying,
) -> None:
    request = await stage.ask(f"deploy backend {NEW} --schema Irreversible")
    assert request.needed == 2
    assert request.plan.more_approvals == (
        "The schema cannot be gone back to: one more person looks at it.",
    )
    assert "a bad release is held, not rolled back" in request.plan.warnings[0]
    assert not any(step.args["reversible"] for step in request.plan.steps)


async def test_a_schema_nobody_spoke_of_is_a_box(stage: Deploying) -> None:
    request = await stage.ask(f"deploy backend {NEW}")
    assert request.plan.boxes[-1].key == "schema-reversible"


async def test_flows_that_cost_something_are_made_only_when_asked_for() -> None:
    topology = shipped()
    backend = topology.services["backend"]
    assert backend.deploy is not None
    spared = tuple(flow.name for flow in backend.critical_flows[:1])
    changed = backend.model_copy(
        update={"deploy": backend.deploy.model_copy(update={"optional_flows": spared})}
    )
    services = {**topology.services, "backend": changed}
    stage = Deploying(topology=topology.model_copy(update={"services": services}))

    async def flows(text: str) -> list[str]:
        request = await stage.ask(text)
        (smoke,) = (s for s in request.plan.steps if s.name == "deploy.smoke")
        return list(smoke.args["flows"])

    assert spared[0] not in await flows(COMMAND)
    assert spared[0] in await flows(f"{COMMAND} --all-flows")


async def test_the_exact_calls_say_what_only_the_run_will_know(stage: Deploying) -> None:
    request = await stage.ask(COMMAND)
    calls = {call.action: call.parameters for s in request.plan.steps for call in s.calls}
    assert list(calls) == [
        *("create_db_snapshot", "run_task", "register_task_definition", "update_service"),
        *("modify_listener", "modify_rule"),
    ]
    assert calls["update_service"]["desiredCount"] == "that of blue, where it is higher"
    assert calls["update_service"]["taskDefinition"] == "known when its step is reached"


async def test_stickiness_and_a_small_idle_colour_are_warned_of(stage: Deploying) -> None:
    routes = stage.production.routes["backend"]
    routes[0] = replace(routes[0], stickiness_seconds=300)
    stage.production.tasks["backend", GREEN] = replace(green(stage), desired=1, running=1)
    request = await stage.ask(COMMAND)
    assert request.plan.warnings == (
        "Stickiness is on: a browser may stay on blue for up to 300 s.",
        "green runs 1 tasks and blue wants 3: it is scaled out first.",
    )


async def test_without_a_database_there_is_nothing_to_back_up() -> None:
    topology = shipped()
    backend = topology.services["backend"].model_copy(update={"database": None})
    services = {**topology.services, "backend": backend}
    stage = Deploying(topology=topology.model_copy(update={"services": services}))
    assert "backup" not in names(await stage.ask(COMMAND))


async def test_by_a_workflow_github_moves_and_we_watch() -> None:
    request = await ByWorkflow().ask(f"{COMMAND} --via github")
    assert names(request)[:6] == ["guard", "backup", "dispatch", "follow", "landed", "watch"]
    assert names(request, back=True) == ["back", "back", "settle"]
    assert "have the workflow move traffic" in request.plan.summary
    (dispatch,) = (s for s in request.plan.steps if s.name == "deploy.dispatch")
    assert dispatch.calls[0].parameters["inputs"] == {"action": "deploy", "version": NEW}


async def test_a_plan_that_an_older_release_stored_is_read_and_is_the_same_plan(
    stage: Deploying,
) -> None:
    plan = (await stage.ask("rollback backend")).plan
    stored = plain(PLAN.dump_python(plan))
    assert isinstance(stored, dict)
    for name in ("checks", "boxes", "obstacles", "more_approvals", "pre_approved"):
        del stored[name]
    for name in ("start_at", "start_by"):
        del stored[name]
    for step in stored["steps"]:
        del step["back"], step["promotable"]
    assert PLAN.validate_python(stored).hash == plan.hash


# --- in the way --------------------------------------------------------------------------------


async def test_an_open_p1_stops_it_and_another_incident_asks_for_one_more(
    stage: Deploying,
) -> None:
    await stage.type("incident declare P2 backend odd films")
    request = await stage.ask(COMMAND)
    assert request.needed == 2
    assert request.plan.more_approvals == ("I1 (P2) is open on backend",)
    await stage.type("incident declare P1 backend nobody can log in")
    assert codes(await stage.type(COMMAND)) == ["open_incident"]


async def test_the_freeze_calendar_is_asked_about_the_time_it_would_begin() -> None:
    freeze = PlannedFreeze.model_validate({"name": "Weekend", "weekly": "Mon 00:00 - Mon 06:00"})
    stage = Deploying(topology=shipped(freezes=(freeze,)))
    monday = datetime(2026, 3, 2, 3, tzinfo=UTC)
    stage.clock.advance((monday - stage.clock.now()).total_seconds())
    assert "freeze_calendar" in codes(await stage.type(COMMAND))
    shown = await stage.type(f"{COMMAND} --at 2026-03-03T12:00Z --plan")
    assert "freeze_calendar" not in str(shown)


async def test_a_freeze_and_a_lock_stop_it(stage: Deploying) -> None:
    await stage.type("freeze backend premiere", BEN)
    await stage.type("lock backend mine", BEN)
    assert sorted(codes(await stage.type(COMMAND))) == ["frozen", "locked"]


async def test_who_may_not_ask_is_told_so(stage: Deploying) -> None:
    assert codes(await stage.type(COMMAND, EVE)) == ["not_permitted"]


# --- --plan ------------------------------------------------------------------------------------


async def test_plan_shows_it_all_and_asks_nobody(stage: Deploying) -> None:
    shown = await stage.type(f"{COMMAND} --plan")
    assert isinstance(shown, Message)
    assert said(shown).startswith("It would need 1 approval from engineer, lead or cto.")
    text = str(shown.blocks)
    for words in ("The image exists", "ecs.update_service", "fingerprint of the live state"):
        assert words in text
    assert await stage.world.store.requests.recent() == ()
    assert stage.called() == []


async def test_plan_names_every_obstacle(stage: Deploying) -> None:
    await stage.type("freeze backend premiere", BEN)
    shown = await stage.type(f"{COMMAND} --plan")
    assert "It would be refused now" in said(shown)
    assert "`frozen`" in str(shown.blocks)  # type: ignore[union-attr]


# --- between plan and start --------------------------------------------------------------------


async def launched(stage: Deploying, request: Request) -> Request:
    stage.jobs.waiting.clear()
    await stage.launcher.launch(request.id)
    return await stage.request(request.id)


def _moves(stage: Deploying) -> Mapping[str, Any]:
    """By fact: what somebody does so that it is another."""
    production, service = stage.production, stage.topology.services["backend"]
    blue = production.tasks["backend", BLUE]
    return {
        "traffic of HTTPS:443 default": lambda: production.set_weights(
            "backend", {BLUE: 200, GREEN: 0}
        ),
        "blue revision": lambda: production.tasks.__setitem__(
            ("backend", BLUE), production.running(service, "v1.4.0")
        ),
        "blue image": lambda: production.tasks.__setitem__(
            ("backend", BLUE), replace(blue, image=blue.image.replace("v1.4.2", "v1.4.0"))
        ),
        "green revision": lambda: production.tasks.__setitem__(
            ("backend", GREEN), production.running(service, "v1.4.0")
        ),
        "the release's image": lambda: production.images["backend"].__setitem__(
            -1, replace(production.images["backend"][-1], digest="sha256:other")
        ),
    }


@pytest.mark.parametrize(
    "fact",
    [
        *("traffic of HTTPS:443 default", "blue revision", "blue image"),
        *("green revision", "the release's image"),
    ],
)
async def test_each_fact_that_moves_since_the_plan_makes_it_stale(
    stage: Deploying, fact: str
) -> None:
    request = await stage.agreed()
    _moves(stage)[fact]()
    after = await launched(stage, request)
    assert after.state is RequestState.STALE
    assert f"{fact}: " in after.note
    assert f"/filmops {COMMAND}" in after.note
    assert stage.called() == []


async def test_counts_are_autoscaling_s_and_make_nothing_stale(stage: Deploying) -> None:
    request = await stage.agreed()
    stage.production.tasks["backend", GREEN] = replace(green(stage), desired=5, running=5)
    assert (await launched(stage, request)).state is RequestState.STARTED


async def test_what_came_in_its_way_since_the_approval_refuses_it(stage: Deploying) -> None:
    request = await stage.agreed()
    stage.production.targets["backend", BLUE] = Targets(healthy=1, unhealthy=2)
    after = await launched(stage, request)
    assert (after.state, stage.called()) == (RequestState.REFUSED, [])
    assert "The way back: blue is healthy" in after.note


@pytest.mark.parametrize(
    "fault",
    [
        Temporary("AWS: throttled"),
        OperationFailed("AWS said no", code="denied"),
        OperationFailed("AWS: no such service", code="not_found"),
    ],
)
async def test_what_cannot_be_read_any_more_is_refused_with_the_reason(
    stage: Deploying, fault: FilmOpsError
) -> None:
    request = await stage.agreed()
    stage.production.fail("traffic.routes", fault)
    after = await launched(stage, request)
    assert after.state is RequestState.REFUSED
    assert fault.message in after.note


async def test_of_two_that_wait_the_second_meets_the_first(stage: Deploying) -> None:
    first, second = await stage.agreed(), await stage.agreed()
    stage.jobs.waiting.clear()
    await stage.launcher.launch(first.id)
    await stage.launcher.launch(second.id)
    after = await stage.request(second.id)
    assert after.state is RequestState.REFUSED
    assert f"{first.name} (deploy) is running on service/backend." in after.note


async def test_of_two_that_wait_the_second_finds_the_first_one_s_work_done(
    stage: Deploying,
) -> None:
    second = await stage.agreed(f"{COMMAND} --at +2h")
    stage.serves()
    first = await stage.deployed(seconds=7000)
    assert first.state is RunState.SUCCEEDED, first.note
    stage.clock.advance(7200)
    after = await launched(stage, second)
    assert after.state is RequestState.REFUSED
    assert "Backend API runs v1.4.3 already, on green." in after.note


# --- for later ---------------------------------------------------------------------------------

LATER = timedelta(hours=3)


async def test_for_later_it_waits_and_then_begins_by_itself(stage: Deploying) -> None:
    at = stage.clock.now() + LATER
    request = await stage.agreed(f"{COMMAND} --at +3h --window 2h")
    assert (request.plan.start_at, request.plan.start_by) == (at, at + timedelta(hours=2))
    assert request.state is RequestState.PLANNED
    assert await requeue(stage.world) == 0
    stage.clock.advance(LATER.total_seconds())
    stage.serves()
    await requeue(stage.world)
    await stage.until_quiet()
    assert (await stage.run(request.id)).state is RunState.SUCCEEDED


@pytest.mark.parametrize(("late", "state"), [(119, "started"), (121, "expired")])
async def test_it_begins_within_its_window_or_not_at_all(
    stage: Deploying, late: int, state: str
) -> None:
    request = await stage.agreed(f"{COMMAND} --at +3h --window 2h")
    stage.clock.advance((LATER + timedelta(minutes=late)).total_seconds())
    await requeue(stage.world)
    await stage.jobs.drain()
    assert (await stage.request(request.id)).state == state


async def test_what_was_stored_says_the_same_when_it_is_planned_again(stage: Deploying) -> None:
    request = await stage.ask(f"{COMMAND} --canary --at +3h --window 90m the fix")
    assert request.params["window"] == "5400s"
    for who in (BEN, CHLOE)[: request.needed]:
        await stage.tick_all(request)
        await stage.approve(request.id, who)
    stage.clock.advance(LATER.total_seconds())
    await stage.launcher.launch(request.id)
    assert (await stage.request(request.id)).state is RequestState.STARTED
    assert (request.actor, request.reason) == (ANA, "the fix")
