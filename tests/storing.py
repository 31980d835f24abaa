"""The same two productions, and what people do to their buckets.

A contract test takes `storing` and runs on both makes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import boto3
import pytest

from bot.adapters.memory.aws.objects import Held
from bot.domain.replica import Copying, Count, Stored
from bot.topology import Bucket, load
from tests.productions import InMemory, OnThePlant, Production

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Storing(Production, Protocol):
    """A production whose bucket `media` people write to. It has three films, each copied."""

    @property
    def bucket(self) -> Bucket:
        """The bucket with a replica."""
        ...

    def write(self, key: str, *, status: Copying, copied: bool) -> None:
        """An object that S3 says this of, and whether its copy is there."""
        ...

    def spoil(self, key: str) -> None:
        """The copy has other content."""
        ...

    def no_rule(self) -> None:
        """Somebody deletes the bucket's replication."""
        ...

    def count(self, objects: int) -> datetime:
        """CloudWatch's daily count of the replica; as of when."""
        ...


class StoringInMemory(InMemory):
    """The twin."""

    def __init__(self) -> None:
        super().__init__(load(Path(__file__).parent.parent / "filmops.toml"))

    @property
    def bucket(self) -> Bucket:
        return self.topology.buckets["media"]

    def write(self, key: str, *, status: Copying, copied: bool) -> None:
        held = Held(stored=Stored(size=4, etag='"e"'), written_at=datetime.now(UTC), status=status)
        self.state.objects[self.bucket.name][key] = held
        if copied:
            self.state.objects[self.bucket.replica or ""][key] = held

    def spoil(self, key: str) -> None:
        copies = self.state.objects[self.bucket.replica or ""]
        copies[key] = replace(copies[key], stored=Stored(size=1, etag='"other"'))

    def no_rule(self) -> None:
        self.state.replication.clear()

    def count(self, objects: int) -> datetime:
        at = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self.state.counted[self.bucket.replica or ""] = Count(objects=objects, at=at)
        return at


class StoringOnThePlant(OnThePlant):
    """The real adapter on the sandbox's plant."""

    @property
    def bucket(self) -> Bucket:
        return self.topology.buckets["media"]

    def write(self, key: str, *, status: Copying, copied: bool) -> None:
        self._s3.put_object(Bucket=self.bucket.name, Key=key, Body=b"film")
        if copied:
            self._s3.put_object(Bucket=self._replica, Key=key, Body=b"film")
        self.plant.tell("object", bucket=self.bucket.name, key=key, status=status)

    def spoil(self, key: str) -> None:
        self._s3.put_object(Bucket=self._replica, Key=key, Body=b"other")

    def no_rule(self) -> None:
        self._s3.delete_bucket_replication(Bucket=self.bucket.name)

    def count(self, objects: int) -> datetime:
        self.plant.tell("objects", bucket=self.bucket.replica, count=objects)
        day = datetime.now(UTC) - timedelta(seconds=1)
        return day.replace(hour=0, minute=0, second=0, microsecond=0)

    @property
    def _replica(self) -> str:
        assert self.bucket.replica is not None
        return self.bucket.replica

    @property
    def _s3(self) -> S3Client:
        return boto3.client("s3", region_name=self.topology.studio.region)


@pytest.fixture(params=["memory", "plant"])
def storing(request: pytest.FixtureRequest) -> Iterator[Storing]:
    """Both makes, one after the other."""
    if request.param == "memory":
        yield StoringInMemory()
        return
    made = StoringOnThePlant(request.getfixturevalue("plant"))
    yield made
    made.clients.close()
