"""`/filmops db migrations`, `migrate`, `downgrade`: seen, agreed to, heard, exit codes kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.request import RequestState
from bot.domain.run import RunState, StepState
from bot.engine.approvals import resume
from bot.errors import FilmOpsError, OperationFailed, Refused, Temporary, UserError
from bot.topology import Colour, PlannedFreeze, Risk, Topology
from tests.data import FIRST, HISTORY, LOST, SECOND, THIRD, UNDO, Data
from tests.stage import BEN, CHLOE, EVE, codes

pytestmark = pytest.mark.unit

LOOK, UP, DOWN = "db migrations", "db migrate", "db downgrade"
DENIED = [OperationFailed(f"AWS said no: {c}", code="denied") for c in ("AccessDenied", "403")]
THROTTLED = Temporary("AWS ecs: ThrottlingException")


@pytest.fixture
def stage() -> Data:
    return Data()


def migrating(topology: Topology, **about: object) -> Topology:
    """The backend's migration, otherwise."""
    service = topology.services["backend"]
    assert service.deploy is not None
    assert service.deploy.migration is not None
    migration = service.deploy.migration.model_copy(update=about)
    deploy = service.deploy.model_copy(update={"migration": migration if about else None})
    changed = service.model_copy(update={"deploy": deploy})
    return topology.model_copy(update={"services": {**topology.services, "backend": changed}})


# ---------------------------------------------------------------- looking


async def test_a_look_says_where_it_stands_and_what_going_back_takes_away(stage: Data) -> None:
    request = await stage.ask(LOOK, BEN)
    assert (request.needed, request.risk) == (0, Risk.LOW)
    await stage.until_quiet()
    run = await stage.run(request.id)
    assert run.state is RunState.SUCCEEDED
    assert stage.commands() == [
        "alembic history --indicate-current",
        f"alembic downgrade {SECOND}:{FIRST} --sql",
    ]
    status, undo = (step.result["said"] for step in run.steps)
    assert status == (
        f"The schema stands at {SECOND} (add films.mood); to come: {THIRD} "
        "(add films.render_profile)."
    )
    assert undo == f"Going back to {FIRST} would take away: {LOST}."
    thread = "\n".join(await stage.notes(run))
    assert HISTORY[1].replace(">", "&gt;") in thread
    assert LOST in thread
    assert await stage.world.store.runs.changes() == ()


async def test_the_issue_s_words_mean_the_same(stage: Data) -> None:
    assert (await stage.ask("db migrate status", BEN)).operation == LOOK
    await stage.until_quiet()
    assert (await stage.ask("db Migrate UP")).operation == UP
    assert (await stage.ask("db migrate down")).operation == DOWN


@pytest.mark.parametrize(
    ("lines", "status", "undo"),
    [
        (
            (f"<base> -> {FIRST} (head), films",),
            f"stands at before the first revision; to come: {FIRST} (films).",
            "There is no going back to -1 from where it stands.",
        ),
        (
            (f"<base> -> {FIRST} (head) (current), films",),
            f"The schema stands at {FIRST} (films); to come: nothing.",
            "Going back to base would take away: nothing.",
        ),
        ((), "before the first revision", "There is no going back"),
    ],
)
async def test_the_ends_of_the_history_are_no_mistakes(
    stage: Data, lines: tuple[str, ...], status: str, undo: str
) -> None:
    stage.production.errand_says["alembic history --indicate-current"] = lines
    run = await stage.done(LOOK)
    assert run.state is RunState.SUCCEEDED
    assert status in run.steps[0].result["said"]
    assert undo in run.steps[1].result["said"]


async def test_a_look_that_fails_says_so_and_calls_nobody(stage: Data) -> None:
    stage.production.errand_ends = 255
    run = await stage.done(LOOK)
    assert run.state is RunState.SUCCEEDED
    assert run.steps[0].result["said"].startswith("NOT KNOWN: the question ended with 255")
    with pytest.raises(Refused, match="NOT KNOWN: the question ended with 255") as refusal:
        await stage.type(DOWN)
    assert (refusal.value.code, refusal.value.hint) == ("no_way_back", "/filmops show R1")


async def test_who_only_reads_starts_no_task(stage: Data) -> None:
    assert codes(await stage.type(LOOK, EVE)) == ["not_permitted"]
    assert stage.called() == []


# ---------------------------------------------------------------- up


async def test_up_saves_migrates_looks_and_is_in_the_change_log(stage: Data) -> None:
    run = await stage.done(f"{UP} --reason the new profile")
    assert run.state is RunState.SUCCEEDED
    assert stage.called() == ["create_db_snapshot", "register_task_definition", *["run_task"] * 2]
    assert stage.commands() == ["alembic upgrade head", "alembic current"]
    assert run.steps[-1].result["said"] == f"It stands at {THIRD} (head)."
    assert any("Running upgrade" in note for note in await stage.notes(run))
    (change,) = await stage.world.store.runs.changes()
    assert (change.before, change.after) == (f"schema: {SECOND}", "schema: head")
    assert change.detail == {"schema": f"{THIRD} (head)"}


async def test_it_runs_with_what_serves_or_with_the_version_that_is_named(stage: Data) -> None:
    serves = await stage.ask(UP)
    assert serves.plan.facts["image"].endswith("backend:v1.4.2")
    await stage.reject(serves.id)
    named = await stage.ask(f"{UP} --version v1.4.0")
    assert named.plan.facts["image"].endswith("backend:v1.4.0")
    with pytest.raises(UserError, match=r"Did you mean v1\.4\.2"):
        await stage.type(f"{UP} --version v1.42")
    with pytest.raises(UserError) as unknown:
        await stage.type(f"{UP} --version zz")
    assert unknown.value.hint == "/filmops releases backend"


async def test_a_revision_may_be_named_and_what_is_none_is_not_taken(stage: Data) -> None:
    request = await stage.ask(f"{UP} {THIRD} the new profile")
    assert request.reason == "the new profile"
    assert any("alembic upgrade 8c41de7a0b95" in step.title for step in request.plan.steps)
    for words in (f"{UP} +1", f"{UP} because", f"{DOWN} because", f"{DOWN} head", f"{DOWN} -0"):
        with pytest.raises(UserError, match="does not fit"):
            await stage.type(words)


async def test_where_the_database_may_not_be_asked_up_goes_on_without(stage: Data) -> None:
    stage.sql.known.clear()
    request = await stage.ask(UP)
    assert request.plan.facts["schema"] == "not known"
    await stage.reject(request.id)
    stage.sql.known.add("prod-db")
    stage.sql.failing.append(Temporary("away"))
    assert (await stage.ask(UP)).plan.facts["schema"] == "not known"


async def test_a_schema_that_moved_since_the_plan_makes_it_stale(stage: Data) -> None:
    request = await stage.ask(UP)
    stage.stands_at(THIRD)
    await stage.approve(request.id)
    await stage.until_quiet()
    stale = await stage.request(request.id)
    assert stale.state is RequestState.STALE
    assert f"schema: {SECOND} → {THIRD}" in stale.note
    assert stage.called() == []


async def test_a_frozen_calendar_and_a_lock_stop_up(stage: Data) -> None:
    now = stage.clock.now().replace(tzinfo=None)
    freeze = PlannedFreeze.model_validate(
        {"name": "Premiere", "from": now, "until": now + timedelta(hours=2)}
    )
    frozen = Data(topology=stage.topology.model_copy(update={"freezes": (freeze,)}))
    assert codes(await frozen.type(UP)) == ["freeze_calendar"]
    await stage.type("lock backend trying something", BEN)
    assert codes(await stage.type(UP)) == ["locked"]


async def test_another_tool_than_alembic_may_go_up_and_nothing_else(stage: Data) -> None:
    other = Data(topology=migrating(stage.topology, command=("rake", "db:migrate")))
    run = await other.done(UP)
    assert run.state is RunState.SUCCEEDED
    assert other.commands() == ["rake db:migrate"]
    for words in (LOOK, DOWN, f"{UP} {THIRD}"):
        with pytest.raises(Refused, match="is no `alembic upgrade`") as refusal:
            await other.type(words)
        assert refusal.value.code == "not_deployable"


@pytest.mark.parametrize("words", [LOOK, UP, DOWN])
async def test_a_service_without_a_migration_has_none(stage: Data, words: str) -> None:
    bare = Data(topology=migrating(stage.topology))
    with pytest.raises(Refused) as refusal:
        await bare.type(words)
    assert refusal.value.code == "not_deployable"


async def test_with_traffic_on_both_it_is_not_known_which_release_is_meant(stage: Data) -> None:
    stage.production.set_weights("backend", {Colour.BLUE: 50, Colour.GREEN: 50})
    with pytest.raises(Refused) as refusal:
        await stage.type(UP)
    assert refusal.value.code == "mixed_traffic"


@pytest.mark.parametrize("method", ["traffic.routes", "containers.tasks", "rollers.revision"])
@pytest.mark.parametrize("error", [THROTTLED, *DENIED])
async def test_what_aws_does_not_tell_is_not_planned(
    stage: Data, method: str, error: FilmOpsError
) -> None:
    stage.production.fail(method, error, times=9)
    with pytest.raises(Refused) as refusal:
        await stage.type(UP)
    assert refusal.value.code == "live_state_unknown"


@pytest.mark.parametrize(
    "method", ["snapshots.take", "errands.find", "errands.start", "errands.output"]
)
@pytest.mark.parametrize("error", [THROTTLED, *DENIED])
async def test_throttling_passes_and_a_denial_is_held_aloud(
    stage: Data, method: str, error: FilmOpsError
) -> None:
    request = await stage.launched(UP)
    stage.production.fail(method, error)
    await stage.until_quiet()
    run = await stage.run(request.id)
    if isinstance(error, Temporary):
        assert run.state is RunState.SUCCEEDED, run.note
        assert stage.commands() == ["alembic upgrade head", "alembic current"]
    else:
        assert run.state is RunState.HELD
        assert error.message in run.note


async def test_a_migration_that_fails_is_held_with_its_code_and_resumed_anew(stage: Data) -> None:
    stage.production.errand_ends = 3
    run = await stage.done(UP)
    assert run.state is RunState.HELD
    assert "The migration ended with 3" in run.note
    assert "may stay done" in run.note
    stage.production.errand_ends = 0
    stage.clock.advance(60)
    await resume(stage.world, stage.asking(BEN), run.id)
    await stage.until_quiet()
    assert (await stage.run(run.id)).state is RunState.SUCCEEDED
    assert stage.commands() == [*["alembic upgrade head"] * 2, "alembic current"]


async def test_a_task_that_never_began_or_never_ends_is_held(stage: Data) -> None:
    stage.production.errand_ends = None
    request = await stage.launched(UP)
    await stage.until_quiet(seconds=30)
    (key,) = stage.production.errands
    stage.production.end_errand(key, None, "CannotPullContainerError")
    await stage.until_quiet(seconds=60)
    run = await stage.run(request.id)
    assert "did not start: CannotPullContainerError" in run.note
    endless = Data()
    endless.production.errand_ends = None
    held = await endless.done(UP)
    assert "takes longer than 900 s" in held.note


async def test_a_look_afterwards_that_fails_is_held(stage: Data) -> None:
    request = await stage.launched(UP)
    await stage.until_quiet(seconds=1)
    while (await stage.run(request.id)).steps[1].state is not StepState.DONE:
        await stage.one_step(request)
        stage.clock.advance(5)
    stage.production.errand_ends = 1
    await stage.until_quiet()
    run = await stage.run(request.id)
    assert run.state is RunState.HELD
    assert "The schema was changed; the look at it ended with 1" in run.note


# ---------------------------------------------------------------- down


async def test_down_is_refused_until_somebody_has_looked(stage: Data) -> None:
    with pytest.raises(Refused, match="Nobody has looked") as refusal:
        await stage.type(DOWN)
    assert (refusal.value.code, refusal.value.hint) == (
        "unverified",
        "/filmops db migrations --service backend",
    )


async def test_down_shows_what_is_lost_and_two_must_agree(stage: Data) -> None:
    await stage.done(LOOK)
    request = await stage.ask(f"{DOWN} --reason exports break")
    assert (request.risk, request.needed) == (Risk.DANGER, 2)
    assert request.plan.warnings == (f"LOST: {LOST}",)
    assert [(c.subject, c.before, c.after) for c in request.plan.changes] == [
        ("schema", SECOND, FIRST),
        (SECOND, "add films.mood", "undone"),
    ]
    await stage.approve(request.id, CHLOE)
    await stage.until_quiet()
    assert stage.commands() == [
        "alembic history --indicate-current",
        f"alembic downgrade {SECOND}:{FIRST} --sql",
    ]


async def test_down_saves_always_and_goes_to_the_revision_by_its_name(stage: Data) -> None:
    await stage.done(LOOK)
    await stage.done("db backup")  # Young, and still another one is made.
    stage.production.errand_says["alembic current"] = (f"{FIRST}",)
    run = await stage.done(DOWN)
    assert run.state is RunState.SUCCEEDED
    assert stage.called().count("create_db_snapshot") == 2
    assert stage.commands()[2:] == [f"alembic downgrade {FIRST}", "alembic current"]
    assert run.steps[-1].result["said"] == f"It stands at {FIRST}."


async def test_down_to_the_base_is_looked_at_for_itself(stage: Data) -> None:
    stage.production.errand_says[f"alembic downgrade {SECOND}:base --sql"] = (
        *UNDO,
        "DROP TABLE films;",
    )
    await stage.done(LOOK)
    with pytest.raises(Refused, match="another way back") as refusal:
        await stage.type(f"{DOWN} base")
    assert refusal.value.hint == (
        "/filmops db migrations --to base --service backend --version v1.4.2"
    )
    await stage.done(f"{LOOK} --to base")
    request = await stage.ask(f"{DOWN} base")
    assert request.plan.warnings == (f"LOST: {LOST}", "LOST: DROP TABLE films")
    assert [c.subject for c in request.plan.changes] == ["schema", SECOND, FIRST]


async def test_a_downgrade_that_drops_nothing_says_so(stage: Data) -> None:
    stage.production.errand_says[f"alembic downgrade {SECOND}:{FIRST} --sql"] = ("COMMIT;",)
    await stage.done(LOOK)
    (warning,) = (await stage.ask(DOWN)).plan.warnings
    assert "drops nothing" in warning


async def test_what_cannot_be_undone_is_not_tried(stage: Data) -> None:
    request = await stage.launched(LOOK)
    while (await stage.run(request.id)).steps[0].state is not StepState.DONE:
        await stage.one_step(request)
        stage.clock.advance(5)
    stage.production.errand_ends = 1
    await stage.until_quiet()
    with pytest.raises(Refused, match="NOT KNOWN what going back to") as refusal:
        await stage.type(DOWN)
    assert refusal.value.code == "no_way_back"


async def test_what_was_seen_does_not_hold_for_ever(stage: Data) -> None:
    await stage.done(LOOK)
    stage.clock.advance(3700)
    with pytest.raises(Refused, match="within the last hour"):
        await stage.type(DOWN)


async def test_what_was_seen_does_not_hold_after_a_change(stage: Data) -> None:
    await stage.done(LOOK)
    await stage.done(UP)
    with pytest.raises(Refused, match="within the last hour"):
        await stage.type(DOWN)


async def test_a_schema_that_is_elsewhere_by_now_is_looked_at_again(stage: Data) -> None:
    await stage.done(LOOK)
    stage.stands_at(THIRD)
    with pytest.raises(Refused, match=f"stands at {THIRD}; R1 saw {SECOND}"):
        await stage.type(DOWN)


async def test_another_image_s_look_does_not_hold(stage: Data) -> None:
    await stage.done(LOOK)
    with pytest.raises(Refused, match=r"the code of v1\.4\.2; .* by that of v1\.4\.0") as refusal:
        await stage.type(f"{DOWN} --version v1.4.0")
    assert refusal.value.hint.endswith("--version v1.4.0")


async def test_a_look_that_is_still_under_way_is_busy_or_not_seen(stage: Data) -> None:
    stage.production.errand_ends = None
    await stage.launched(LOOK)
    with pytest.raises(Refused, match="Nobody has looked"):
        await stage.type(DOWN)


async def test_a_freeze_does_not_stop_the_way_down(stage: Data) -> None:
    await stage.done(LOOK)
    await stage.type("freeze all the deployment failed", BEN)
    assert (await stage.done(DOWN)).state is RunState.SUCCEEDED
