"""What only the real adapters can show, on the plant: what leaves the process, and what is kept."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from bot.adapters.aws import AwsClients, build_aws
from bot.domain.live import Missing, Route
from bot.domain.verdict import Verdict, judge
from bot.errors import OperationFailed, Temporary
from bot.topology import Colour
from tests.plant import Plant
from tests.productions import OnThePlant

pytestmark = pytest.mark.contract

TO_GREEN = {Colour.BLUE: 0, Colour.GREEN: 100}


@pytest.fixture
def on_plant(plant: Plant) -> Any:
    """The real adapters."""
    made = OnThePlant(plant)
    yield made
    made.clients.close()


@pytest.fixture
def console(plant: Plant) -> Any:
    """A person's own boto3, for what people do meanwhile."""

    def client(service: Any) -> Any:
        return boto3.client(service, region_name="us-east-1")

    return client


async def first(production: OnThePlant) -> Route:
    """The default action's route."""
    return (await production.aws.traffic.routes(production.service))[0]


def holding() -> None:
    """A fence that holds."""


async def test_the_fence_is_asked_in_the_thread_that_sends(on_plant: OnThePlant) -> None:
    threads: list[str] = []
    await on_plant.aws.traffic.set_weights(
        await first(on_plant),
        TO_GREEN,
        fence=lambda: threads.append(threading.current_thread().name),
    )
    assert [name.startswith("filmops-aws") for name in threads] == [True]


async def test_an_effect_without_a_fence_never_leaves(on_plant: OnThePlant) -> None:
    with on_plant.clients.fenced("elbv2", holding) as elbv2:
        pass
    with pytest.raises(RuntimeError, match="needs a fence"):
        elbv2.modify_listener(ListenerArn="arn:any", DefaultActions=[])
    assert on_plant.effects() == []


async def test_an_effect_whose_answer_is_late_is_temporary_and_sent_once(plant: Plant) -> None:
    production = OnThePlant(plant)
    clients = AwsClients(production.topology, read_seconds=0.2)
    try:
        production.aws = build_aws(production.topology, clients=clients)
        route = await first(production)
        plant.fault("elasticloadbalancing.ModifyListener", "latency", seconds=1.0)
        with pytest.raises(Temporary):
            await production.aws.traffic.set_weights(route, TO_GREEN, fence=holding)
    finally:
        clients.close()
        production.clients.close()


async def test_a_read_that_fails_once_succeeds_by_itself(on_plant: OnThePlant) -> None:
    on_plant.plant.fault("ecs.DescribeServices", "status", status=503, times=1)
    tasks = await on_plant.aws.containers.tasks(on_plant.service, Colour.BLUE)
    assert tasks.running == 3


async def test_everything_else_on_the_listener_stays(on_plant: OnThePlant, console: Any) -> None:
    elbv2, route = console("elbv2"), await first(on_plant)
    before = elbv2.describe_listeners(ListenerArns=[route.listener_arn])["Listeners"][0]
    await on_plant.aws.traffic.set_weights(route, TO_GREEN, fence=holding)
    after = elbv2.describe_listeners(ListenerArns=[route.listener_arn])["Listeners"][0]
    (forward,) = after["DefaultActions"]
    assert forward["ForwardConfig"]["TargetGroupStickinessConfig"] == {
        "Enabled": True,
        "DurationSeconds": 3600,
    }
    assert {**before, "DefaultActions": []} == {**after, "DefaultActions": []}


async def test_a_listener_of_the_older_spelling_is_read_and_moved(
    on_plant: OnThePlant, console: Any
) -> None:
    route = await first(on_plant)
    blue = route.actions[0]["ForwardConfig"]["TargetGroups"][0]["TargetGroupArn"]
    console("elbv2").modify_listener(
        ListenerArn=route.listener_arn,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": blue}],
    )
    legacy = await first(on_plant)
    assert legacy.weights == {Colour.BLUE: 1, Colour.GREEN: 0}
    await on_plant.aws.traffic.set_weights(legacy, TO_GREEN, fence=holding)
    assert (await first(on_plant)).weights == TO_GREEN


async def test_all_pages_of_rules_are_read(on_plant: OnThePlant, console: Any) -> None:
    route = await first(on_plant)
    elbv2 = console("elbv2")
    for priority in range(100, 160):
        elbv2.create_rule(
            ListenerArn=route.listener_arn,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": [f"/{priority}/*"]}],
            Actions=[dict(route.actions[0])],
        )
    routes = await on_plant.aws.traffic.routes(on_plant.service)
    assert [each.label for each in routes[-2:]] == ["HTTPS:443 rule 158", "HTTPS:443 rule 159"]
    assert len(routes) == 62


async def test_a_target_group_made_anew_is_found_again(on_plant: OnThePlant, console: Any) -> None:
    elbv2, traffic, service = console("elbv2"), on_plant.aws.traffic, on_plant.service
    vpc = await blue_is_deleted(on_plant, elbv2)
    with pytest.raises(OperationFailed) as failed:
        await traffic.targets(service, Colour.BLUE)
    assert failed.value.code == "not_found"
    elbv2.create_target_group(Name="backend-blue", Protocol="HTTP", Port=8000, VpcId=vpc)
    assert (await traffic.targets(service, Colour.BLUE)).total == 0


async def test_a_target_group_that_is_silent_is_looked_up_again(
    on_plant: OnThePlant, console: Any
) -> None:
    elbv2, service = console("elbv2"), on_plant.service
    vpc = await blue_is_deleted(on_plant, elbv2)
    elbv2.create_target_group(Name="backend-blue", Protocol="HTTP", Port=8000, VpcId=vpc)
    long_ago = datetime.now(UTC) - timedelta(days=2)
    await on_plant.aws.metrics.minutes(service, start=long_ago, end=long_ago + timedelta(minutes=2))
    assert (await on_plant.aws.traffic.targets(service, Colour.BLUE)).total == 0


async def blue_is_deleted(on_plant: OnThePlant, elbv2: Any) -> str:
    """Somebody deletes blue's target group, which the adapter has read; its network."""
    routes = await on_plant.aws.traffic.routes(on_plant.service)
    blue, green = (
        member["TargetGroupArn"] for member in routes[0].actions[0]["ForwardConfig"]["TargetGroups"]
    )
    to_green = [{"Type": "forward", "TargetGroupArn": green}]
    elbv2.modify_listener(ListenerArn=routes[0].listener_arn, DefaultActions=to_green)
    elbv2.modify_rule(RuleArn=routes[1].arn, Actions=to_green)
    elbv2.delete_target_group(TargetGroupArn=blue)
    found = elbv2.describe_target_groups(TargetGroupArns=[green])["TargetGroups"][0]
    return str(found["VpcId"])


async def test_a_queue_made_anew_is_found_again(on_plant: OnThePlant, console: Any) -> None:
    sqs, queue = console("sqs"), on_plant.topology.queues["prod-jobs"]
    await on_plant.aws.queues.state(queue)
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="prod-jobs")["QueueUrl"])
    with pytest.raises(OperationFailed) as failed:
        await on_plant.aws.queues.state(queue)
    assert failed.value.code == "not_found"
    sqs.create_queue(QueueName="prod-jobs")
    assert (await on_plant.aws.queues.state(queue)).waiting == 0


async def test_one_ecs_name_in_two_clusters_is_two_services(on_plant: OnThePlant) -> None:
    services = on_plant.topology.services
    prod = await on_plant.aws.containers.tasks(services["backend"], Colour.BLUE)
    staging = await on_plant.aws.containers.tasks(services["backend-staging"], Colour.BLUE)
    # They share a repository, not a family.
    assert "/backend:" in prod.task_definition
    assert "/backend-staging:" in staging.task_definition


async def test_an_ecs_service_that_was_deleted_is_not_found(
    on_plant: OnThePlant, console: Any
) -> None:
    ecs = console("ecs")
    ecs.delete_service(cluster="prod-cluster", service="backend-service-green", force=True)
    with pytest.raises(OperationFailed) as failed:
        await on_plant.aws.containers.tasks(on_plant.service, Colour.GREEN)
    assert failed.value.code == "not_found"


async def test_the_role_of_the_topology_is_assumed(plant: Plant) -> None:
    topology = OnThePlant(plant).topology
    studio = topology.studio.model_copy(
        update={"role_arn": "arn:aws:iam::123456789012:role/filmops"}
    )
    clients = AwsClients(topology.model_copy(update={"studio": studio}))
    try:
        caller = await clients.run(lambda: clients.sts().get_caller_identity())
    finally:
        clients.close()
    assert ":assumed-role/filmops/filmops" in caller["Arn"]
    assert len(plant.calls("AssumeRole")) == 1


async def test_an_address_that_is_none_fails_with_the_setting_named(plant: Plant) -> None:
    clients = AwsClients(OnThePlant(plant).topology, endpoint_url="not an address")
    with pytest.raises(OperationFailed) as failed:
        await clients.run(clients.ecs)
    assert "AWS_ENDPOINT_URL" in failed.value.hint
    clients.close()


async def test_a_database_is_told_without_its_connections_when_those_are_denied(
    on_plant: OnThePlant,
) -> None:
    on_plant.plant.tell("deny", action="cloudwatch:GetMetricData")
    state = await on_plant.aws.databases.state(on_plant.topology.databases["prod-db"])
    assert state.status == "available"
    assert isinstance(state.connections, Missing)
    assert state.connections.reason.startswith("AWS cloudwatch:GetMetricData (")


async def test_a_live_colour_without_any_target_is_all_errors(on_plant: OnThePlant) -> None:
    on_plant.plant.tell("colour", service="backend", colour="blue", running=0)
    on_plant.plant.tell("advance", seconds=240)
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    found = await on_plant.aws.metrics.minutes(
        on_plant.service, start=end - timedelta(minutes=2), end=end
    )
    for minute in found[Colour.BLUE]:
        assert minute.balancer_errors == minute.errors == minute.requests > 1000
        assert judge(minute, on_plant.topology.thresholds) is Verdict.BREACH
    assert {minute.errors for minute in found[Colour.GREEN]} == {0}


async def test_a_service_whose_groups_are_gone_blinds_no_other(
    on_plant: OnThePlant, console: Any
) -> None:
    elbv2, services = console("elbv2"), on_plant.topology.services
    groups = elbv2.describe_target_groups(Names=["backend-staging-green"])["TargetGroups"]
    for listener in elbv2.describe_listeners(LoadBalancerArn=groups[0]["LoadBalancerArns"][0])[
        "Listeners"
    ]:
        elbv2.delete_listener(ListenerArn=listener["ListenerArn"])
    elbv2.delete_target_group(TargetGroupArn=groups[0]["TargetGroupArn"])
    end = datetime.now(UTC)
    span = {"start": end - timedelta(minutes=2), "end": end}
    found = await on_plant.aws.metrics.minutes_of(list(services.values()), **span)
    assert set(found) == {"backend"}
    with pytest.raises(OperationFailed) as failed:
        await on_plant.aws.metrics.minutes(services["backend-staging"], **span)
    assert failed.value.code == "not_found"
