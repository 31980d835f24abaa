"""A task definition such as teams have them: a secret, an empty value, a log, a sidecar.

Before it comes `running`, which seeds revisions; pure.
"""

from __future__ import annotations

from typing import Any

from bot.topology import Service


def definition_of(service: Service, family: str, image: str, region: str) -> dict[str, Any]:
    """The content of a revision of that family with that image in its main container."""
    container = (service.deploy.container if service.deploy is not None else "") or service.key
    return {
        "family": family,
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "1024",
        "memory": "2048",
        "containerDefinitions": [
            {
                "name": container,
                "image": image,
                "essential": True,
                "environment": [
                    {"name": "APP_ENV", "value": service.cluster},
                    {"name": "FEATURE_FLAGS", "value": ""},
                ],
                "secrets": [{"name": "DATABASE_URL", "valueFrom": f"{service.key}/database-url"}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": service.log_group,
                        "awslogs-region": region,
                        "awslogs-stream-prefix": "ecs",
                    },
                },
            },
            {"name": "log-router", "image": "fluent-bit:2.32.4", "essential": False},
        ],
        "tags": [{"key": "service", "value": service.key}],
    }
