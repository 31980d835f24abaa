"""The images in ECR, and whether a task can start from one.

`seed_rest` and `/_control/release` push them, `rollouts` and `one_off` ask before a task runs.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from moto.ecs.models import Task

from sandbox.aws import network, tasks
from sandbox.aws.plant import Plant

MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v2+json"


def push(plant: Plant, repository: str, version: str, pushed_at: datetime) -> None:
    """Make an image with this tag exist; one that is there already stays as it is."""
    if has(plant, repository, version):
        return
    digest = hashlib.sha256(f"{repository}:{version}".encode()).hexdigest()
    manifest = {
        "schemaVersion": 2,
        "mediaType": MEDIA_TYPE,
        "config": {"digest": f"sha256:{digest}", "size": 7023},
        "layers": [],
    }
    # moto calls its push time a number and serves it as a time.
    image: Any = plant.ecr.put_image(
        repository, json.dumps(manifest), version, digest=f"sha256:{digest}"
    )
    image.image_pushed_at = pushed_at


def has(plant: Plant, repository: str, version: str) -> bool:
    """Whether the repository has an image with this tag. False when there is no repository."""
    found = plant.ecr.repositories.get(repository)
    return found is not None and any(version in image.image_tags for image in found.images)


def trouble(plant: Plant, task: Task) -> str | None:
    """Why a task cannot start, in ECS' words of `stoppedReason`: no image, or no free address."""
    definition = plant.ecs.describe_task_definition(task.task_definition_arn)
    image = str(tasks.app_container(definition)["image"])
    if not _pullable(plant, image):
        return f"CannotPullContainerError: pull image manifest: {image}: not found"
    if network.free_addresses(plant) < 0:
        return (
            "Unexpected EC2 error while attempting to Create Network Interface in subnet "
            f"'{plant.network.subnets[0]}': InsufficientFreeAddressesInSubnet"
        )
    return None


def _pullable(plant: Plant, image: str) -> bool:
    registry, _, name = image.partition("/")
    repository, _, version = name.rpartition(":")
    # Others' registries are not the sandbox's to judge.
    return ".dkr.ecr." not in registry or has(plant, repository, version)
