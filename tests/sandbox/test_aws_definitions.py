"""Task definitions, images and addresses: what a release is made of and what it needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws_plant import ANSWERED_ONLY, QuickPlant, until

pytestmark = pytest.mark.contract


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def test_a_copy_keeps_everything_but_what_only_comes_back(quick: QuickPlant) -> None:
    ecs = quick.client("ecs")
    answer = ecs.describe_task_definition(taskDefinition="backend", include=["TAGS"])
    original = answer["taskDefinition"]
    assert answer["tags"] == [{"key": "service", "value": "backend"}]
    assert set(ANSWERED_ONLY) <= set(original)
    app, sidecar = original["containerDefinitions"]
    assert (app["essential"], sidecar["essential"]) == (True, False)
    assert {"name": "FEATURE_FLAGS", "value": ""} in app["environment"]
    assert {secret["name"] for secret in app["secrets"]} == {"DATABASE_URL", "SESSION_KEY"}

    copy = {name: value for name, value in original.items() if name not in ANSWERED_ONLY}
    again = ecs.register_task_definition(**copy)["taskDefinition"]
    assert again["revision"] == original["revision"] + 1
    assert {n: v for n, v in again.items() if n not in ANSWERED_ONLY} == copy
    with pytest.raises(ClientError, match="cannot register enableFaultInjection"):
        ecs.register_task_definition(**copy, enableFaultInjection=True)


def test_revisions_are_listed_in_order_by_status_and_in_pages(quick: QuickPlant) -> None:
    ecs = quick.client("ecs")
    for version in ("v1.5.0", "v1.5.1", "v1.5.2"):
        quick.revision_of(version)
    gone = ecs.deregister_task_definition(taskDefinition="backend:5")["taskDefinition"]
    assert gone["status"] == "INACTIVE"

    def revisions(**more: Any) -> list[int]:
        pages = ecs.get_paginator("list_task_definitions").paginate(
            familyPrefix="backend", PaginationConfig={"PageSize": 2}, **more
        )
        arns = [arn for page in pages for arn in page["taskDefinitionArns"]]
        return [int(arn.split(":")[-1]) for arn in arns]

    assert revisions() == [1, 2, 3, 4]
    assert revisions(sort="DESC") == [4, 3, 2, 1]
    assert revisions(status="INACTIVE") == [5]
    # The family's newest that may be used, and the old one by its number.
    newest = ecs.describe_task_definition(taskDefinition="backend")["taskDefinition"]
    named = ecs.describe_task_definition(taskDefinition="backend:5")["taskDefinition"]
    assert (newest["revision"], named["status"]) == (4, "INACTIVE")
    with pytest.raises(ClientError, match="inactive") as refused:
        ecs.update_service(
            cluster="prod-cluster", service="backend-service-green", taskDefinition="backend:5"
        )
    assert code_of(refused) == "ClientException"


def test_images_are_found_by_tag_with_their_time_and_digest(quick: QuickPlant) -> None:
    ecr = quick.client("ecr")
    quick.control("release", service="backend", version="v1.5.0")
    (image,) = ecr.describe_images(repositoryName="backend", imageIds=[{"imageTag": "v1.5.0"}])[
        "imageDetails"
    ]
    assert image["imageTags"] == ["v1.5.0"]
    assert image["imageDigest"].startswith("sha256:")
    assert datetime.now(UTC) - image["imagePushedAt"] < timedelta(minutes=1)
    with pytest.raises(ClientError) as refused:
        ecr.describe_images(repositoryName="backend", imageIds=[{"imageTag": "v0"}])
    assert code_of(refused) == "ImageNotFoundException"
    with pytest.raises(ClientError) as refused:
        ecr.describe_images(repositoryName="nobody")
    assert code_of(refused) == "RepositoryNotFoundException"
    found = ecr.batch_get_image(
        repositoryName="backend", imageIds=[{"imageTag": "v1.5.0"}, {"imageTag": "v0"}]
    )
    assert (len(found["images"]), len(found["failures"])) == (1, 1)


def test_images_come_in_pages(quick: QuickPlant) -> None:
    quick.control("release", service="backend", version="v1.5.0")
    ecr = quick.client("ecr")
    pages = list(
        ecr.get_paginator("describe_images").paginate(
            repositoryName="backend",
            filter={"tagStatus": "TAGGED"},
            PaginationConfig={"PageSize": 3},
        )
    )
    tags = [[image["imageTags"][0] for image in page["imageDetails"]] for page in pages]
    assert tags == [["v1.5.0", "v1.4.2", "v1.4.1"], ["v1.4.0"]]
    listed = ecr.get_paginator("list_images").paginate(
        repositoryName="backend", PaginationConfig={"PageSize": 3}
    )
    assert [len(page["imageIds"]) for page in listed] == [3, 1]


def test_a_subnet_has_as_many_free_addresses_as_no_task_took(quick: QuickPlant) -> None:
    place = quick.ecs_service()["networkConfiguration"]["awsvpcConfiguration"]

    def free() -> int:
        subnets = quick.client("ec2").describe_subnets(SubnetIds=place["subnets"])["Subnets"]
        return sum(subnet["AvailableIpAddressCount"] for subnet in subnets)

    before = free()
    quick.control("scale", service="backend", colour="green", desired=5)
    until(lambda: free() == before - 2)
    quick.control("scale", service="backend", colour="green", desired=3)
    until(lambda: free() == before)
    quick.control("subnets", free_addresses=1)
    assert free() == 1


def test_without_a_free_address_a_task_does_not_start(quick: QuickPlant) -> None:
    quick.control("subnets", free_addresses=1)
    quick.control("scale", service="backend", colour="green", desired=5)
    until(lambda: quick.ecs_service()["deployments"][0]["failedTasks"] > 1)
    assert quick.ecs_service()["runningCount"] == 4
    assert "InsufficientFreeAddressesInSubnet" in quick.stopped()[-1]["stoppedReason"]
