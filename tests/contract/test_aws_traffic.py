"""The load balancer's port, on the twin and on the plant."""

from __future__ import annotations

import pytest

from bot.domain.live import Route
from bot.errors import Fenced, OperationFailed, Temporary
from bot.topology import Colour
from tests.productions import Fault, Production

pytestmark = pytest.mark.contract

TO_BLUE = {Colour.BLUE: 100, Colour.GREEN: 0}
TO_GREEN = {Colour.BLUE: 0, Colour.GREEN: 100}


def holding() -> None:
    """A fence that holds."""


def taken_over() -> None:
    """A fence that does not."""
    raise Fenced("another worker has this step")


async def weights(production: Production) -> list[object]:
    """Each route's weights now."""
    routes = await production.aws.traffic.routes(production.service)
    return [route.weights for route in routes]


async def first(production: Production) -> Route:
    """The default action's route."""
    return (await production.aws.traffic.routes(production.service))[0]


async def test_every_way_to_either_colour_is_read(production: Production) -> None:
    routes = await production.aws.traffic.routes(production.service)
    assert [(route.label, route.is_default) for route in routes] == [
        ("HTTPS:443 default", True),
        ("HTTPS:443 rule 20", False),
    ]
    assert [route.weights for route in routes] == [TO_BLUE, TO_BLUE]
    assert len({route.arn for route in routes}) == 2


async def test_what_a_person_changes_is_read_the_next_time(production: Production) -> None:
    production.someone_sets({Colour.BLUE: 90, Colour.GREEN: 10})
    assert await weights(production) == [{Colour.BLUE: 90, Colour.GREEN: 10}] * 2


async def test_a_default_action_and_a_rule_are_moved_by_one_call_each(
    production: Production,
) -> None:
    for route in await production.aws.traffic.routes(production.service):
        await production.aws.traffic.set_weights(route, TO_GREEN, fence=holding)
    assert await weights(production) == [TO_GREEN, TO_GREEN]
    assert production.effects() == ["modify_listener", "modify_rule"]


async def test_a_move_keeps_everything_but_the_weights(production: Production) -> None:
    before = await first(production)
    await production.aws.traffic.set_weights(before, TO_GREEN, fence=holding)
    await production.aws.traffic.set_weights(await first(production), TO_BLUE, fence=holding)
    assert await first(production) == before


async def test_the_call_shown_is_the_call_made(production: Production) -> None:
    route = await first(production)
    action, parameters = production.aws.traffic.call_for(route, TO_GREEN)
    assert action == "modify_listener"
    assert set(parameters) == {"ListenerArn", "DefaultActions"}
    await production.aws.traffic.set_weights(route, TO_GREEN, fence=holding)
    assert list((await first(production)).actions) == parameters["DefaultActions"]


async def test_a_route_nobody_read_cannot_be_changed(production: Production) -> None:
    stranger = Route(
        arn="arn:elsewhere",
        listener_arn="arn:elsewhere",
        label="HTTP:80 default",
        is_default=True,
        weights=TO_BLUE,
        actions=(),
    )
    with pytest.raises(OperationFailed) as refused:
        production.aws.traffic.call_for(stranger, TO_GREEN)
    assert refused.value.code == "unread"


async def test_a_fence_that_fell_stops_the_call_before_it_leaves(production: Production) -> None:
    route = await first(production)
    with pytest.raises(Fenced, match="another worker"):
        await production.aws.traffic.set_weights(route, TO_GREEN, fence=taken_over)
    assert production.effects() == []
    assert await weights(production) == [TO_BLUE, TO_BLUE]


async def test_the_fence_is_asked_once_for_each_call(production: Production) -> None:
    asked: list[str] = []
    for route in await production.aws.traffic.routes(production.service):
        await production.aws.traffic.set_weights(
            route,
            TO_GREEN,
            fence=lambda route=route: asked.append(route.label),
        )
    assert asked == ["HTTPS:443 default", "HTTPS:443 rule 20"]


@pytest.mark.parametrize("fault", ["throttled", "down"])
async def test_a_move_that_did_not_happen_is_temporary_and_not_repeated(
    production: Production, fault: Fault
) -> None:
    route = await first(production)
    production.fail("traffic.set_weights", fault)
    with pytest.raises(Temporary):
        await production.aws.traffic.set_weights(route, TO_GREEN, fence=holding)
    assert len(production.effects()) == 1
    assert await weights(production) == [TO_BLUE, TO_BLUE]


async def test_a_lost_answer_is_temporary_and_reading_back_tells(production: Production) -> None:
    route = await first(production)
    production.fail("traffic.set_weights", "lost")
    with pytest.raises(Temporary):
        await production.aws.traffic.set_weights(route, TO_GREEN, fence=holding)
    assert len(production.effects()) == 1
    assert await weights(production) == [TO_GREEN, TO_BLUE]


@pytest.mark.parametrize("fault", ["denied", "denied-403"])
async def test_a_move_that_is_denied_fails_for_good(production: Production, fault: Fault) -> None:
    route = await first(production)
    production.fail("traffic.set_weights", fault)
    with pytest.raises(OperationFailed) as failed:
        await production.aws.traffic.set_weights(route, TO_GREEN, fence=holding)
    assert failed.value.code == "denied"
    assert failed.value.hint
    assert await weights(production) == [TO_BLUE, TO_BLUE]


async def test_targets_are_counted_by_health_with_the_reasons(production: Production) -> None:
    production.sicken(Colour.BLUE, 2)
    blue = await production.aws.traffic.targets(production.service, Colour.BLUE)
    green = await production.aws.traffic.targets(production.service, Colour.GREEN)
    assert (blue.healthy, blue.unhealthy, blue.total) == (1, 2, 3)
    assert len(blue.reasons) == 2
    assert all("Health checks failed" in reason for reason in blue.reasons)
    assert (green.healthy, green.unhealthy, green.reasons) == (3, 0, ())
