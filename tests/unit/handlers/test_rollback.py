"""The plan of a rollback says what would be done, from what, and what a person should know."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.live import Minute, Missing, Snapshot
from bot.domain.plan import Plan
from bot.domain.request import RequestState
from bot.engine.switching import weights_text
from bot.errors import OperationFailed, Refused, Temporary
from bot.topology import Colour
from handlers.rollback import RollbackParams, plan
from tests.stage import ANA, BEN, Stage

pytestmark = pytest.mark.unit

BLUE, GREEN = Colour.BLUE, Colour.GREEN


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def planned(stage: Stage, service: str | None = "backend", to: Colour | None = None) -> Plan:
    return await plan(await stage.context(), RollbackParams(service=service, to=to))


async def test_the_plan_moves_every_route_and_then_watches(stage: Stage) -> None:
    made = await planned(stage)
    assert [step.name for step in made.steps] == [
        "rollback.guard",
        "rollback.switch",
        "rollback.switch",
        "rollback.targets",
        "rollback.probe",
        "rollback.watch",
    ]
    assert made.resource == "service/backend"
    assert made.summary == (
        "Move all traffic of Backend API from blue (v1.4.2) back to green (v1.4.1)."
    )
    assert [(c.before, c.after) for c in made.changes] == [
        ("blue 100, green 0", "blue 0, green 100")
    ] * 2
    assert [call.action for step in made.steps for call in step.calls] == [
        "modify_listener",
        "modify_rule",
    ]


async def test_planning_changes_nothing(stage: Stage) -> None:
    await planned(stage)
    assert stage.production.effects == []


async def test_a_route_that_is_there_already_is_left_alone(stage: Stage) -> None:
    default, rule = stage.production.routes["backend"]
    moved = stage.production.reweighted(rule, "backend", {BLUE: 0, GREEN: 100})
    stage.production.routes["backend"] = [default, moved]
    made = await planned(stage)
    assert [change.subject for change in made.changes] == [default.label]


async def test_without_a_name_it_is_productions_only_service(stage: Stage) -> None:
    assert (await planned(stage, None)).resource == "service/backend"


async def test_to_says_the_way(stage: Stage) -> None:
    with pytest.raises(Refused) as raised:
        await planned(stage, to=BLUE)
    assert raised.value.code == "nothing_to_do"
    stage.production.set_weights("backend", {BLUE: 50, GREEN: 50})
    assert "back to blue" in (await planned(stage, to=BLUE)).summary


async def test_metrics_and_health_are_shown_and_not_compared(stage: Stage) -> None:
    before = await planned(stage)
    stage.traffic(1, colour=BLUE, errors=300)
    stage.clock.advance(300)
    after = await planned(stage)
    assert after.hash == before.hash
    assert after.evidence != before.evidence


async def test_the_evidence_tells_both_colours(stage: Stage) -> None:
    start = stage.clock.now() - timedelta(minutes=5)
    stage.production.minutes["backend", BLUE] = [
        Minute(start=start, requests=1_000, errors=76, p95_seconds=0.8),
        Minute(start=start - timedelta(minutes=1), requests=1_000, errors=0, p95_seconds=None),
    ]
    blue, green, *deployed = (await planned(stage)).evidence
    assert "blue (live): 3/3 targets healthy; 3.8% errors (76 of 2,000 requests in 2 minutes)" in (
        blue
    )
    assert "worst p95 800 ms" in blue
    assert green == "green (standby): 3/3 targets healthy; no traffic in the last minutes"
    assert "blue deployed 2026-01-01 00:00 UTC: backend:2 (completed)" in deployed


async def test_a_p95_nobody_told_is_unknown_and_not_fast(stage: Stage) -> None:
    start = stage.clock.now() - timedelta(minutes=5)
    stage.production.minutes["backend", BLUE] = [
        Minute(start=start, requests=100, errors=1, p95_seconds=None)
    ]
    assert "p95 unknown" in (await planned(stage)).evidence[0]


async def test_what_could_not_be_read_of_the_bad_colour_does_not_keep_traffic_on_it(
    stage: Stage,
) -> None:
    del stage.production.tasks["backend", BLUE]
    del stage.production.targets["backend", BLUE]
    stage.production.fail("metrics.minutes", Temporary("throttled"))
    made = await planned(stage)
    assert "from blue (version unknown) back to green" in made.summary
    assert made.evidence[0].startswith("blue (live): targets unknown (")
    assert "errors unknown (throttled)" in made.evidence[0]
    assert "there is none of that name" in made.facts["blue revision"]


@pytest.mark.parametrize("method", ["traffic.targets", "containers.tasks", "traffic.routes"])
async def test_what_could_not_be_read_of_the_good_colour_does(stage: Stage, method: str) -> None:
    stage.production.fail(method, Temporary("throttled"), times=2)
    with pytest.raises(Refused) as raised:
        await planned(stage)
    assert raised.value.code == "live_state_unknown"


async def test_it_warns_of_one_version_on_both_colours(stage: Stage) -> None:
    service = stage.topology.services["backend"]
    stage.production.tasks["backend", BLUE] = stage.production.running(service, "v1.4.1")
    assert (await planned(stage)).warnings == ("Both colours run v1.4.1: this may not help.",)


async def test_it_warns_of_missing_tasks_and_of_sticky_browsers(stage: Stage) -> None:
    tasks = stage.production.tasks["backend", GREEN]
    stage.production.tasks["backend", GREEN] = replace(tasks, running=1)
    stage.production.routes["backend"] = [
        replace(route, stickiness_seconds=seconds)
        for route, seconds in zip(stage.production.routes["backend"], (60, 3600), strict=True)
    ]
    assert (await planned(stage)).warnings == (
        "green runs 1 of 3 tasks.",
        "Stickiness is on: a browser may stay on blue for up to 3600 s.",
    )


def snapshot(name: str, days: int, status: str = "available") -> Snapshot:
    created = Stage().clock.now() - timedelta(days=days)
    return Snapshot(id=name, kind="automated", created_at=created, status=status)


async def test_the_newest_snapshot_is_offered_and_never_restored(stage: Stage) -> None:
    stage.production.snapshots["prod-db"] = [snapshot("old", 9), snapshot("new", 1)]
    offers = (await planned(stage)).offers
    assert "alembic downgrade -1" in offers[0]
    assert "--db-instance-identifier prod-db-restored --db-snapshot-identifier new`" in offers[1]
    assert "to a *new* instance" in offers[1]


async def test_without_a_snapshot_it_says_so(stage: Stage) -> None:
    stage.production.snapshots["prod-db"] = [snapshot("half", 1, "creating")]
    assert "there is no available snapshot of prod-db." in (await planned(stage)).offers[1]
    stage.production.fail("databases.snapshots", OperationFailed("access denied"))
    assert "could not be listed (access denied)" in (await planned(stage)).offers[1]


async def test_a_service_without_a_database_offers_nothing(stage: Stage) -> None:
    assert (await planned(stage, "backend-staging")).offers == ()


async def test_weights_are_said_in_one_order() -> None:
    assert weights_text({GREEN: 3}) == "blue 0, green 3"
    assert Missing(reason="x").reason == "x"


async def test_whoever_has_the_incident_rolls_back_without_a_second_person(stage: Stage) -> None:
    await stage.type("incident declare P2 backend logins fail", BEN)
    assert (await planned(stage)).pre_approved == ""
    await stage.type("incident ack I1", ANA)
    assert (await planned(stage)).pre_approved == "I1 is theirs"
    request = await stage.ask("rollback backend", ANA)
    assert (request.needed, request.state) == (0, RequestState.APPROVED)
    entry = (await stage.rows())[-1].entry
    assert (entry.action, entry.detail["pre_approved"]) == ("request", "I1 is theirs")
    await stage.until_quiet(seconds=0)
    assert (await stage.request()).state is RequestState.STARTED


async def test_anybody_else_needs_one_and_so_does_the_owner_once_it_is_over(stage: Stage) -> None:
    await stage.type("incident declare P2 backend logins fail", BEN)
    await stage.type("incident ack I1", BEN)
    assert (await planned(stage)).pre_approved == ""
    await stage.type("incident resolve I1", BEN)
    assert (await stage.ask("rollback backend", BEN)).needed == 1
