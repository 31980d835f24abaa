"""ECR's port, on the twin and on the plant."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.errors import OperationFailed
from bot.topology import Service
from tests.releasing import Releasing

pytestmark = pytest.mark.contract


def of_another_repository(service: Service) -> Service:
    """The service as a wrong name in the topology has it."""
    assert service.deploy is not None
    deploy = service.deploy.model_copy(update={"repository": "never-was"})
    return service.model_copy(update={"deploy": deploy})


async def test_an_image_is_found_by_its_tag_as_a_task_definition_names_it(
    releasing: Releasing,
) -> None:
    found = await releasing.aws.images.find(releasing.service, "v1.4.1")
    assert found is not None
    assert found.tag == "v1.4.1"
    assert found.uri.endswith(".dkr.ecr.us-east-1.amazonaws.com/backend:v1.4.1")
    assert found.digest.startswith("sha256:")
    assert found.pushed_at.tzinfo is UTC
    assert found.pushed_at < datetime.now(UTC)


async def test_a_tag_nobody_pushed_is_none(releasing: Releasing) -> None:
    assert await releasing.aws.images.find(releasing.service, "v9.9.9") is None


async def test_images_are_listed_the_last_pushed_first_and_only_so_many(
    releasing: Releasing,
) -> None:
    releasing.push("v1.5.0")
    newest = await releasing.aws.images.newest(releasing.service)
    assert [image.tag for image in newest] == ["v1.5.0", "v1.4.2", "v1.4.1", "v1.4.0"]
    assert [image.tag for image in await releasing.aws.images.newest(releasing.service, 2)] == [
        "v1.5.0",
        "v1.4.2",
    ]
    assert newest[0] == await releasing.aws.images.find(releasing.service, "v1.5.0")


async def test_a_repository_that_is_not_there_is_not_found(releasing: Releasing) -> None:
    wrong, images = of_another_repository(releasing.service), releasing.aws.images
    for look in (lambda: images.find(wrong, "v1.4.1"), lambda: images.newest(wrong)):
        with pytest.raises(OperationFailed) as failed:
            await look()
        assert failed.value.code == "not_found"


async def test_a_service_that_is_not_deployed_has_no_images(releasing: Releasing) -> None:
    bare, images = releasing.service.model_copy(update={"deploy": None}), releasing.aws.images
    for look in (lambda: images.find(bare, "v1.4.1"), lambda: images.newest(bare)):
        with pytest.raises(OperationFailed) as failed:
            await look()
        assert failed.value.code == "not_deployable"
        assert failed.value.hint
