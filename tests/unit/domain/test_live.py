"""What a colour runs, as people and decisions name it."""

from __future__ import annotations

import pytest

from bot.domain.live import Tasks

pytestmark = pytest.mark.unit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/backend"


@pytest.mark.parametrize(
    ("image", "version"),
    [
        (f"{REGISTRY}:v1.4.2", "v1.4.2"),
        (f"{REGISTRY}:{COMMIT}", COMMIT),
        (f"{REGISTRY}:v1.4.2@sha256:{COMMIT}", "v1.4.2"),
        (f"{REGISTRY}@sha256:{COMMIT}", "untagged"),
        (REGISTRY, "untagged"),
        ("localhost:5000/backend", "untagged"),
    ],
)
def test_a_version_is_the_whole_tag_because_it_is_compared(image: str, version: str) -> None:
    tasks = Tasks(desired=1, running=1, pending=0, task_definition="backend:1", image=image)
    assert tasks.version == version
