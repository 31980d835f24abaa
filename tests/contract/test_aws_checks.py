"""AWS's part of `filmops check`, on the plant."""

from __future__ import annotations

import pytest

from bot.adapters.aws import AwsChecks, AwsClients
from bot.adapters.aws.permissions import PERMISSIONS
from bot.ports import Finding
from bot.topology import Topology, load
from tests.plant import Plant
from tests.productions import EFFECTS

pytestmark = pytest.mark.contract


async def findings(plant: Plant, topology: Topology | None = None) -> dict[str, Finding]:
    """The check's lines by subject."""
    topology = topology or load(plant.topology)
    clients = AwsClients(topology)
    try:
        found = await AwsChecks(topology, clients=clients).check()
    finally:
        clients.close()
    assert all(finding.fix for finding in found if not finding.ok), "every trouble has its fix"
    return {finding.subject: finding for finding in found}


async def test_a_production_as_described_passes_line_by_line(plant: Plant) -> None:
    found = await findings(plant)
    assert [finding for finding in found.values() if not finding.ok] == []
    assert {permission.action for permission in PERMISSIONS} <= set(found)
    for subject in (
        "AWS identity",
        "load balancer prod-alb",
        "target group backend-blue",
        "ECS service backend-service-green in prod-cluster",
        "database prod-db",
        "queue prod-jobs",
        "Auto Scaling group prod-gpu-workers",
        "images in backend for backend",
        "rollouts of backend-service-green (backend)",
        "log group /aws/ecs/prod/backend",
    ):
        assert subject in found
    assert "container backend" in found["migration backend-migrate"].said
    assert found["traffic of backend"].said.startswith("HTTPS:443 default blue 100, green 0")


async def test_it_changes_nothing(plant: Plant) -> None:
    await findings(plant)
    assert plant.calls(*EFFECTS) == []


async def test_a_permission_to_change_that_lacks_is_found_by_simulation(plant: Plant) -> None:
    plant.tell("deny", action="elasticloadbalancing:ModifyRule")
    found = await findings(plant)
    missing = [subject for subject, finding in found.items() if not finding.ok]
    assert missing == ["elasticloadbalancing:ModifyRule"]
    assert "elasticloadbalancing:ModifyRule" in found[missing[0]].fix


async def test_what_a_deployment_may_not_do_is_found_before_it(plant: Plant) -> None:
    denied = {"ecs:UpdateService", "iam:PassRole", "rds:CreateDBSnapshot"}
    for action in denied:
        plant.tell("deny", action=action)
    found = await findings(plant)
    assert {subject for subject, finding in found.items() if not finding.ok} == denied


async def test_a_production_nobody_deploys_to_needs_none_of_it(plant: Plant) -> None:
    topology = load(plant.topology)
    bare = {
        key: service.model_copy(update={"deploy": None})
        for key, service in topology.services.items()
    }
    plant.tell("deny", action="ecs:RunTask")
    plant.tell("deny", action="ecr:DescribeImages")
    found = await findings(plant, topology.model_copy(update={"services": bare}))
    assert [finding for finding in found.values() if not finding.ok] == []
    assert found["ecs:RunTask"].said.startswith("not needed")
    assert not any(subject.startswith("images in") for subject in found)


async def test_what_a_release_would_miss_is_told_with_its_place_in_the_file(plant: Plant) -> None:
    topology = load(plant.topology)
    deploy = topology.services["backend"].deploy
    assert deploy is not None
    assert deploy.migration is not None
    migration = deploy.migration.model_copy(update={"family": "never-was"})
    wrong = {"repository": "never-was", "container": "never-was", "migration": migration}
    service = topology.services["backend"].model_copy(
        update={"deploy": deploy.model_copy(update=wrong)}
    )
    services = {"backend": service}
    found = await findings(plant, topology.model_copy(update={"services": services}))
    assert {subject for subject, finding in found.items() if not finding.ok} == {
        "images in never-was for backend",
        "revision of backend-service-blue (backend)",
        "revision of backend-service-green (backend)",
        "migration never-was",
        "ecs:RunTask",
    }
    assert "services.backend.deploy.repository" in found["images in never-was for backend"].fix
    assert "container" in found["revision of backend-service-blue (backend)"].fix


async def test_without_simulation_the_reads_speak_and_changes_stay_unknown(plant: Plant) -> None:
    plant.tell("deny", action="iam:SimulatePrincipalPolicy")
    plant.tell("deny", action="sqs:GetQueueUrl")
    found = await findings(plant)
    assert found["ecs:DescribeServices"].said.startswith("allowed, as tried")
    assert found["sqs:GetQueueUrl"].said.startswith("denied")
    assert not found["sqs:GetQueueAttributes"].ok
    modify = found["elasticloadbalancing:ModifyListener"]
    assert not modify.ok
    assert modify.said.startswith("not tested")
    assert "iam:SimulatePrincipalPolicy" in modify.fix


async def test_a_wrong_name_is_told_with_its_place_in_the_file(plant: Plant) -> None:
    topology = load(plant.topology)
    service = topology.services["backend"].model_copy(update={"load_balancer": "prodalb"})
    services = {**topology.services, "backend": service}
    found = await findings(plant, topology.model_copy(update={"services": services}))
    wrong = found["load balancer prodalb"]
    assert not wrong.ok
    assert "services.backend.load_balancer" in wrong.fix
    assert found["target group backend-blue"].ok


async def test_an_aws_that_does_not_answer_is_one_line(plant: Plant) -> None:
    plant.fault("sts.GetCallerIdentity", "status", status=500, times=3)
    found = await findings(plant)
    assert list(found) == ["AWS identity"]
    assert not found["AWS identity"].ok


async def test_no_credentials_is_one_line_with_its_fix(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    found = await findings(plant)
    assert [finding.fix for finding in found.values()] == ["Give filmops AWS credentials."]


async def test_what_does_not_answer_now_is_said_and_the_rest_is_looked_at(plant: Plant) -> None:
    plant.fault("rds.DescribeDBInstances", "status", status=500, times=3)
    found = await findings(plant)
    assert [subject for subject, finding in found.items() if not finding.ok] == ["database prod-db"]
    assert "again" in found["database prod-db"].fix
