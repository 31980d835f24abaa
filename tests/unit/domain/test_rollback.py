"""Which way traffic moves, for every state it can be in; and never onto a broken colour."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from bot.adapters.memory.clock import START
from bot.domain.live import ColourState, Missing, Route, ServiceState, Targets, Tasks
from bot.domain.reasons import Reason
from bot.domain.rollback import decide, healthy_enough, is_on, wanted_weights
from bot.errors import Refused
from bot.topology import Colour, Thresholds, load
from tests.stage import SHIPPED

pytestmark = pytest.mark.unit

SERVICE = load(SHIPPED).services["backend"]
RULE = Thresholds(unhealthy_targets=0.5)
BLUE, GREEN = Colour.BLUE, Colour.GREEN
TASKS = Tasks(desired=3, running=3, pending=0, task_definition="arn:1", image="repo:v1")
WELL = Targets(healthy=3, unhealthy=0)
UNREAD = Missing(reason="throttled")


def route(blue: int, green: int, *, name: str = "default", default: bool = True) -> Route:
    return Route(
        arn=f"arn:{name}",
        listener_arn="arn:listener",
        label=name,
        is_default=default,
        weights={BLUE: blue, GREEN: green},
        actions=(),
    )


def half(targets: Targets | Missing = WELL, tasks: Tasks | Missing = TASKS) -> ColourState:
    return ColourState(tasks=tasks, targets=targets, minutes=())


def state(
    *routes: Route, blue: ColourState | None = None, green: ColourState | None = None
) -> ServiceState:
    return ServiceState(
        service="backend",
        read_at=START,
        routes=routes,
        colours={BLUE: blue or half(), GREEN: green or half()},
    )


def refused(given: ServiceState, *, to: Colour | None = None) -> Refused:
    with pytest.raises(Refused) as raised:
        decide(SERVICE, given, RULE, to=to)
    assert raised.value.hint
    return raised.value


WEIGHTS = (0, 1, 50, 99, 100, 999)


@pytest.mark.parametrize(
    ("blue", "green", "to"), list(itertools.product(WEIGHTS, WEIGHTS, [None, BLUE, GREEN]))
)
def test_every_pair_of_weights_has_one_direction_or_one_reason(
    blue: int, green: int, to: Colour | None
) -> None:
    given = state(route(blue, green))
    if to is None and blue == green:
        assert refused(given).code is Reason.MIXED_TRAFFIC
        return
    target = to or (GREEN if blue > green else BLUE)
    live, idle = (blue, green) if target is GREEN else (green, blue)
    if to is not None and live == 0 and idle > 0:
        assert refused(given, to=to).code is Reason.NOTHING_TO_DO
        return
    direction = decide(SERVICE, given, RULE, to=to)
    assert (direction.target, direction.live) == (target, target.other)
    assert direction.routes == given.routes


HEALTH: tuple[Targets | Missing, ...] = (
    UNREAD,
    *(Targets(healthy=h, unhealthy=u) for h, u in itertools.product(range(4), range(4))),
)


@pytest.mark.parametrize(
    ("targets", "tasks", "blue_serves"), list(itertools.product(HEALTH, (TASKS, UNREAD), (1, 0)))
)
def test_traffic_never_moves_onto_a_colour_that_is_broken_or_unknown(
    targets: Targets | Missing, tasks: Tasks | Missing, blue_serves: int
) -> None:
    idle = half(targets, tasks)
    weights = (100, 0) if blue_serves else (0, 100)
    given = state(route(*weights), **{"green" if blue_serves else "blue": idle})
    if isinstance(targets, Missing) or isinstance(tasks, Missing):
        assert refused(given).code is Reason.LIVE_STATE_UNKNOWN
    elif targets.healthy == 0 or targets.unhealthy > targets.total / 2:
        refusal = refused(given)
        assert refusal.code is Reason.IDLE_COLOUR_BROKEN
        assert f"{targets.healthy} of {targets.total} targets" in refusal.message
    else:
        assert decide(SERVICE, given, RULE).target is (GREEN if blue_serves else BLUE)


@pytest.mark.parametrize(
    "live", [half(UNREAD), half(tasks=UNREAD), half(Targets(healthy=0, unhealthy=3))]
)
def test_whatever_the_bad_colour_looks_like_traffic_may_leave_it(live: ColourState) -> None:
    direction = decide(SERVICE, state(route(100, 0), blue=live), RULE)
    assert direction.target is GREEN
    assert direction.live_tasks == live.tasks


def test_unread_weights_block_with_the_reason_of_the_silence() -> None:
    refusal = refused(replace(state(), routes=UNREAD))
    assert refusal.code is Reason.LIVE_STATE_UNKNOWN
    assert "throttled" in refusal.message
    assert "Unknown means blocked" in refusal.message


def test_a_service_no_listener_forwards_to_cannot_be_steered() -> None:
    assert refused(state()).code is Reason.NOT_STEERABLE


def test_the_live_colour_is_the_first_default_routes() -> None:
    given = state(
        route(0, 100, name="rule", default=False), route(100, 0), route(0, 100, name="other")
    )
    direction = decide(SERVICE, given, RULE)
    assert direction.target is GREEN
    assert [changing.label for changing in direction.routes] == ["default"]


def test_without_a_default_the_first_route_tells() -> None:
    given = state(route(0, 100, name="rule", default=False))
    assert decide(SERVICE, given, RULE).target is BLUE


def test_only_routes_that_are_not_there_yet_are_changed() -> None:
    given = state(route(100, 0), route(0, 7, name="there", default=False), route(60, 40, name="x"))
    direction = decide(SERVICE, given, RULE)
    assert [changing.label for changing in direction.routes] == ["default", "x"]


def test_a_split_to_be_sent_one_way_needs_to_be_told_which() -> None:
    refusal = refused(state(route(50, 50)))
    assert refusal.hint == "/filmops rollback backend --to blue"
    assert decide(SERVICE, state(route(50, 50)), RULE, to=GREEN).target is GREEN


def test_all_goes_to_the_target_and_the_other_colour_stays_in_the_rule() -> None:
    assert wanted_weights(GREEN) == {GREEN: 100, BLUE: 0}


@pytest.mark.parametrize(
    ("weights", "on"),
    [
        ({BLUE: 0, GREEN: 1}, True),
        ({GREEN: 5}, True),
        ({BLUE: 1, GREEN: 99}, False),
        ({BLUE: 0, GREEN: 0}, False),
        ({}, False),
    ],
)
def test_a_route_is_on_a_colour_when_nothing_goes_elsewhere(
    weights: dict[Colour, int], on: bool
) -> None:
    assert is_on(replace(route(0, 0), weights=weights), GREEN) is on


def test_draining_targets_are_no_targets() -> None:
    assert not healthy_enough(Targets(healthy=0, unhealthy=0, draining=3), RULE)
    assert healthy_enough(Targets(healthy=1, unhealthy=1, draining=9), RULE)
