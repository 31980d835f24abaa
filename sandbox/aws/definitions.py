"""Task definitions: the seeded ones, and what the service adds to every one it answers with.

`seed` and `knobs` register versions here; `mends.task_definitions` completes what callers
register. The content is such that a copy must take care: fields that only come back, an empty
environment value, secrets, a sidecar.
"""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.ecs.models import TaskDefinition

from bot.topology import Service
from sandbox.aws import fleet, names
from sandbox.aws.plant import Plant

SIDECAR = "public.ecr.aws/aws-observability/aws-for-fluent-bit:2.32.4"
CAPABILITIES = (
    "com.amazonaws.ecs.capability.logging-driver.awslogs",
    "ecs.capability.execution-role-awslogs",
    "com.amazonaws.ecs.capability.ecr-auth",
    "com.amazonaws.ecs.capability.docker-remote-api.1.19",
    "ecs.capability.secrets.asm.environment-variables",
    "com.amazonaws.ecs.capability.task-iam-role",
    "ecs.capability.task-eni",
)


def register(plant: Plant, service: Service, version: str, *, migrate: bool = False) -> str:
    """Register a revision that serves, or migrates, as this version; give its ARN."""
    family = names.migration_family(service) if migrate else service.key
    role = f"arn:aws:iam::{plant.account}:role/{service.key}"
    definition = plant.ecs.register_task_definition(
        family,
        [_app(plant, service, version, migrate=migrate), _sidecar(plant, service)],
        network_mode="awsvpc",
        requires_compatibilities=["FARGATE"],
        cpu="1024",
        memory="2048",
        task_role_arn=f"{role}-task",
        execution_role_arn=f"{role}-execution",
        runtime_platform={"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
        tags=[{"key": "service", "value": service.key}],
    )
    complete(plant, definition, f"arn:aws:iam::{plant.account}:user/pipeline")
    return str(definition.arn)


def complete(plant: Plant, definition: TaskDefinition, by: str) -> None:
    """What only the service knows of a revision; moto leaves it out."""
    added: dict[str, Any] = {
        "registered_at": utcnow(),
        "registered_by": by,
        "requires_attributes": [{"name": name} for name in CAPABILITIES],
    }
    for name, value in added.items():
        setattr(definition, name, value)


def _app(plant: Plant, service: Service, version: str, *, migrate: bool) -> dict[str, Any]:
    registry = f"{plant.account}.dkr.ecr.{plant.region}.amazonaws.com"
    secret = f"arn:aws:secretsmanager:{plant.region}:{plant.account}:secret:{service.key}"
    command = {"command": ["alembic", "upgrade", "head"]} if migrate else {}
    ports = [] if migrate else [{"containerPort": int(fleet.PORT), "protocol": "tcp"}]
    return {
        "name": names.migration_container(service) if migrate else names.container(service),
        "image": f"{registry}/{names.repository(service)}:{version}",
        "essential": True,
        "cpu": 896,
        "memory": 1792,
        "portMappings": ports,
        **command,
        "environment": [
            {"name": "APP_ENV", "value": service.cluster},
            {"name": "DATABASE_POOL_SIZE", "value": "20"},
            # Empty is a value: left out, the application would take its default.
            {"name": "FEATURE_FLAGS", "value": ""},
        ],
        "secrets": [
            {"name": "DATABASE_URL", "valueFrom": f"{secret}/database-url-8fQ2xz"},
            {"name": "SESSION_KEY", "valueFrom": f"{secret}/session-key-4Wd9pk"},
        ],
        "logConfiguration": _logs(plant, service, "ecs"),
    }


def _sidecar(plant: Plant, service: Service) -> dict[str, Any]:
    return {
        "name": "log-router",
        "image": SIDECAR,
        "essential": False,
        "cpu": 128,
        "memory": 256,
        "environment": [],
        "logConfiguration": _logs(plant, service, "log-router"),
    }


def _logs(plant: Plant, service: Service, prefix: str) -> dict[str, Any]:
    options = {
        "awslogs-group": plant.log_group(service),
        "awslogs-region": plant.region,
        "awslogs-stream-prefix": prefix,
    }
    return {"logDriver": "awslogs", "options": options}
