"""S3: a bucket's replication rules, whether objects have really arrived, how many there are.

Before it comes the verification of backups; after it S3 and CloudWatch, each in the bucket's own
region. Source: *S3 User Guide*, *Getting replication status information*; `NumberOfObjects` is
stored once a day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.adapters.aws.faults import told
from bot.adapters.aws.series import read
from bot.adapters.aws.session import AwsClients
from bot.domain.replica import Copying, Count, ReplicationRule, Sample, Sampled, Stored
from bot.errors import OperationFailed
from bot.topology import Bucket

MOST_PAGES = 10
"""Of a thousand keys each: in a larger bucket the newest of the first ten thousand are sampled."""

_LOOK_BACK = timedelta(days=3)
_LIST = "s3:ListBucket"
_HEAD = "s3:GetObject"
_WITHOUT = "ReplicationConfigurationNotFoundError"


class AwsBuckets:
    """bot.ports.Buckets on S3. Without s3:ListBucket on the replica a missing copy is a denial."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients

    async def rules(self, bucket: Bucket) -> tuple[ReplicationRule, ...]:
        """The highest priority first."""
        return await self._clients.run(self._rules, bucket.name)

    async def sample(self, bucket: Bucket, *, limit: int) -> Sample:
        """Two HEAD requests an object, several at once."""
        listed, whole = await self._clients.run(self._listed, bucket.name, "")
        newest = sorted(listed, key=lambda each: (each["LastModified"], each["Key"]), reverse=True)
        looks = (self._clients.run(self._look, bucket, each) for each in newest[:limit])
        found = await asyncio.gather(*looks)
        seen = tuple(each for each in found if each is not None)
        return Sample(objects=seen, listed=len(listed), whole=whole)

    async def count(self, bucket: Bucket, *, replica: bool, now: datetime) -> Count:
        """CloudWatch's newest daily count; where it has none (a new bucket), by listing."""
        return await self._clients.run(self._count, bucket, replica, now)

    def _rules(self, name: str) -> tuple[ReplicationRule, ...]:
        s3 = self._clients.s3()
        with told("s3:GetReplicationConfiguration", f"replication of {name}"):
            try:
                answer = s3.get_bucket_replication(Bucket=name)
            except s3.exceptions.ClientError as error:
                if error.response["Error"]["Code"] == _WITHOUT:
                    return ()
                raise
        rules = answer["ReplicationConfiguration"]["Rules"]
        rules.sort(key=lambda rule: rule.get("Priority", 0), reverse=True)
        return tuple(
            ReplicationRule(
                id=rule.get("ID", ""),
                enabled=rule["Status"] == "Enabled",
                destination=rule["Destination"]["Bucket"].rpartition(":")[2],
                narrowed=_narrowed(rule),
            )
            for rule in rules
        )

    def _listed(self, name: str, region: str) -> tuple[list[Any], bool]:
        """The first keys, and whether those are all."""
        found: list[Any] = []
        with told(_LIST, f"objects of {name}"):
            pages = self._clients.s3(region).get_paginator("list_objects_v2").paginate(Bucket=name)
            for number, page in enumerate(pages, start=1):
                found += page.get("Contents", [])
                if number == MOST_PAGES and page.get("IsTruncated"):
                    return found, False
        return found, True

    def _look(self, bucket: Bucket, listed: Mapping[str, Any]) -> Sampled | None:
        """The object and its copy; None when it has been deleted since it was listed."""
        key = listed["Key"]
        answer = self._head(bucket.name, key, "")
        if answer is None:
            return None
        copy = None
        if bucket.replica is not None:
            copy = self._head(bucket.replica, key, bucket.replica_region or "")
        return Sampled(
            key=key,
            written_at=answer["LastModified"].astimezone(UTC),
            status=_copying(answer.get("ReplicationStatus", "")),
            stored=_stored(answer),
            copy=_stored(copy) if copy is not None else None,
        )

    def _head(self, name: str, key: str, region: str) -> Mapping[str, Any] | None:
        try:
            with told(_HEAD, f"{key} in {name}"):
                return self._clients.s3(region).head_object(Bucket=name, Key=key)
        except OperationFailed as error:
            if error.code == "not_found":
                return None
            raise

    def _count(self, bucket: Bucket, replica: bool, now: datetime) -> Count:
        name = bucket.name if not replica else bucket.replica or ""
        region = bucket.replica_region or "" if replica else ""
        known = self._stored_count(name, region, now)
        if known is not None:
            return known
        listed, whole = self._listed(name, region)
        return Count(objects=len(listed), at_least=not whole)

    def _stored_count(self, name: str, region: str, now: datetime) -> Count | None:
        dimensions = {"BucketName": name, "StorageType": "AllStorageTypes"}
        metric = {
            "Namespace": "AWS/S3",
            "MetricName": "NumberOfObjects",
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        }
        stat = {"Metric": metric, "Period": 86_400, "Stat": "Average"}
        query: Any = {"Id": "objects", "MetricStat": stat}
        points = read(
            self._clients.cloudwatch(region),
            [query],
            start=now - _LOOK_BACK,
            end=now,
            what=f"objects of {name}",
        )["objects"].points
        if not points:
            return None
        newest = max(points)
        return Count(objects=round(points[newest]), at=newest)


def _narrowed(rule: Mapping[str, Any]) -> str:
    """What a rule's filter leaves out."""
    given = rule.get("Filter", {})
    both = given.get("And", {})
    prefix = given.get("Prefix") or both.get("Prefix") or rule.get("Prefix") or ""
    tags = [*both.get("Tags", []), *([given["Tag"]] if "Tag" in given else [])]
    parts = [f"only {prefix}*"] if prefix else []
    parts += [f"only tagged {tag['Key']}={tag['Value']}" for tag in tags]
    return ", ".join(parts)


def _copying(word: str) -> Copying:
    """S3 says COMPLETED; its API's model knows COMPLETE, too."""
    return Copying.COMPLETED if word == "COMPLETE" else Copying(word)


def _stored(answer: Mapping[str, Any]) -> Stored:
    return Stored(
        size=answer["ContentLength"],
        etag=answer["ETag"],
        kms=str(answer.get("ServerSideEncryption", "")).startswith("aws:kms"),
    )
