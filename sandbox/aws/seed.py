"""The account as it is at three in the morning, named by the topology.

`build` empties moto and fills it: network, load balancers, ECS services here; the rest in
`seed_rest`. Identifiers come from seeded dice, so that `reset` gives the same ARNs again.
"""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.core.utils import utcnow
from moto.moto_api import state_manager
from moto.moto_api._internal import mock_random

from bot.topology import Colour, Service
from sandbox.aws import definitions, deployments, fleet, names, network, traffic
from sandbox.aws.plant import GOOD_VERSION, NEW_VERSION, Plant
from sandbox.aws.releases import bad_release
from sandbox.aws.seed_rest import fill_rest

VERSIONS = {Colour.GREEN: GOOD_VERSION, Colour.BLUE: NEW_VERSION}
DEPLOYED_AGO = {Colour.GREEN: timedelta(days=6), Colour.BLUE: timedelta(minutes=20)}
DESIRED = 3
CERTIFICATE = "arn:aws:iam::123456789012:server-certificate/sandbox"


def build(plant: Plant, scenario: str = "bad-release") -> int:
    """Fill an empty account; give the first second that has no traffic yet.

    `scenario`: bad-release or healthy. Raises ValueError otherwise.
    """
    if scenario not in ("bad-release", "healthy"):
        raise ValueError(f"unknown scenario {scenario!r}: bad-release or healthy")
    with plant.lock:
        _empty(plant)
        first = next(iter(plant.topology.services))
        if scenario == "bad-release":
            plant.releases[first, NEW_VERSION] = bad_release()
        plant.network = network.build(plant)
        for name in plant.topology.clusters.values():
            plant.ecs.create_cluster(name)
        for service in plant.topology.services.values():
            if plant.log_group(service) not in plant.logs.groups:
                plant.logs.create_log_group(plant.log_group(service), {})
            _balance(plant, service)
            for colour in (Colour.GREEN, Colour.BLUE):
                _deploy(plant, service, colour)
        fill_rest(plant, scenario)
        now = int(time.time())
        traffic.fill(plant, now - int(plant.options.seed_minutes * 60), now)
        return now


def _empty(plant: Plant) -> None:
    # A thousand images that nobody starts would be most of what a reset costs.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    # A backend throws dice when it is made: all must be there before the dice are seeded.
    _ = (plant.elb, plant.ecs, plant.ec2, plant.rds, plant.sqs, plant.autoscaling)
    _ = plant.application_autoscaling
    _ = (plant.ecr, plant.logs, plant.s3)
    BackendDict.reset()
    reset_model_data()
    mock_random.seed(20251227)
    # Reading a task must not move it: its state is the plant's.
    state_manager.set_transition("ecs::task", {"progression": "manual", "times": 10**9})
    state_manager.set_transition("elbv2::load_balancer", {"progression": "immediate"})
    plant.forget()


def _balance(plant: Plant, service: Service) -> None:
    """Both target groups, and the ways to them on the service's load balancer."""
    for half in service.colours.values():
        plant.elb.create_target_group(
            half.target_group,
            vpc_id=plant.network.vpc,
            protocol="HTTP",
            port=int(fleet.PORT),
            target_type="ip",
            healthcheck_path=service.health_path,
        )
    forward = _forward(plant, service)
    shared = [b for b in plant.elb.load_balancers.values() if b.name == service.load_balancer]
    if shared:
        listener = next(iter(shared[0].listeners.values()))
        host = service.url.split("//")[1].split("/")[0].split(":")[0]
        condition = {"Field": "host-header", "HostHeaderConfig": {"Values": [host]}}
        # Before the first service's paths, which would take this one's requests as well.
        plant.elb.create_rule(listener.arn, [condition], len(listener.rules), [forward])
        return
    balancer = plant.elb.create_load_balancer(
        service.load_balancer, [plant.network.security_group], plant.network.subnets
    )
    balancer.activate()
    listener = plant.elb.create_listener(
        balancer.arn, "HTTPS", "443", "ELBSecurityPolicy-2016-08", CERTIFICATE, [forward]
    )
    to_https = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    plant.elb.create_listener(
        balancer.arn, "HTTP", "80", "", None, [{"Type": "redirect", "RedirectConfig": to_https}]
    )
    _rules(plant, service, listener.arn)


def _rules(plant: Plant, service: Service, listener_arn: str) -> None:
    """One rule that has nothing to do with releases, one that forwards like the default."""
    closed = {"StatusCode": "503", "ContentType": "text/plain", "MessageBody": "Back soon"}
    for priority, pattern, action in (
        (10, "/maintenance*", {"Type": "fixed-response", "FixedResponseConfig": closed}),
        (20, "/api/*", _forward(plant, service)),
    ):
        condition = {"Field": "path-pattern", "PathPatternConfig": {"Values": [pattern]}}
        plant.elb.create_rule(listener_arn, [condition], priority, [action])
    for group in plant.elb.target_groups.values():
        # moto names the balancer once for each rule.
        group.load_balancer_arns[:] = dict.fromkeys(group.load_balancer_arns)


def _forward(plant: Plant, service: Service) -> dict[str, Any]:
    weights = {Colour.BLUE: 100, Colour.GREEN: 0}
    return {
        "Type": "forward",
        "Order": 1,
        "ForwardConfig": {
            "TargetGroups": [
                {"TargetGroupArn": plant.target_group(service, colour).arn, "Weight": weight}
                for colour, weight in weights.items()
            ],
            "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 3600},
        },
    }


def _version(plant: Plant, service: Service, colour: Colour) -> str:
    """What a colour runs at first. Staging has had the next release already."""
    others = (other.deploy for other in plant.topology.services.values())
    is_staging = any(deploy is not None and deploy.staging == service.key for deploy in others)
    coming = plant.options.next_release
    return coming if coming and is_staging and colour is Colour.BLUE else VERSIONS[colour]


def _deploy(plant: Plant, service: Service, colour: Colour) -> None:
    """An ECS service of one colour in steady state."""
    version = _version(plant, service, colour)
    definition = definitions.register(plant, service, version)
    if colour is Colour.GREEN:
        definitions.register(plant, service, version, migrate=True)
    target = {
        "targetGroupArn": plant.target_group(service, colour).arn,
        "containerName": names.container(service),
        "containerPort": int(fleet.PORT),
    }
    place = {"subnets": plant.network.subnets, "securityGroups": [plant.network.security_group]}
    ecs_service = plant.ecs.create_service(
        plant.topology.clusters[service.cluster],
        service.colours[colour].ecs_service,
        DESIRED,
        definition,
        load_balancers=[target],
        launch_type="FARGATE",
        platform_version="1.4.0",
        network_configuration={"awsvpcConfiguration": place},
    )
    created: datetime = utcnow() - DEPLOYED_AGO[colour]
    ecs_service.deployments = [deployments.deployment(ecs_service, definition, created)]
    deployments.complete(ecs_service.deployments[0])
    deployments.configure(ecs_service, {})
    fleet.scale(plant, ecs_service, DESIRED)
    fleet.adopt(plant, ecs_service)
    ecs_service.deployments[0]["updatedAt"] = created + timedelta(minutes=3)
