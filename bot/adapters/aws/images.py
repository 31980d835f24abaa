"""ECR: the images one could deploy. Before it come a deployment's params and plan; after it AWS."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from bot.adapters.aws.deployables import deployable
from bot.adapters.aws.faults import missing, told
from bot.adapters.aws.session import AwsClients
from bot.domain.release import Image
from bot.topology import Service

if TYPE_CHECKING:
    from mypy_boto3_ecr.type_defs import ImageDetailTypeDef

_PAGES, _PAGE = 20, 1000
"""20,000 images: as many as ECR lets a repository have without asking."""


class AwsImages:
    """bot.ports.Images on ECR."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients
        self._uris: dict[str, str] = {}

    async def find(self, service: Service, tag: str) -> Image | None:
        """Raises OperationFailed("not_found") when there is no such repository."""
        return await self._clients.run(self._find, deployable(service).repository, tag)

    async def newest(self, service: Service, limit: int = 20) -> tuple[Image, ...]:
        """All pages are read: ECR gives images in no order.

        Raises OperationFailed("not_found") when there is no such repository.
        """
        return await self._clients.run(self._newest, deployable(service).repository, limit)

    def _find(self, repository: str, tag: str) -> Image | None:
        ecr = self._clients.ecr()
        with told("ecr:DescribeImages", f"image {tag} in repository {repository}"):
            try:
                answer = ecr.describe_images(
                    repositoryName=repository, imageIds=[{"imageTag": tag}]
                )
            except ecr.exceptions.ImageNotFoundException:
                return None
        uri = self._uri(repository)
        return next((_image(each, tag, uri) for each in answer["imageDetails"]), None)

    def _newest(self, repository: str, limit: int) -> tuple[Image, ...]:
        with told("ecr:DescribeImages", f"images in repository {repository}"):
            pages = self._clients.ecr().get_paginator("describe_images")
            details = [
                each
                for page in pages.paginate(
                    repositoryName=repository,
                    filter={"tagStatus": "TAGGED"},
                    PaginationConfig={"PageSize": _PAGE, "MaxItems": _PAGES * _PAGE},
                )
                for each in page["imageDetails"]
            ]
        uri = self._uri(repository)
        found = [_image(each, tag, uri) for each in details for tag in each.get("imageTags", [])]
        return tuple(
            sorted(found, key=lambda image: (image.pushed_at, image.tag), reverse=True)[:limit]
        )

    def _uri(self, repository: str) -> str:
        """What a task definition names it by; a repository's never changes."""
        if repository not in self._uris:
            action, what = "ecr:DescribeRepositories", f"repository {repository}"
            with told(action, what):
                answer = self._clients.ecr().describe_repositories(repositoryNames=[repository])
            if not answer["repositories"]:
                raise missing(action, what)
            self._uris[repository] = answer["repositories"][0]["repositoryUri"]
        return self._uris[repository]


def _image(detail: ImageDetailTypeDef, tag: str, uri: str) -> Image:
    return Image(
        uri=f"{uri}:{tag}",
        tag=tag,
        digest=detail["imageDigest"],
        pushed_at=detail["imagePushedAt"].astimezone(UTC),
    )
