"""What verifying a backup asks of S3: rules, a sample of objects with their copies, counts."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.domain.replica import Count, ReplicationRule, Sample
from bot.topology import Bucket


class Buckets(Protocol):
    """Buckets and their replicas, which may be in another region. Nothing is ever changed.

    Raises OperationFailed("not_found") for a bucket that is not there.
    """

    async def rules(self, bucket: Bucket) -> tuple[ReplicationRule, ...]:
        """Its replication rules, by priority; none when it has no such configuration."""
        ...

    async def sample(self, bucket: Bucket, *, limit: int) -> Sample:
        """The newest objects, each with its replication status and its copy in the replica."""
        ...

    async def count(self, bucket: Bucket, *, replica: bool, now: datetime) -> Count:
        """How many objects the bucket, or its replica, has."""
        ...
