"""The reading ports of AWS, on the twin and on the plant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.instance import DR_TEST_TAG
from bot.errors import OperationFailed, Temporary
from bot.topology import Bucket, Colour, Database, Group, Queue
from tests.productions import Fault, Method, Production

pytestmark = pytest.mark.contract


def this_minute() -> datetime:
    """The running minute's beginning."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


async def test_a_colour_tells_what_it_runs(production: Production) -> None:
    blue = await production.aws.containers.tasks(production.service, Colour.BLUE)
    green = await production.aws.containers.tasks(production.service, Colour.GREEN)
    assert (blue.version, green.version) == ("v1.4.2", "v1.4.1")
    assert (blue.desired, blue.running, blue.pending) == (3, 3, 0)
    (deployment,) = blue.deployments
    assert (deployment.status, deployment.rollout) == ("PRIMARY", "COMPLETED")
    assert deployment.task_definition == blue.task_definition != green.task_definition
    assert deployment.created_at.tzinfo is UTC


async def test_closed_minutes_come_oldest_first_and_only_those_asked_for(
    production: Production,
) -> None:
    end = this_minute() - timedelta(minutes=1)
    start = end - timedelta(minutes=4)
    found = await production.aws.metrics.minutes(production.service, start=start, end=end)
    assert [minute.start for minute in found[Colour.BLUE]] == [
        start + timedelta(minutes=number) for number in range(4)
    ]
    for minute in found[Colour.BLUE]:
        assert minute.complete
        assert minute.requests > 1000
        assert 0.05 < minute.errors / minute.requests < 0.12
        assert minute.p95_seconds == pytest.approx(0.7, abs=0.1)


async def test_a_colour_nobody_uses_has_targets_and_load_and_no_traffic(
    production: Production,
) -> None:
    end = this_minute()
    found = await production.aws.metrics.minutes(
        production.service, start=end - timedelta(minutes=3), end=end
    )
    assert len(found[Colour.GREEN]) == 3
    for minute in found[Colour.GREEN]:
        assert (minute.requests, minute.errors, minute.p95_seconds) == (0, 0, None)
        assert (minute.healthy, minute.unhealthy, minute.memory) == (3.0, 0.0, 41.0)
        assert minute.cpu == pytest.approx(8.0)
        assert minute.database_failures == 0


async def test_targets_that_fail_and_a_database_that_refuses_are_in_the_minutes(
    production: Production,
) -> None:
    end = production.had(Colour.BLUE, 2, database_failures=7)
    found = await production.aws.metrics.minutes(
        production.service, start=end - timedelta(minutes=3), end=end
    )
    assert [(m.healthy, m.unhealthy) for m in found[Colour.BLUE]] == [(1.0, 2.0)] * 3
    assert [(m.healthy, m.unhealthy) for m in found[Colour.GREEN]] == [(3.0, 0.0)] * 3
    for colour in Colour:
        assert [m.database_failures for m in found[colour]] == [0, 0, 7]


async def test_many_services_are_read_at_once_and_each_as_if_alone(production: Production) -> None:
    metrics, services = production.aws.metrics, list(production.topology.services.values())
    end = this_minute()
    span = {"start": end - timedelta(minutes=3), "end": end}
    found = await metrics.minutes_of(services, **span)
    assert found == {each.key: await metrics.minutes(each, **span) for each in services}
    assert await metrics.minutes_of([], **span) == {}


async def test_minutes_before_there_was_anything_are_left_out(production: Production) -> None:
    end = this_minute() - timedelta(days=2)
    found = await production.aws.metrics.minutes(
        production.service, start=end - timedelta(minutes=3), end=end
    )
    assert found == {Colour.BLUE: (), Colour.GREEN: ()}


async def test_a_database_tells_its_state_and_its_last_backup(production: Production) -> None:
    state = await production.aws.databases.state(Database(key="prod-db"))
    assert (state.status, state.instance_class) == ("available", "db.r6g.large")
    assert state.engine == "postgres 15.8"
    assert state.multi_az
    assert state.pending == {}
    assert isinstance(state.latest_backup_at, datetime)
    assert state.latest_backup_at.tzinfo is UTC
    assert state.connections == pytest.approx(42, abs=10)


async def test_only_snapshots_that_can_be_restored_are_listed_newest_first(
    production: Production,
) -> None:
    snapshots = await production.aws.databases.snapshots(Database(key="prod-db"))
    assert [snapshot.kind for snapshot in snapshots] == ["automated", "manual"]
    assert snapshots[0].created_at > snapshots[1].created_at
    assert {snapshot.status for snapshot in snapshots} == {"available"}


async def test_a_queue_tells_what_waits_and_what_was_given_up(production: Production) -> None:
    state = await production.aws.queues.state(production.topology.queues["prod-jobs"])
    assert (state.waiting, state.in_flight, state.dead) == (7, 0, 2)


async def test_a_group_tells_its_size_and_bounds(production: Production) -> None:
    state = await production.aws.groups.state(production.topology.groups["gpu"])
    assert (state.desired, state.minimum, state.maximum, state.in_service) == (2, 1, 6, 2)


async def test_a_name_aws_does_not_know_is_not_found(production: Production) -> None:
    aws, gone = production.aws, "never-was"
    for look in (
        lambda: aws.databases.state(Database(key=gone)),
        lambda: aws.queues.state(Queue(key=gone)),
        lambda: aws.groups.state(Group(key=gone, autoscaling_group=gone)),
        lambda: aws.buckets.rules(Bucket(name=gone)),
        lambda: aws.buckets.sample(Bucket(name=gone), limit=1),
        lambda: aws.buckets.count(Bucket(name=gone), replica=False, now=this_minute()),
    ):
        with pytest.raises(OperationFailed) as failed:
            await look()
        assert failed.value.code == "not_found"
        assert gone in failed.value.message


def looks(production: Production) -> dict[Method, Callable[[], Awaitable[object]]]:
    """Each reading method, ready to be called."""
    aws, service, topology = production.aws, production.service, production.topology
    end = this_minute()
    return {
        "traffic.routes": lambda: aws.traffic.routes(service),
        "traffic.targets": lambda: aws.traffic.targets(service, Colour.BLUE),
        "containers.tasks": lambda: aws.containers.tasks(service, Colour.BLUE),
        "metrics.minutes": lambda: aws.metrics.minutes(
            service, start=end - timedelta(minutes=3), end=end
        ),
        "metrics.minutes_of": lambda: aws.metrics.minutes_of(
            [service], start=end - timedelta(minutes=3), end=end
        ),
        "databases.state": lambda: aws.databases.state(topology.databases["prod-db"]),
        "databases.snapshots": lambda: aws.databases.snapshots(topology.databases["prod-db"]),
        "queues.state": lambda: aws.queues.state(topology.queues["prod-jobs"]),
        "groups.state": lambda: aws.groups.state(topology.groups["gpu"]),
        "images.find": lambda: aws.images.find(service, "v1.4.1"),
        "images.newest": lambda: aws.images.newest(service),
        "rollers.rollouts": lambda: aws.rollers.rollouts(service, Colour.BLUE),
        "rollers.room": lambda: aws.rollers.room(service, Colour.BLUE),
        "errands.find": lambda: aws.errands.find(service, "R1-migrate"),
        "logs.search": lambda: aws.logs.search(
            service.log_group, pattern="?ERROR", start=end - timedelta(minutes=3), end=end
        ),
        "snapshots.state": lambda: aws.snapshots.state("prod-db", "before-R1"),
        "instances.tagged": lambda: aws.instances.tagged(DR_TEST_TAG),
        "buckets.rules": lambda: aws.buckets.rules(topology.buckets["media"]),
        "buckets.sample": lambda: aws.buckets.sample(topology.buckets["media"], limit=3),
        "buckets.count": lambda: aws.buckets.count(
            topology.buckets["media"], replica=True, now=end
        ),
    }


@pytest.mark.parametrize("fault", ["denied", "denied-403"])
async def test_a_read_that_is_denied_says_so_and_how_to_allow_it(
    production: Production, fault: Fault
) -> None:
    for method, look in looks(production).items():
        production.fail(method, fault)
        with pytest.raises(OperationFailed) as failed:
            await look()
        assert failed.value.code == "denied", method
        assert failed.value.hint, method
        await look()


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("traffic.routes", "throttled"),
        ("containers.tasks", "down"),
        ("metrics.minutes_of", "lost"),
    ],
)
async def test_a_read_that_may_work_later_is_temporary(
    production: Production, method: Method, fault: Fault
) -> None:
    production.fail(method, fault)
    look = looks(production)[method]
    with pytest.raises(Temporary):
        await look()
    await look()


async def test_a_read_of_a_deployment_that_may_work_later_is_temporary(
    production: Production,
) -> None:
    faults: dict[Method, Fault] = {
        "images.newest": "throttled",
        "rollers.rollouts": "lost",
        "logs.search": "down",
        "buckets.sample": "down",
        "buckets.rules": "lost",
    }
    for method, fault in faults.items():
        production.fail(method, fault)
        with pytest.raises(Temporary):
            await looks(production)[method]()
