"""A bucket's copy in another region, as S3 tells it: rules, a sample of objects, counts.

Adapters fill these; `bot.domain.backup_state` judges them. A rule is only an intention: whether
objects really arrive is told by each object's own status and by looking for its copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Copying(StrEnum):
    """S3's word on one object. NONE: no rule was there, or fitted, when it was written."""

    COMPLETED = "COMPLETED"
    PENDING = "PENDING"
    FAILED = "FAILED"
    REPLICA = "REPLICA"
    NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationRule:
    """One rule. `narrowed` says what it leaves out (a prefix, tags); empty when it takes all."""

    id: str
    enabled: bool
    destination: str
    narrowed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What identifies an object's content. With `kms` the etag is no digest and differs."""

    size: int
    etag: str
    kms: bool = False

    def same_as(self, other: Stored) -> bool:
        """Whether the content is the same, as far as that can be told without reading it."""
        return self.size == other.size and (self.kms or other.kms or self.etag == other.etag)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """One object; `copy` is None when the replica has no such key."""

    key: str
    written_at: datetime
    status: Copying
    stored: Stored
    copy: Stored | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The newest of the `listed` objects, newest first. Not `whole`: the bucket has more, which
    were not listed (S3 lists by name, not by time).
    """

    objects: tuple[Sampled, ...]
    listed: int
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many objects, and as of when: CloudWatch counts once a day. `at` None: counted just now
    by listing, `at_least` when that stopped before the end.
    """

    objects: int
    at: datetime | None = None
    at_least: bool = False
