"""How tests steer a deployment in the memory production."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.memory.aws import MemoryProduction, build_memory_aws
from bot.domain.release import ErrandState, RolloutState
from bot.ports import Aws
from bot.topology import Colour, Topology, load

pytestmark = pytest.mark.unit

GREEN = Colour.GREEN


@pytest.fixture(scope="module")
def topology() -> Topology:
    return load(Path("filmops.toml"))


@pytest.fixture
def production(topology: Topology) -> MemoryProduction:
    return MemoryProduction(topology)


def holding() -> None:
    """A fence that holds."""


async def rolled_out(aws: Aws, production: MemoryProduction, topology: Topology) -> str:
    """Green told to run blue's revision; the deployment's id."""
    blue = production.tasks["backend", Colour.BLUE].task_definition
    return await aws.rollers.update(
        topology.services["backend"], GREEN, revision=blue, desired=4, fence=holding
    )


async def test_a_rollout_stands_still_until_it_is_ended(
    production: MemoryProduction, topology: Topology
) -> None:
    aws, service = build_memory_aws(production), topology.services["backend"]
    production.rollout_ends = RolloutState.IN_PROGRESS
    mine = await rolled_out(aws, production, topology)
    under_way = await aws.rollers.rollouts(service, GREEN)
    assert [(each.id == mine, each.primary, each.state) for each in under_way.rollouts] == [
        (True, True, RolloutState.IN_PROGRESS),
        (False, False, RolloutState.COMPLETED),
    ]
    assert (under_way.desired, under_way.running) == (4, 3)
    production.end_rollout(service, GREEN, RolloutState.COMPLETED)
    done = await aws.rollers.rollouts(service, GREEN)
    assert [(each.id, each.running) for each in done.rollouts] == [(mine, 4)]
    assert production.tasks["backend", GREEN].version == "v1.4.2"


async def test_a_rollout_that_is_rolled_back_leaves_another_primary(
    production: MemoryProduction, topology: Topology
) -> None:
    aws, service = build_memory_aws(production), topology.services["backend"]
    before = production.tasks["backend", GREEN].task_definition
    production.rollout_ends = RolloutState.IN_PROGRESS
    mine = await rolled_out(aws, production, topology)
    production.end_rollout(service, GREEN, RolloutState.FAILED, rolled_back=True)
    after = (await aws.rollers.rollouts(service, GREEN)).primary
    assert after is not None
    assert (after.id != mine, after.state) == (True, RolloutState.COMPLETED)
    assert after.task_definition == before
    assert production.tasks["backend", GREEN].version == "v1.4.1"


async def test_an_errand_runs_until_it_is_ended(
    production: MemoryProduction, topology: Topology
) -> None:
    aws, service = build_memory_aws(production), topology.services["backend"]
    production.errand_ends = None
    await aws.errands.start(service, GREEN, image="registry/backend:v9", key="k", fence=holding)
    running = await aws.errands.find(service, "k")
    assert running is not None
    assert (running.state, running.exit_code) == (ErrandState.RUNNING, None)
    production.end_errand("k", None, "CannotPullContainerError: not found")
    ended = await aws.errands.find(service, "k")
    assert ended is not None
    assert (ended.state, ended.exit_code) == (ErrandState.STOPPED, None)
    assert ended.reason.startswith("CannotPull")


async def test_every_call_that_changes_something_is_an_effect(
    production: MemoryProduction, topology: Topology
) -> None:
    aws, service = build_memory_aws(production), topology.services["backend"]
    template = production.tasks["backend", GREEN].task_definition
    await aws.rollers.register(service, template=template, image="new", fence=holding)
    await rolled_out(aws, production, topology)
    await aws.errands.start(service, GREEN, image="new", key="k", fence=holding)
    await aws.snapshots.take("prod-db", "before", tags={}, fence=holding)
    assert [(call.service, call.action) for call in production.effects] == [
        ("ecs", "register_task_definition"),
        ("ecs", "update_service"),
        ("ecs", "register_task_definition"),
        ("ecs", "run_task"),
        ("rds", "create_db_snapshot"),
    ]
