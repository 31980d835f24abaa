"""Verifying the backups: for who asks, and once a day by a scheduler, which pages when one is bad.

Before: `/filmops backup verify`, or the clock. After: lines judged by `bot.domain.backup_state`;
of the daily look an incident for each database or bucket that is not well, which is looked at
again every hour and resolved by itself. Several schedulers look once together.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.backup_state import BackupLine, BucketState, bucket_lines, snapshot_line
from bot.domain.checklist import Found
from bot.domain.incident import Incident, Source
from bot.domain.instant import today_at
from bot.domain.timeline import FILMOPS
from bot.engine.incidents import rate, resolve
from bot.engine.look import part
from bot.engine.opening import Report, report
from bot.engine.world import World
from bot.errors import Refused
from bot.topology import Bucket, Severity

log = logging.getLogger("filmops.backups")

VERIFIED = "backup"
FINGERPRINT = "backup:"
"""How the incidents' fingerprints begin; the subject follows."""

PART_SECONDS = 10.0
"""Twenty objects are forty requests, half of them across a continent."""

AGAIN = timedelta(hours=1)
"""How often it is looked while an incident is open."""

PATIENCE = timedelta(hours=1)
"""What cannot be read is asked for again so long, before that itself is an incident."""

NEEDS = ("databases.snapshots", "buckets.rules", "buckets.sample", "buckets.count")


async def verify(world: World, now: datetime) -> tuple[BackupLine, ...]:
    """Every database and every bucket with a replica, read at once. Never raises for AWS."""
    rule, topology = world.topology.backup, world.topology
    databases, buckets = tuple(topology.databases.values()), replicated(world)
    snapshots, states = await asyncio.gather(
        asyncio.gather(
            *(part(world.aws.databases.snapshots(each), PART_SECONDS) for each in databases)
        ),
        asyncio.gather(*(bucket_state(world, each, now) for each in buckets)),
    )
    return (
        *(
            snapshot_line(database, read, rule, now)
            for database, read in zip(databases, snapshots, strict=True)
        ),
        *(
            line
            for bucket, state in zip(buckets, states, strict=True)
            for line in bucket_lines(bucket, state, rule, now)
        ),
    )


def replicated(world: World) -> tuple[Bucket, ...]:
    """The buckets that have a copy."""
    return tuple(each for each in world.topology.buckets.values() if each.replica is not None)


async def bucket_state(world: World, bucket: Bucket, now: datetime) -> BucketState:
    """All that is asked of one bucket, at once."""
    buckets = world.aws.buckets
    rules, sample, here, there = await asyncio.gather(
        part(buckets.rules(bucket), PART_SECONDS),
        part(buckets.sample(bucket, limit=world.topology.backup.sample), PART_SECONDS),
        part(buckets.count(bucket, replica=False, now=now), PART_SECONDS),
        part(buckets.count(bucket, replica=True, now=now), PART_SECONDS),
    )
    return BucketState(rules=rules, sample=sample, here=here, there=there)


async def verify_daily(world: World) -> Sequence[BackupLine]:
    """Look, if it is time and no scheduler has looked since; the lines that are not well.

    Raises Temporary when the store does not answer: then it is tried again.
    """
    now = world.clock.now()
    incidents = await world.store.incidents.unresolved(begins=FINGERPRINT)
    due = _due(world, now, incidents)
    last = await world.store.pulse.last(VERIFIED)
    if now < due or (last is not None and last >= due):
        return ()
    lines = await verify(world, now)
    unknown = any(line.found is Found.UNKNOWN for line in lines)
    if unknown and not incidents and now < due + PATIENCE:
        return ()  # a minute without an answer is no news about a backup
    if not await world.store.pulse.turn(VERIFIED, since=due, now=now):
        return ()
    bad = [line for line in lines if line.found is not Found.OK]
    for line in bad:
        log.error("backup: %s: %s %s", line.subject, line.title, line.said)
    await _settle(world, bad, incidents)
    return bad


def _due(world: World, now: datetime, incidents: Sequence[Incident]) -> datetime:
    """Today's instant; every hour while something is not well."""
    zone = ZoneInfo(world.topology.studio.timezone)
    due = today_at(world.topology.backup.check_at, now=now, zone=zone)
    return now - AGAIN if incidents else due


async def _settle(world: World, bad: Sequence[BackupLine], incidents: Sequence[Incident]) -> None:
    """One incident for each subject that is not well; those that are well again are resolved."""
    by_subject: dict[str, list[BackupLine]] = {}
    for line in bad:
        by_subject.setdefault(line.subject, []).append(line)
    known = {one.fingerprint: one for one in incidents}
    for subject, lines in by_subject.items():
        told = _report(subject, lines)
        open_one = known.get(told.fingerprint)
        if open_one is None:
            await report(world, told)
        elif told.severity < open_one.severity:
            await rate(world, open_one.id, FILMOPS, told.severity)
    for incident in incidents:
        if incident.fingerprint.removeprefix(FINGERPRINT) not in by_subject:
            with suppress(Refused):  # Somebody was faster.
                text = "The backup is verified: all of it is well again."
                await resolve(world, incident.id, FILMOPS, via="FilmOps", text=text)


def _report(subject: str, lines: Sequence[BackupLine]) -> Report:
    """What could not be read is less than what is known to be bad."""
    failed = [line for line in lines if line.found is Found.FAILED]
    worst = (failed or lines)[0]
    what = "is not what it should be" if failed else "could not be verified"
    detail: Mapping[str, str] = {
        **{line.title: f"{line.said}. {line.fix}" for line in lines},
        "look": "/filmops backup verify; it is looked at again each hour, resolved when it is well",
    }
    return Report(
        title=f"The backup of {subject} {what}: {worst.title.lower()} {worst.said}"[:300],
        severity=Severity.P2 if failed else Severity.P3,
        source=Source.FILMOPS,
        fingerprint=f"{FINGERPRINT}{subject}",
        by=FILMOPS,
        detail=detail,
    )
