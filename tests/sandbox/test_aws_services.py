"""Where moto is silent or wrong, the plant answers as AWS would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws_plant import AwsPlant, until

pytestmark = pytest.mark.contract

BLUE = {"cluster": "prod-cluster", "services": ["backend-service-blue"]}


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsPlant]:
    with AwsPlant(tmp_path_factory.mktemp("aws"), "--seed-minutes", "1") as plant:
        yield plant


@pytest.fixture
def plant(process: AwsPlant) -> AwsPlant:
    process.control("reset")
    return process


def forward(*groups: tuple[str, int], **config: Any) -> list[dict[str, Any]]:
    entries = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in groups]
    return [{"Type": "forward", "ForwardConfig": {"TargetGroups": entries, **config}}]


def blue_service(plant: AwsPlant) -> dict[str, Any]:
    found: dict[str, Any] = plant.client("ecs").describe_services(**BLUE)["services"][0]
    return found


def test_the_names_of_the_topology_are_all_there(plant: AwsPlant) -> None:
    assert plant.client("sts").get_caller_identity()["Account"] == "123456789012"
    names = [
        g["TargetGroupName"] for g in plant.client("elbv2").describe_target_groups()["TargetGroups"]
    ]
    assert {"backend-blue", "backend-green", "backend-staging-blue"} <= set(names)
    database = plant.client("rds").describe_db_instances(DBInstanceIdentifier="prod-db")
    assert database["DBInstances"][0]["DBInstanceStatus"] == "available"
    snapshots = plant.client("rds").describe_db_snapshots(DBInstanceIdentifier="prod-db")
    assert {s["SnapshotType"] for s in snapshots["DBSnapshots"]} == {"automated", "manual"}
    sqs = plant.client("sqs")
    url = sqs.get_queue_url(QueueName="prod-jobs")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert int(attributes["ApproximateNumberOfMessages"]) == 7
    assert "prod-jobs-dlq" in attributes["RedrivePolicy"]
    groups = plant.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert [len(group["Instances"]) for group in groups] == [2]
    images = plant.client("ecr").describe_images(repositoryName="backend")["imageDetails"]
    assert {tag for image in images for tag in image["imageTags"]} == {"v1.4.0", "v1.4.1", "v1.4.2"}
    buckets = plant.client("s3").list_buckets()["Buckets"]
    assert "ai-film-studio-media-prod" in {bucket["Name"] for bucket in buckets}


def test_the_prod_listener_has_things_worth_keeping(plant: AwsPlant) -> None:
    listener = plant.listener()
    config = listener["DefaultActions"][0]["ForwardConfig"]
    assert [group["Weight"] for group in config["TargetGroups"]] == [100, 0]
    assert config["TargetGroupStickinessConfig"] == {"Enabled": True, "DurationSeconds": 3600}
    rules = plant.client("elbv2").describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    assert [(r["Priority"], r["Actions"][0]["Type"]) for r in rules] == [
        ("10", "fixed-response"),
        ("20", "forward"),
        ("default", "forward"),
    ]


def test_a_listener_refuses_what_aws_refuses(plant: AwsPlant) -> None:
    elb, listener = plant.client("elbv2"), plant.listener()
    blue = plant.half("blue")["target_group_arn"]
    refused = {
        "TargetGroupNotFound": forward((blue + "0", 1)),
        "ValidationError": forward((blue, 1000)),
    }
    for code, actions in refused.items():
        with pytest.raises(ClientError) as caught:
            elb.modify_listener(ListenerArn=listener["ListenerArn"], DefaultActions=actions)
        assert caught.value.response["Error"]["Code"] == code
    assert plant.listener() == listener


def test_a_target_group_serves_one_load_balancer_only(plant: AwsPlant) -> None:
    elb = plant.client("elbv2")
    staging = elb.describe_target_groups(Names=["backend-staging-blue"])["TargetGroups"][0]
    with pytest.raises(ClientError, match="TargetGroupAssociationLimit"):
        elb.modify_listener(
            ListenerArn=plant.listener()["ListenerArn"],
            DefaultActions=forward((staging["TargetGroupArn"], 1)),
        )


def test_stickiness_survives_a_change_of_weights_only_when_it_is_sent_along(
    plant: AwsPlant,
) -> None:
    listener = plant.listener()
    actions = forward(
        (plant.half("blue")["target_group_arn"], 0), (plant.half("green")["target_group_arn"], 100)
    )
    plant.client("elbv2").modify_listener(
        ListenerArn=listener["ListenerArn"], DefaultActions=actions
    )
    config = plant.listener()["DefaultActions"][0]["ForwardConfig"]
    assert config["TargetGroupStickinessConfig"] == {"Enabled": False}


def test_the_default_rule_is_not_changed_as_a_rule(plant: AwsPlant) -> None:
    elb, listener = plant.client("elbv2"), plant.listener()
    rules = elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    default = next(rule for rule in rules if rule["IsDefault"])
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        elb.modify_rule(RuleArn=default["RuleArn"], Actions=listener["DefaultActions"])


def test_target_health_follows_the_plant(plant: AwsPlant) -> None:
    plant.control("colour", service="backend", colour="blue", unhealthy_targets=2)
    described = plant.client("elbv2").describe_target_health(
        TargetGroupArn=plant.half("blue")["target_group_arn"]
    )["TargetHealthDescriptions"]
    states = [target["TargetHealth"]["State"] for target in described]
    assert states == ["unhealthy", "unhealthy", "healthy"]


def test_a_deployment_takes_time_and_replaces_tasks_and_targets(plant: AwsPlant) -> None:
    ecs, before = plant.client("ecs"), blue_service(plant)
    assert before["runningCount"] == before["desiredCount"] == 3
    assert before["deployments"][0]["rolloutState"] == "COMPLETED"
    old_tasks = ecs.list_tasks(cluster="prod-cluster", serviceName="backend-service-blue")

    updated = ecs.update_service(
        cluster="prod-cluster", service="backend-service-blue", taskDefinition="backend:1"
    )["service"]
    primary, active = updated["deployments"]
    assert (primary["rolloutState"], active["status"]) == ("IN_PROGRESS", "ACTIVE")
    assert primary["id"] != before["deployments"][0]["id"]

    after = until(lambda: len((s := blue_service(plant))["deployments"]) == 1 and s)
    assert after["deployments"][0]["id"] == primary["id"]
    assert after["deployments"][0]["rolloutState"] == "COMPLETED"
    assert after["runningCount"] == 3
    new_tasks = ecs.list_tasks(cluster="prod-cluster", serviceName="backend-service-blue")
    assert not set(old_tasks["taskArns"]) & set(new_tasks["taskArns"])
    health = plant.client("elbv2").describe_target_health(
        TargetGroupArn=plant.half("blue")["target_group_arn"]
    )["TargetHealthDescriptions"]
    states = sorted(target["TargetHealth"]["State"] for target in health)
    assert states == ["draining"] * 3 + ["healthy"] * 3
    # v1.4.1 is good wherever it runs.
    assert plant.half("blue")["version"] == "v1.4.1"
    assert plant.half("blue")["error_rate"] < 0.01


def test_scaling_a_service_is_no_deployment(plant: AwsPlant) -> None:
    before = blue_service(plant)
    plant.client("ecs").update_service(
        cluster="prod-cluster", service="backend-service-blue", desiredCount=5
    )
    after = until(lambda: (s := blue_service(plant))["runningCount"] == 5 and s)
    assert after["deployments"][0]["id"] == before["deployments"][0]["id"]
    until(lambda: plant.half("blue")["healthy_targets"] == 5)


def test_reading_a_task_does_not_stop_it(plant: AwsPlant) -> None:
    ecs = plant.client("ecs")
    arns = ecs.list_tasks(cluster="prod-cluster", serviceName="backend-service-blue")["taskArns"]
    reads = [ecs.describe_tasks(cluster="prod-cluster", tasks=arns)["tasks"] for _ in range(6)]
    tasks = reads[-1]
    assert [task["lastStatus"] for task in tasks] == ["RUNNING"] * 3
    assert {task["group"] for task in tasks} == {"service:backend-service-blue"}
    assert "exitCode" not in tasks[0]["containers"][0]


@pytest.mark.parametrize("code", [0, 3])
def test_a_one_off_task_ends_with_its_exit_code_and_its_log(plant: AwsPlant, code: int) -> None:
    ecs = plant.client("ecs")
    plant.control("task-exit", family="backend-migrate", exitCode=code)
    started = ecs.run_task(
        cluster="prod-cluster",
        taskDefinition="backend-migrate",
        launchType="FARGATE",
        networkConfiguration=blue_service(plant)["networkConfiguration"],
    )["tasks"][0]
    assert started["lastStatus"] == "PROVISIONING"

    def stopped() -> Any:
        task = ecs.describe_tasks(cluster="prod-cluster", tasks=[started["taskArn"]])["tasks"][0]
        return task["lastStatus"] == "STOPPED" and task

    task = until(stopped)
    assert task["containers"][0]["exitCode"] == code
    lines = plant.client("logs").filter_log_events(
        logGroupName="/aws/ecs/prod/backend", filterPattern="backend-migrate"
    )["events"]
    assert len(lines) == 2
    assert lines[0]["message"] == "backend-migrate: $ alembic upgrade head"
    assert ("ERROR" in lines[-1]["message"]) is (code != 0)


def test_a_log_pattern_filters(plant: AwsPlant) -> None:
    logs = plant.client("logs")
    stream = "ecs/backend/blue"
    past = logs.get_log_events(
        logGroupName="/aws/ecs/prod/backend", logStreamName=stream, startFromHead=True, limit=40
    )["events"]
    events = logs.filter_log_events(
        logGroupName="/aws/ecs/prod/backend",
        filterPattern="?error ?ERROR ?exception",
        endTime=past[-1]["timestamp"],
    )["events"]
    assert len(events) == 20
    assert all("ERROR" in event["message"] for event in events)
    assert len({event["eventId"] for event in events}) == 20
    with pytest.raises(ClientError, match="InvalidParameterException"):
        logs.filter_log_events(
            logGroupName="/aws/ecs/prod/backend", filterPattern="{ $.level = 1 }"
        )


def test_a_restored_database_is_created_before_it_is_available(plant: AwsPlant) -> None:
    rds = plant.client("rds")
    restored = rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="prod-db-restored", DBSnapshotIdentifier="prod-db-before-release"
    )["DBInstance"]
    assert (restored["DBInstanceStatus"], restored["MultiAZ"]) == ("creating", False)

    def status() -> bool:
        found = rds.describe_db_instances(DBInstanceIdentifier="prod-db-restored")
        return bool(found["DBInstances"][0]["DBInstanceStatus"] == "available")

    until(status)


def test_a_group_does_not_grow_beyond_its_maximum(plant: AwsPlant) -> None:
    with pytest.raises(ClientError, match="above max value 6"):
        plant.client("autoscaling").set_desired_capacity(
            AutoScalingGroupName="prod-gpu-workers", DesiredCapacity=7
        )


def test_what_is_denied_is_denied_in_the_simulation_and_in_the_call(plant: AwsPlant) -> None:
    def decision(action: str) -> str:
        answer = plant.client("iam").simulate_principal_policy(
            PolicySourceArn="arn:aws:iam::123456789012:role/filmops", ActionNames=[action]
        )
        return str(answer["EvaluationResults"][0]["EvalDecision"])

    assert decision("elasticloadbalancing:ModifyListener") == "allowed"
    plant.control("deny", action="elasticloadbalancing:ModifyListener")
    assert decision("elasticloadbalancing:ModifyListener") == "explicitDeny"
    listener = plant.listener()
    with pytest.raises(ClientError, match="AccessDenied"):
        plant.client("elbv2").modify_listener(
            ListenerArn=listener["ListenerArn"], DefaultActions=listener["DefaultActions"]
        )


def test_an_action_nobody_wrote_says_so(plant: AwsPlant) -> None:
    with pytest.raises(ClientError, match="Not in the sandbox"):
        plant.client("ecs").execute_command(
            cluster="prod-cluster", task="x", command="ls", interactive=True
        )
