"""From series to minutes: what is counted, what is left out, what is marked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.aws import queries as q
from bot.adapters.aws.minutes import minutes_of
from bot.adapters.aws.names import ServiceArns
from bot.adapters.aws.series import Series
from bot.domain.live import Minute
from bot.topology import Colour, Topology, load
from tests.stage import SHIPPED

pytestmark = pytest.mark.unit

BLUE, GREEN = Colour.BLUE, Colour.GREEN
START = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
PERIODS = [START + timedelta(minutes=number) for number in range(2)]


def told(value: float | None, *, complete: bool = True) -> Series:
    """A series with that value in the first minute, or with none."""
    return Series(points={} if value is None else {START: value}, complete=complete)


def colour(*, partial: str = "", **values: float) -> dict[str, Series]:
    """A colour's series with these values; the one named `partial` came in part."""
    return {name: told(values.get(name), complete=name != partial) for name in q.OF_A_COLOUR}


def blue(
    of: dict[str, Series],
    green: dict[str, Series] | None = None,
    *,
    balancer: float | None = None,
    database: Series | None = None,
) -> list[Minute]:
    """Blue's minutes."""
    colours = {BLUE: of, GREEN: green or colour()}
    return list(minutes_of(colours, PERIODS, balancer=told(balancer), database=database)[BLUE])


PLAIN = Minute(start=START, requests=100, errors=0, p95_seconds=0.2)


def test_errors_are_those_answered_and_those_refused() -> None:
    found = blue(colour(requests=100, errors=3, refused=4, p95=0.2))
    assert found == [replace(PLAIN, errors=7, refused=4)]


def test_a_colour_that_only_refuses_is_seen() -> None:
    found = blue(colour(requests=100, refused=100), balancer=100)
    assert found == [replace(PLAIN, errors=100, refused=100, p95_seconds=None)]


def test_what_the_balancer_answered_besides_is_an_error_and_a_request() -> None:
    found = blue(colour(requests=100, refused=4, p95=0.2), balancer=14)
    assert found == [replace(PLAIN, requests=110, errors=14, refused=4, balancer_errors=10)]


def test_a_colour_without_any_target_has_errors_though_it_has_no_metrics() -> None:
    found = blue(colour(), colour(healthy=3.0, unhealthy=0.0), balancer=60)
    assert found == [
        Minute(start=START, requests=60, errors=60, p95_seconds=None, balancer_errors=60)
    ]


def test_targets_and_load_are_told_also_without_traffic() -> None:
    found = blue(colour(healthy=2.5, unhealthy=0.5, cpu=41.0, memory=60.5))
    assert found == [
        Minute(
            start=START,
            requests=0,
            errors=0,
            p95_seconds=None,
            healthy=2.5,
            unhealthy=0.5,
            cpu=41.0,
            memory=60.5,
        )
    ]


def test_refused_connections_of_the_database_are_both_colours() -> None:
    colours = {BLUE: colour(requests=100, p95=0.2), GREEN: colour()}
    found = minutes_of(colours, PERIODS, balancer=told(None), database=told(7.0))
    assert [minute.database_failures for minute in found[BLUE]] == [7]
    assert [minute.database_failures for minute in found[GREEN]] == [7]


def test_a_minute_without_any_data_is_left_out() -> None:
    assert blue(colour()) == []


def test_nothing_in_a_partial_answer_is_not_the_same_as_nothing() -> None:
    found = blue(colour(requests=100, p95=0.2, partial="errors"))
    assert [(minute.requests, minute.complete) for minute in found] == [(100, False), (0, False)]


def test_one_colours_partial_answer_does_not_blind_the_other() -> None:
    found = blue(colour(requests=100, p95=0.2), colour(partial="requests"))
    assert found == [PLAIN]


def test_traffic_is_known_without_targets_and_load_and_those_are_not_guessed() -> None:
    assert blue(colour(requests=100, p95=0.2, healthy=1.0, partial="healthy")) == [PLAIN]
    assert blue(colour(requests=100, p95=0.2, cpu=1.0, partial="cpu")) == [PLAIN]


def test_without_the_balancers_own_errors_nothing_is_known_to_be_well() -> None:
    colours = {BLUE: colour(requests=100, p95=0.2), GREEN: colour()}
    found = minutes_of(colours, PERIODS, balancer=told(None, complete=False))
    assert {minute.complete for minute in found[BLUE]} == {False}


# --- what is asked ---------------------------------------------------------------------------


@pytest.fixture
def topology() -> Topology:
    """The shipped one."""
    return load(SHIPPED)


def asked(topology: Topology, key: str = "backend", number: int = 0) -> dict[str, str]:
    """Metrics by the ids of their queries."""
    arns = ServiceArns(
        load_balancer="arn:aws:elb:x:1:loadbalancer/app/prod-alb/1",
        groups={c: f"arn:aws:elb:x:1:targetgroup/{c}/1" for c in Colour},
    )
    queries = list(q.queries_of(number, topology.services[key], arns, topology))
    return {query["Id"]: query["MetricStat"]["Metric"]["MetricName"] for query in queries}


def test_twenty_services_fit_one_call(topology: Topology) -> None:
    ids = [name for number in range(20) for name in asked(topology, number=number)]
    assert len(ids) == len(set(ids)) == 360


def test_only_a_balancer_of_its_own_is_asked_for_errors(topology: Topology) -> None:
    staging = topology.services["backend-staging"]
    together = topology.model_copy(
        update={
            "services": {
                **topology.services,
                staging.key: staging.model_copy(update={"load_balancer": "prod-alb"}),
            }
        }
    )
    assert "s0_balancer" in asked(topology)
    assert "s0_balancer" not in asked(together)
    assert "s0_database" in asked(together), "the database's failures are the service's own"
