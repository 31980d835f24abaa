"""Whether the backups are what one would want at night: judged, each line with its fix.

Before: `bot.engine.backups` has read the snapshots, the rules, a sample of objects and the counts.
After: `/filmops backup verify`, and an incident when a line is bad. Pure. (Runbook, *Verify Backup
Status*.) A rule is only an intention: what counts is an object's copy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.checklist import Found
from bot.domain.duration import in_words
from bot.domain.live import Missing, Snapshot
from bot.domain.replica import Copying, Count, ReplicationRule, Sample, Sampled
from bot.topology import Backup, Bucket, Database

_SHOWN = 3
_AGAIN = "Try again; if it stays, filmops check says what is not allowed or not there."


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupLine:
    """One thing that was verified. `subject` is `database/prod-db` or `bucket/media`; `fix` is what
    to do, empty when it is well.
    """

    subject: str
    title: str
    found: Found
    said: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketState:
    """What was read of one bucket and its replica."""

    rules: tuple[ReplicationRule, ...] | Missing
    sample: Sample | Missing
    here: Count | Missing
    there: Count | Missing


def snapshot_line(
    database: Database, read: Sequence[Snapshot] | Missing, rule: Backup, now: datetime
) -> BackupLine:
    """The newest automated snapshot, which must be young enough."""
    line = _liner(f"database/{database.key}", "Newest automated snapshot")
    if isinstance(read, Missing):
        return _unread(line, read)
    automated = [each for each in read if each.kind == "automated"]
    newest = max(automated, key=lambda each: each.created_at, default=None)
    fix = (
        f"aws rds describe-db-instances --db-instance-identifier {database.key} --query "
        "'DBInstances[0].[BackupRetentionPeriod,PreferredBackupWindow]': with 0 days automated "
        "backups are off. Until they run: aws rds create-db-snapshot"
    )
    if newest is None:
        manual = f", {len(read)} manual" if read else ""
        return line(Found.FAILED, f"there is none{manual}", fix)
    age = now - newest.created_at
    said = f"{newest.id}, {in_words(age)} old"
    if age > timedelta(hours=rule.snapshot_hours):
        return line(Found.FAILED, f"{said}: more than {rule.snapshot_hours:g} h", fix)
    return line(Found.OK, said)


def bucket_lines(
    bucket: Bucket, state: BucketState, rule: Backup, now: datetime
) -> tuple[BackupLine, ...]:
    """The rule, the objects, the counts. One without a replica is not replicated: nothing."""
    if bucket.replica is None:
        return ()
    return (
        _rules(bucket, state.rules),
        _objects(bucket, state.sample, timedelta(minutes=rule.late_minutes), now),
        _counts(bucket, state, rule.fewer),
    )


def lag(sample: Sample, now: datetime) -> timedelta:
    """How long the oldest object that is on its way has been; none is no time."""
    waiting = [o for o in sample.objects if o.copy is None and o.status is Copying.PENDING]
    return max((now - each.written_at for each in waiting), default=timedelta())


def _rules(bucket: Bucket, read: Sequence[ReplicationRule] | Missing) -> BackupLine:
    line = _liner(f"bucket/{bucket.key}", "Replication rule")
    if isinstance(read, Missing):
        return _unread(line, read)
    fix = (
        f"aws s3api put-bucket-replication --bucket {bucket.name}, to arn:aws:s3:::{bucket.replica}"
        ", and an S3 Batch Replication job for what was written meanwhile"
    )
    if not read:
        return line(Found.FAILED, "there is none", fix)
    ours = [each for each in read if each.destination == bucket.replica]
    if not ours:
        others = ", ".join(sorted({each.destination for each in read}))
        return line(Found.FAILED, f"none leads to {bucket.replica}, only to {others}", fix)
    enabled = [each for each in ours if each.enabled]
    if not enabled:
        return line(Found.FAILED, f"{ours[0].id or 'the rule'} is disabled", fix)
    narrowed = [each.narrowed for each in enabled]
    what = "everything" if not all(narrowed) else "; ".join(narrowed)
    return line(Found.OK, f"{enabled[0].id or 'a rule'} to {bucket.replica}, {what}")


def _objects(bucket: Bucket, read: Sample | Missing, late: timedelta, now: datetime) -> BackupLine:
    line = _liner(f"bucket/{bucket.key}", "Replicated objects")
    if isinstance(read, Missing):
        return _unread(line, read)
    bad = [f"{each.key} {why}" for each in read.objects if (why := _wrong(each, late, now))]
    whole = "" if read.whole else f", of the first {read.listed:,} by name"
    if bad:
        more = f" and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
        said = f"{len(bad)} of the {len(read.objects)} newest{whole}: {'; '.join(bad[:_SHOWN])}"
        fix = (
            f"Look at the replication role and the key policies of both buckets, mend it, and copy "
            f"what is missing by an S3 Batch Replication job from {bucket.name}"
        )
        return line(Found.FAILED, said + more, fix)
    young = sum(each.copy is None for each in read.objects)
    waits = f", {young} on the way" if young else ""
    if not read.objects:
        return line(Found.OK, "there is no object to copy")
    arrived = len(read.objects) - young
    return line(
        Found.OK, f"{arrived} of the {len(read.objects)} newest{whole} are there, the same{waits}"
    )


def _wrong(each: Sampled, late: timedelta, now: datetime) -> str:
    """What is wrong with one object's copy; empty when nothing is, or it may still come."""
    if each.copy is not None:
        return "" if each.stored.same_as(each.copy) else "has another content there"
    age = now - each.written_at
    if each.status is Copying.FAILED:
        return "FAILED"
    if each.status is Copying.COMPLETED:
        return "is said to be there and is not"
    if each.status is Copying.PENDING:
        return "" if age <= late else f"has been pending for {in_words(age)}"
    return "fits no rule, or was written before there was one"


def _counts(bucket: Bucket, state: BucketState, fewer: float) -> BackupLine:
    line = _liner(f"bucket/{bucket.key}", "Objects in the DR bucket")
    here, there = state.here, state.there
    if isinstance(there, Missing):
        return _unread(line, there, "could not be counted")
    if isinstance(here, Missing):
        return _unread(line, here, f"{bucket.name} could not be counted")
    said = f"{counted(there)} of {counted(here)}"
    lacking = here.objects - there.objects
    if lacking > fewer * here.objects and not there.at_least:
        fix = f"Copy what is missing by an S3 Batch Replication job from {bucket.name}"
        return line(Found.FAILED, f"{said}: {lacking:,} are missing", fix)
    return line(Found.OK, said)


def counted(count: Count) -> str:
    """A count for people: `812 (2026-03-01)`, `at least 10,000`, `3`."""
    least = "at least " if count.at_least else ""
    return f"{least}{count.objects:,}" + (f" ({count.at:%Y-%m-%d})" if count.at else "")


def _unread(
    line: Callable[..., BackupLine], part: Missing, what: str = "could not be read"
) -> BackupLine:
    return line(Found.UNKNOWN, f"{what}: {part.reason}", part.hint or _AGAIN)


def _liner(subject: str, title: str) -> Callable[..., BackupLine]:
    def line(found: Found, said: str, fix: str = "") -> BackupLine:
        return BackupLine(subject=subject, title=title, found=found, said=said, fix=fix)

    return line
