"""S3 in memory. Before it come engine and handlers under test; after it `production`."""

from __future__ import annotations

from datetime import datetime

from bot.adapters.memory.aws.production import MemoryProduction
from bot.adapters.memory.aws.there import there
from bot.domain.replica import Count, ReplicationRule, Sample, Sampled
from bot.topology import Bucket


class MemoryBuckets:
    """See `bot.ports.Buckets`."""

    def __init__(self, production: MemoryProduction) -> None:
        self._production = production

    async def rules(self, bucket: Bucket) -> tuple[ReplicationRule, ...]:
        """As set."""
        self._production.noted("buckets.rules", bucket=bucket.name)
        there(self._production.objects, bucket.name)
        return tuple(self._production.replication.get(bucket.name, ()))

    async def sample(self, bucket: Bucket, *, limit: int) -> Sample:
        """The newest of all that are set."""
        self._production.noted("buckets.sample", bucket=bucket.name)
        held = there(self._production.objects, bucket.name)
        copies = self._production.objects.get(bucket.replica or "", {})
        found = [
            Sampled(
                key=key,
                written_at=each.written_at,
                status=each.status,
                stored=each.stored,
                copy=copies[key].stored if key in copies else None,
            )
            for key, each in held.items()
        ]
        found.sort(key=lambda each: (each.written_at, each.key), reverse=True)
        return Sample(objects=tuple(found[:limit]), listed=len(held), whole=True)

    async def count(self, bucket: Bucket, *, replica: bool, now: datetime) -> Count:
        """The daily count when one is set, else what is there."""
        name = (bucket.replica or "") if replica else bucket.name
        self._production.noted("buckets.count", bucket=name)
        if name in self._production.counted:
            return self._production.counted[name]
        return Count(objects=len(there(self._production.objects, name)))
