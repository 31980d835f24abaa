"""DescribeImages' pages: tags are what counts, and the last pushed is found on any page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from bot.adapters.aws import AwsClients
from bot.adapters.aws.images import AwsImages
from bot.topology import load

pytestmark = pytest.mark.unit

START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def detail(day: int, *tags: str) -> dict[str, Any]:
    """An image pushed on that day."""
    pushed = {"imageDigest": f"sha256:{day}", "imagePushedAt": START + timedelta(days=day)}
    return {**pushed, "imageTags": list(tags)} if tags else pushed


async def test_the_last_pushed_come_first_whatever_page_they_are_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    topology = load(Path("filmops.toml"))
    clients = AwsClients(topology)
    with Stubber(clients.ecr()) as stub:
        first = {"imageDetails": [detail(1, "v1"), detail(2)], "nextToken": "more"}
        stub.add_response("describe_images", first)
        stub.add_response("describe_images", {"imageDetails": [detail(3, "v3", "stable")]})
        uri = {"repositories": [{"repositoryUri": "registry/backend"}]}
        stub.add_response("describe_repositories", uri)
        found = await AwsImages(clients).newest(topology.services["backend"])
    clients.close()
    assert [image.uri for image in found] == [
        "registry/backend:v3",
        "registry/backend:stable",
        "registry/backend:v1",
    ]
