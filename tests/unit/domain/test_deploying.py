"""Onto which colour a release goes, and whether there would be a way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.checklist import Found
from bot.domain.deploying import Onto, Schema, decide, readiness, shares
from bot.domain.live import ColourState, Missing, Route, ServiceState, Targets, Tasks
from bot.domain.release import Image, Revision
from bot.errors import Refused
from bot.topology import Colour, load
from tests.stage import SHIPPED

pytestmark = pytest.mark.unit

BLUE, GREEN = Colour.BLUE, Colour.GREEN
NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
TOPOLOGY = load(SHIPPED)
SERVICE = TOPOLOGY.services["backend"]
IMAGE = Image(uri="r/backend:v1.4.2", tag="v1.4.2", digest="sha256:" + "a" * 64, pushed_at=NOW)
REVISION = Revision(arn="arn:task-definition/backend:7", family="backend", active=True, image="x")


def tasks(version: str) -> Tasks:
    image, arn = f"r/backend:{version}", f"arn:task-definition/backend:{version}"
    return Tasks(desired=3, running=3, pending=0, task_definition=arn, image=image)


def route(weights: dict[Colour, int], name: str = "default", **about: int) -> Route:
    return Route(
        arn=name,
        listener_arn="listener",
        label=name,
        is_default=True,
        weights=weights,
        actions=(),
        **about,
    )


ON_BLUE = route({BLUE: 100, GREEN: 0})


def state(*routes: Route, blue: str = "v1.4.2", green: str = "v1.4.1") -> ServiceState:
    targets = Targets(healthy=3, unhealthy=0)
    return ServiceState(
        service="backend",
        read_at=NOW,
        routes=routes,
        colours={
            colour: ColourState(tasks=tasks(version), targets=targets, minutes=())
            for colour, version in ((BLUE, blue), (GREEN, green))
        },
    )


def onto(*routes: Route) -> Onto:
    return decide(SERVICE, state(*(routes or (ON_BLUE,))), "v1.4.3")


def refusal(found: ServiceState, version: str = "v1.4.3") -> Refused:
    with pytest.raises(Refused) as refused:
        decide(SERVICE, found, version)
    return refused.value


# --- the direction -----------------------------------------------------------------------------


@pytest.mark.parametrize(("live", "idle"), [(BLUE, GREEN), (GREEN, BLUE)])
def test_a_release_goes_onto_the_colour_that_serves_nobody(live: Colour, idle: Colour) -> None:
    decided = onto(route({live: 100, idle: 0}), route({live: 1}, "rule 20"))
    assert (decided.live, decided.idle) == (live, idle)
    assert len(decided.routes) == 2


def test_traffic_on_both_is_somebody_s_unfinished_work() -> None:
    refused = refusal(state(ON_BLUE, route({BLUE: 0, GREEN: 100}, "rule 20")))
    assert refused.code == "mixed_traffic"
    assert "/filmops rollback backend --to" in refused.hint


def test_what_serves_already_is_not_deployed_once_more() -> None:
    refused = refusal(state(ON_BLUE), "v1.4.2")
    assert (refused.code, refused.message) == (
        "nothing_to_do",
        "Backend API runs v1.4.2 already, on blue.",
    )


def test_what_the_idle_colour_runs_may_be_deployed_there() -> None:
    assert decide(SERVICE, state(ON_BLUE), "v1.4.1").idle is GREEN


@pytest.mark.parametrize("part", ["routes", "tasks", "idle tasks", "targets"])
def test_nothing_is_decided_on_what_was_not_read(part: str) -> None:
    found, missing = state(ON_BLUE), Missing(reason="throttled")
    if part == "routes":
        found = replace(found, routes=missing)
    else:
        colour, name = (GREEN, "tasks") if part == "idle tasks" else (BLUE, part)
        half = replace(found.colours[colour], **{name: missing})
        found = replace(found, colours={**found.colours, colour: half})
    refused = refusal(found)
    assert refused.code == "live_state_unknown"
    assert "(throttled)" in refused.message


def test_without_a_rule_that_forwards_there_is_nothing_to_steer() -> None:
    assert refusal(state()).code == "not_steerable"


def test_a_share_is_of_a_hundred() -> None:
    assert shares(onto(), 5) == {GREEN: 5, BLUE: 95}
    assert shares(onto(), 100) == {GREEN: 100, BLUE: 0}


# --- the way back ------------------------------------------------------------------------------


def lines(
    decided: Onto,
    revision: Revision | Missing = REVISION,
    image: Image | Missing | None = IMAGE,
    schema: Schema | None = Schema.NONE,
) -> dict[str, tuple[Found, str]]:
    checks = readiness(decided, revision, image, schema, TOPOLOGY.thresholds)
    return {check.title: (check.found, check.said) for check in checks}


def test_a_way_back_that_is_open_has_six_good_lines() -> None:
    found = lines(onto())
    assert len(found) == 6
    assert {one for one, _ in found.values()} == {Found.OK}
    assert found["Stickiness"] == (Found.OK, "off")


@pytest.mark.parametrize(
    ("revision", "found", "said"),
    [
        (replace(REVISION, active=False), Found.FAILED, "backend:v1.4.2 is INACTIVE"),
        (Missing(reason="denied"), Found.UNKNOWN, "backend:v1.4.2: denied"),
    ],
)
def test_a_revision_that_cannot_be_started_is_no_way_back(
    revision: Revision | Missing, found: Found, said: str
) -> None:
    title = "The way back: blue's revision can be started again"
    assert lines(onto(), revision=revision)[title] == (found, said)


@pytest.mark.parametrize(
    ("image", "found", "said"),
    [
        (None, Found.FAILED, "v1.4.2 is gone from the registry"),
        (Missing(reason="denied"), Found.UNKNOWN, "v1.4.2: denied"),
    ],
)
def test_an_image_that_cannot_be_pulled_is_no_way_back(
    image: Image | Missing | None, found: Found, said: str
) -> None:
    assert lines(onto(), image=image)["The way back: its image can be pulled"] == (found, said)


def test_of_an_image_without_a_tag_it_is_not_known() -> None:
    decided = onto()
    bare = replace(decided.live_tasks, image="r/backend@sha256:" + "a" * 64)
    found = lines(replace(decided, live_tasks=bare))["The way back: its image can be pulled"]
    assert found[0] is Found.UNKNOWN
    assert "give the live release a tag" in found[1]


def test_a_live_colour_that_is_ill_is_no_way_back() -> None:
    ill = replace(onto(), live_targets=Targets(healthy=1, unhealthy=2))
    assert lines(ill)["The way back: blue is healthy"] == (
        Found.FAILED,
        "1 of 3 targets healthy",
    )


GROUPS = "Both target groups are in every rule"


def test_a_group_that_is_in_some_rule_is_warm_and_is_added_to_the_others() -> None:
    found = lines(onto(ON_BLUE, route({BLUE: 100}, "rule 20")))
    assert found[GROUPS] == (Found.OK, "green is added to rule 20 with the first move")


def test_a_group_in_no_rule_has_no_health_checks_and_blocks() -> None:
    found = lines(onto(route({BLUE: 100})))
    assert found[GROUPS][0] is Found.FAILED
    assert "without health checks: add it with weight 0" in found[GROUPS][1]


def test_stickiness_is_said_with_the_longest_time() -> None:
    found = lines(onto(replace(ON_BLUE, stickiness_seconds=60), ON_BLUE))
    assert found["Stickiness"] == (
        Found.OK,
        "a browser may stay on its colour for up to 60 s",
    )


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (Schema.REVERSIBLE, "the old release runs on the new schema"),
        (Schema.IRREVERSIBLE, "nothing goes back by itself"),
        (Schema.NONE, "no migration is run"),
    ],
)
def test_what_was_said_of_the_schema_stands_there(schema: Schema, said: str) -> None:
    found, words = lines(onto(), schema=schema)["The schema"]
    assert found is Found.OK
    assert words.endswith(said)


def test_what_nobody_said_of_the_schema_is_left_to_a_box() -> None:
    assert "The schema" not in lines(onto(), schema=None)
