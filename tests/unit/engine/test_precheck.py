"""The pre-deployment checklist: every line that a system knows, well, failed and not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.memory.code import MemoryCode
from bot.adapters.memory.probe import MemoryProbe
from bot.domain.checklist import Check, Found
from bot.domain.code import CheckState
from bot.domain.deploying import Schema, decide
from bot.domain.gatekeeping import Checklist
from bot.domain.live import ProbeResult, Targets
from bot.domain.release import Image
from bot.domain.run import ChangeLogEntry
from bot.engine.look import look, part
from bot.engine.precheck import Release, precheck
from bot.errors import FilmOpsError, OperationFailed, Temporary
from bot.topology import Colour, GithubSource, Service, Topology, load
from tests.deploying import BLUE, GREEN, NEW, OLD, Deploying
from tests.stage import SHIPPED

pytestmark = pytest.mark.unit

DENIED = OperationFailed("AWS said no", code="denied")
DENIED_403 = OperationFailed("AWS says 403", code="denied")
THROTTLED = Temporary("AWS: throttled")
GITHUB = GithubSource(repository="ai-film-studio/backend", reviews=2)


@pytest.fixture
def stage() -> Deploying:
    return Deploying()


def topology(**deploy: object) -> Topology:
    """The shipped one, with other values in [services.backend.deploy]."""
    shipped = load(SHIPPED)
    backend = shipped.services["backend"]
    assert backend.deploy is not None
    changed = backend.model_copy(update={"deploy": backend.deploy.model_copy(update=deploy)})
    return shipped.model_copy(update={"services": {**shipped.services, "backend": changed}})


async def checked(stage: Deploying, schema: Schema | None = Schema.REVERSIBLE) -> Checklist:
    """The checklist of v1.4.3, as its plan would have it now."""
    service = stage.topology.services["backend"]
    assert service.deploy is not None
    onto = decide(service, await look(stage.world, service, stage.clock.now()), NEW)
    image = await part(stage.world.aws.images.find(service, NEW))
    release = Release(
        service=service, deployable=service.deploy, version=NEW, image=image, schema=schema
    )
    return await precheck(stage.world, release, onto, stage.clock.now())


def line(checklist: Checklist, begins: str) -> Check:
    (found,) = (check for check in checklist.checks if check.title.startswith(begins))
    return found


def codes(checklist: Checklist) -> list[str]:
    return [str(obstacle.code) for obstacle in checklist.obstacles]


def boxes(checklist: Checklist) -> list[str]:
    return [box.title for box in checklist.boxes]


# --- all of it ---------------------------------------------------------------------------------


async def test_a_release_that_is_ready_has_nothing_in_its_way(stage: Deploying) -> None:
    checklist = await checked(stage)
    assert {check.found for check in checklist.checks} == {Found.OK}
    assert checklist.obstacles == ()
    assert boxes(checklist) == [
        "All tests pass in CI/CD",
        "Code review approved by 2+ engineers",
        "Database migrations tested in staging",
        "The rollback plan is documented",
        "Stakeholders have been told",
    ]


async def test_one_line_that_cannot_be_read_hides_no_other(stage: Deploying) -> None:
    for method in ("databases.snapshots", "rollers.room", "rollers.revision"):
        stage.production.fail(method, THROTTLED)
    stage.pager.failing = Temporary("PagerDuty: 503")
    checklist = await checked(stage)
    assert codes(checklist) == ["unverified"] * 4
    assert all("could not be verified" in one.message for one in checklist.obstacles)


# --- the image ---------------------------------------------------------------------------------


async def test_the_image_is_named_with_when_it_was_pushed(stage: Deploying) -> None:
    said = line(await checked(stage), "The image exists").said
    assert said == f"backend:{NEW}, pushed {stage.clock.now():%Y-%m-%d %H:%M} UTC"


async def test_an_image_that_is_not_there_is_missing(stage: Deploying) -> None:
    stage.production.images["backend"].pop()
    checklist = await checked(stage)
    assert codes(checklist) == ["image_missing"]
    assert checklist.obstacles[0].unblock == "/filmops releases"


@pytest.mark.parametrize("fault", [DENIED, DENIED_403, THROTTLED])
async def test_a_registry_that_does_not_tell_is_not_an_empty_one(
    stage: Deploying, fault: FilmOpsError
) -> None:
    stage.production.fail("images.find", fault, times=2)
    checklist = await checked(stage)
    assert set(codes(checklist)) == {"unverified"}
    assert fault.message in line(checklist, "The image exists").said


# --- GitHub ------------------------------------------------------------------------------------


def on_github(stage: Deploying) -> MemoryCode:
    code = MemoryCode(clock=stage.clock)
    stage.world = replace(stage.world, code=code)
    return code


async def test_github_answers_for_tests_and_reviews_instead_of_people() -> None:
    stage = Deploying(topology=topology(github=GITHUB))
    on_github(stage)
    checklist = await checked(stage)
    assert line(checklist, "All tests pass").said.startswith("passed on 3333333")
    assert "ana and chloe" in line(checklist, "Code review").said
    assert "All tests pass in CI/CD" not in boxes(checklist)


async def test_red_tests_and_too_few_reviews_are_two_codes() -> None:
    stage = Deploying(topology=topology(github=GITHUB))
    code = on_github(stage)
    code.versions[NEW] = replace(
        code.versions[NEW], checks={"test": CheckState.FAILED}, approvers=("ana",)
    )
    checklist = await checked(stage)
    assert codes(checklist) == ["tests_not_green", "not_reviewed"]
    assert checklist.obstacles[0].unblock == (
        "Look at ai-film-studio/backend on GitHub, then ask again."
    )


async def test_where_reviews_are_not_asked_for_there_is_no_line_of_them() -> None:
    source = GITHUB.model_copy(update={"reviews": 0})
    stage = Deploying(topology=topology(github=source))
    on_github(stage)
    titles = [check.title for check in (await checked(stage)).checks]
    assert not [title for title in titles if title.startswith("Code review")]


async def test_a_github_that_does_not_answer_or_is_not_set_up_is_unverified() -> None:
    stage = Deploying(topology=topology(github=GITHUB))
    silent = await checked(stage)
    assert codes(silent) == ["unverified", "unverified"]
    assert "GITHUB_TOKEN is not set" in silent.obstacles[0].message
    on_github(stage).failing = Temporary("GitHub: 502")
    assert "GitHub: 502" in (await checked(stage)).obstacles[0].message


# --- staging -----------------------------------------------------------------------------------

STAGING = "backend-staging"
RUNS, WORKS = "Backend API (staging) runs it", "Backend API (staging): health"


async def test_without_a_staging_a_person_has_verified_it_elsewhere() -> None:
    checklist = await checked(Deploying(topology=topology(staging=None)))
    assert "Verified outside production" in boxes(checklist)
    assert not [check for check in checklist.checks if "staging" in check.title]


async def test_staging_that_runs_something_else_says_how_to_bring_it_there(
    stage: Deploying,
) -> None:
    staging = stage.topology.services[STAGING]
    stage.production.tasks[STAGING, BLUE] = stage.production.running(staging, OLD)
    (obstacle,) = (await checked(stage)).obstacles
    assert obstacle.code == "staging_not_well"
    assert "it runs v1.4.2" in obstacle.message
    assert obstacle.unblock == f"/filmops deploy {STAGING} {NEW}"


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"running": 2}, "2 of 3 tasks run"),
        ({"running": 0, "desired": 0}, "0 of 0 tasks run"),
    ],
)
async def test_staging_whose_tasks_do_not_all_run_is_not_well(
    stage: Deploying, about: dict[str, int], said: str
) -> None:
    tasks = stage.production.tasks[STAGING, BLUE]
    stage.production.tasks[STAGING, BLUE] = replace(tasks, **about)  # type: ignore[arg-type]
    checklist = await checked(stage)
    assert codes(checklist) == ["staging_not_well"]
    assert line(checklist, RUNS).said == said


async def test_staging_in_the_middle_of_a_deployment_is_not_steady(stage: Deploying) -> None:
    tasks = stage.production.tasks[STAGING, BLUE]
    going = replace(tasks.deployments[0], rollout="IN_PROGRESS")
    stage.production.tasks[STAGING, BLUE] = replace(tasks, deployments=(going,))
    assert line(await checked(stage), RUNS).said == "ECS is still deploying"


async def test_staging_with_an_ill_target_is_not_healthy(stage: Deploying) -> None:
    stage.production.targets[STAGING, BLUE] = Targets(healthy=2, unhealthy=1)
    assert line(await checked(stage), RUNS).said == "2 of 3 targets are healthy"


async def test_staging_with_traffic_on_both_colours_proves_nothing(stage: Deploying) -> None:
    stage.production.set_weights(STAGING, {BLUE: 50, GREEN: 50})
    checklist = await checked(stage)
    assert (codes(checklist), line(checklist, RUNS).said) == (
        ["staging_not_well"],
        "its traffic is on both colours",
    )


@pytest.mark.parametrize("part_of_it", ["routes", "tasks", "targets"])
async def test_a_staging_that_cannot_be_read_is_unverified(
    stage: Deploying, part_of_it: str
) -> None:
    if part_of_it == "routes":
        del stage.production.routes[STAGING]
    elif part_of_it == "tasks":
        del stage.production.tasks[STAGING, BLUE]
    else:
        del stage.production.targets[STAGING, BLUE]
    assert codes(await checked(stage)) == ["unverified"]


async def test_staging_that_answers_wrongly_does_not_work(stage: Deploying) -> None:
    service = stage.topology.services[STAGING]
    stage.probe.answers[STAGING, "GET", service.health_path] = None
    checklist = await checked(stage)
    assert codes(checklist) == ["staging_not_well"]
    assert line(checklist, WORKS).said == "/health says ConnectError: refused"


async def test_staging_that_does_not_answer_in_time_is_unverified(stage: Deploying) -> None:
    class Slow(MemoryProbe):
        async def get(
            self, service: Service, path: str, colour: Colour | None = None
        ) -> ProbeResult:
            raise TimeoutError

    stage.world = replace(stage.world, probe=Slow())
    checklist = await checked(stage)
    assert codes(checklist) == ["unverified"]
    assert line(checklist, WORKS).said == "no answer within 8 s"


async def test_what_filmops_migrated_in_staging_needs_no_box(stage: Deploying) -> None:
    told = {"version": NEW, "outcome": "deployed"}
    entry = ChangeLogEntry(
        run=7,
        resource=f"service/{STAGING}",
        operation="deploy",
        summary="",
        before="",
        after="",
        asked_by="U0ANA",
        approved_by=(),
        at=stage.clock.now(),
        detail=told,
    )
    stage.tables.changes.append(replace(entry, detail={"version": NEW, "outcome": "failed"}))
    assert "Database migrations tested in staging" in boxes(await checked(stage))
    stage.tables.changes.append(entry)
    checklist = await checked(stage)
    assert "Database migrations tested in staging" not in boxes(checklist)
    said = line(checklist, "Database migrations").said
    assert said.startswith(f"{NEW} came to {STAGING} by R7 on ")


async def test_a_service_without_migrations_has_no_line_of_them() -> None:
    checklist = await checked(Deploying(topology=topology(migration=None)), schema=None)
    assert boxes(checklist)[2:] == [
        "The rollback plan is documented",
        "Stakeholders have been told",
    ]


# --- schema, boxes -----------------------------------------------------------------------------


async def test_who_does_not_say_what_becomes_of_the_schema_has_somebody_answer_for_it(
    stage: Deploying,
) -> None:
    assert boxes(await checked(stage, schema=None))[-1] == (
        "The old release runs on the migrated schema"
    )


async def test_a_line_that_is_asked_for_twice_is_one_box() -> None:
    twice = topology(boxes=("All tests pass in CI/CD", "Told", "Told"))
    assert boxes(await checked(Deploying(topology=twice))).count("All tests pass in CI/CD") == 1


# --- backup, on call, room ---------------------------------------------------------------------


async def test_a_young_backup_is_named_with_its_age(stage: Deploying) -> None:
    assert line(await checked(stage), "Backup created").said == "rds:today, 2 h old"


async def test_a_backup_that_is_too_old_or_not_there_is_made_by_the_run(stage: Deploying) -> None:
    (young,) = stage.production.snapshots["prod-db"]
    old = replace(young, created_at=young.created_at - timedelta(hours=23))
    for snapshots in ([old], []):
        stage.production.snapshots["prod-db"] = snapshots
        check = line(await checked(stage), "Backup created")
        assert (check.found, check.said) == (Found.OK, "none of the last 24 h: one is made")


async def test_a_service_without_a_database_needs_no_backup() -> None:
    shipped = load(SHIPPED)
    backend = shipped.services["backend"].model_copy(update={"database": None})
    without = shipped.model_copy(update={"services": {**shipped.services, "backend": backend}})
    titles = [check.title for check in (await checked(Deploying(topology=without))).checks]
    assert "Backup created" not in titles


async def test_somebody_must_hear_the_page(stage: Deploying) -> None:
    assert line(await checked(stage), "On-call").said == "Ana on level 1"
    stage.pager.rota[0] = None
    assert codes(await checked(stage)) == ["nobody_on_call"]


async def test_a_level_that_pagerduty_does_not_tell_of_is_not_an_empty_one(
    stage: Deploying,
) -> None:
    stage.pager.rota.clear()
    checklist = await checked(stage)
    assert codes(checklist) == ["unverified"]
    assert "PagerDuty does not tell of level 1" in checklist.obstacles[0].message


async def test_old_and_new_tasks_stand_side_by_side_and_need_addresses(stage: Deploying) -> None:
    stage.production.rooms["backend", GREEN] = 2
    checklist = await checked(stage)
    assert codes(checklist) == ["no_room"]
    assert line(checklist, "Capacity").said == "2 free addresses in green's subnets, 3 needed"


async def test_tasks_without_addresses_of_their_own_need_none(stage: Deploying) -> None:
    stage.production.rooms["backend", GREEN] = None
    assert "no addresses of their own" in line(await checked(stage), "Capacity").said


async def test_a_warm_colour_that_is_scaled_in_needs_room_for_all(stage: Deploying) -> None:
    green = stage.production.tasks["backend", GREEN]
    stage.production.tasks["backend", GREEN] = replace(green, desired=0, running=0)
    stage.production.rooms["backend", GREEN] = 3
    assert line(await checked(stage), "Capacity").found is Found.OK


# --- the way back ------------------------------------------------------------------------------


async def test_a_live_revision_that_somebody_deregistered_is_no_way_back(
    stage: Deploying,
) -> None:
    arn = stage.production.tasks["backend", BLUE].task_definition
    stage.production.revisions[arn]["status"] = "INACTIVE"
    (obstacle,) = (await checked(stage)).obstacles
    assert (obstacle.code, obstacle.unblock) == ("no_way_back", "/filmops status backend")


async def test_a_live_image_that_was_cleaned_away_is_no_way_back(stage: Deploying) -> None:
    images: list[Image] = stage.production.images["backend"]
    stage.production.images["backend"] = [image for image in images if image.tag != OLD]
    assert codes(await checked(stage)) == ["no_way_back"]


async def test_an_ill_live_colour_is_no_way_back(stage: Deploying) -> None:
    stage.production.targets["backend", Colour.BLUE] = Targets(healthy=1, unhealthy=2)
    assert codes(await checked(stage)) == ["no_way_back"]
