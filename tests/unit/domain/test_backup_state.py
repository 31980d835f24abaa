"""Whether backups are well: judged without asking anybody, each line with its fix."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.backup_state import BucketState, bucket_lines, lag, snapshot_line
from bot.domain.checklist import Found
from bot.domain.live import Missing, Snapshot
from bot.domain.replica import Copying, Count, ReplicationRule, Sample, Sampled, Stored
from bot.topology import Backup, Bucket, Database

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
RULE = Backup()
BUCKET = Bucket(key="media", name="media-prod", replica="media-dr")
DATABASE = Database(key="prod-db")
OURS = ReplicationRule(id="to-dr", enabled=True, destination="media-dr")
THOUSAND = Count(objects=1000)
FILM = Stored(size=4, etag='"e"')


def snapshot(hours: float, kind: str = "automated") -> Snapshot:
    return Snapshot(
        id=f"rds:{hours}",
        kind=kind,
        created_at=NOW - timedelta(hours=hours),
        status="available",
    )


@pytest.mark.parametrize(
    ("snapshots", "found", "said"),
    [
        ([snapshot(9)], Found.OK, "rds:9, 9 h old"),
        ([snapshot(24)], Found.OK, "rds:24, 1 d old"),
        ([snapshot(25), snapshot(49)], Found.FAILED, "rds:25, 1 d 1 h old: more than 24 h"),
        ([snapshot(1, "manual"), snapshot(30)], Found.FAILED, "rds:30, 1 d 6 h old"),
        ([snapshot(1, "manual")], Found.FAILED, "there is none, 1 manual"),
        ([], Found.FAILED, "there is none"),
        (Missing(reason="no answer within 10 s"), Found.UNKNOWN, "no answer within 10 s"),
    ],
)
def test_the_newest_automated_snapshot_must_be_young(
    snapshots: list[Snapshot] | Missing, found: Found, said: str
) -> None:
    line = snapshot_line(DATABASE, snapshots, RULE, NOW)
    assert (line.found, line.subject) == (found, "database/prod-db")
    assert said in line.said
    assert bool(line.fix) == (found is not Found.OK)


def test_what_is_denied_has_what_allows_it_for_its_fix() -> None:
    denied = Missing(reason="denied", hint="Allow it.")
    assert snapshot_line(DATABASE, denied, RULE, NOW).fix == "Allow it."


def film(
    status: Copying = Copying.COMPLETED, *, copy: Stored | None = FILM, minutes: float = 5
) -> Sampled:
    return Sampled(
        key="films/1.mp4",
        written_at=NOW - timedelta(minutes=minutes),
        status=status,
        stored=FILM,
        copy=copy,
    )


def judged(
    *objects: Sampled,
    rules: tuple[ReplicationRule, ...] | Missing = (OURS,),
    sample: Sample | Missing | None = None,
    here: Count | Missing = THOUSAND,
    there: Count | Missing = THOUSAND,
) -> dict[str, tuple[Found, str]]:
    state = BucketState(
        rules=rules,
        sample=sample or Sample(objects=objects, listed=len(objects), whole=True),
        here=here,
        there=there,
    )
    lines = bucket_lines(BUCKET, state, RULE, NOW)
    assert all(bool(line.fix) == (line.found is not Found.OK) for line in lines)
    assert {line.subject for line in lines} == {"bucket/media"}
    return {line.title: (line.found, line.said) for line in lines}


@pytest.mark.parametrize(
    ("rules", "found", "said"),
    [
        ((OURS,), Found.OK, "to-dr to media-dr, everything"),
        ((), Found.FAILED, "there is none"),
        (
            (ReplicationRule(id="x", enabled=True, destination="elsewhere"),),
            Found.FAILED,
            "none leads to media-dr, only to elsewhere",
        ),
        (
            (ReplicationRule(id="to-dr", enabled=False, destination="media-dr"),),
            Found.FAILED,
            "to-dr is disabled",
        ),
        (
            (
                ReplicationRule(
                    id="", enabled=True, destination="media-dr", narrowed="only films/*"
                ),
            ),
            Found.OK,
            "a rule to media-dr, only films/*",
        ),
        (Missing(reason="denied"), Found.UNKNOWN, "denied"),
    ],
)
def test_a_rule_must_lead_to_the_replica_and_be_enabled(
    rules: tuple[ReplicationRule, ...] | Missing, found: Found, said: str
) -> None:
    assert judged(rules=rules)["Replication rule"][0] is found
    assert said in judged(rules=rules)["Replication rule"][1]


@pytest.mark.parametrize(
    ("one", "found", "said"),
    [
        (film(), Found.OK, "1 of the 1 newest are there, the same"),
        (film(Copying.PENDING, copy=None), Found.OK, "0 of the 1 newest"),
        (film(Copying.PENDING, copy=None, minutes=16), Found.FAILED, "pending for 16 min"),
        (film(Copying.FAILED, copy=None), Found.FAILED, "films/1.mp4 FAILED"),
        (film(Copying.FAILED), Found.OK, "are there"),
        (film(copy=None), Found.FAILED, "is said to be there and is not"),
        (film(Copying.NONE, copy=None), Found.FAILED, "fits no rule"),
        (film(copy=Stored(size=3, etag='"e"')), Found.FAILED, "has another content there"),
        (film(copy=Stored(size=4, etag='"f"')), Found.FAILED, "has another content there"),
        (film(copy=Stored(size=4, etag='"f"', kms=True)), Found.OK, "are there, the same"),
    ],
)
def test_what_counts_is_whether_the_object_is_there(one: Sampled, found: Found, said: str) -> None:
    result = judged(one)["Replicated objects"]
    assert result[0] is found
    assert said in result[1]


def test_many_bad_objects_are_counted_and_three_are_named() -> None:
    found, said = judged(*[film(Copying.FAILED, copy=None)] * 5)["Replicated objects"]
    assert found is Found.FAILED
    assert said.startswith("5 of the 5 newest")
    assert said.endswith("and 2 more")


def test_a_large_bucket_says_that_not_all_was_listed_and_an_empty_one_is_well() -> None:
    part = Sample(objects=(film(),), listed=10_000, whole=False)
    assert "of the first 10,000 by name" in judged(sample=part)["Replicated objects"][1]
    nothing = Count(objects=0)
    assert {found for found, _ in judged(here=nothing, there=nothing).values()} == {Found.OK}
    unread = judged(sample=Missing(reason="no answer"))["Replicated objects"]
    assert unread[0] is Found.UNKNOWN


@pytest.mark.parametrize(
    ("here", "there", "found"),
    [
        (Count(objects=1000), Count(objects=990), Found.OK),
        (Count(objects=1000), Count(objects=989), Found.FAILED),
        (Count(objects=1000), Count(objects=1200), Found.OK),
        (Count(objects=20_000, at=NOW), Count(objects=10_000, at_least=True), Found.OK),
        (Missing(reason="x"), Count(objects=1), Found.UNKNOWN),
        (Count(objects=1), Missing(reason="x"), Found.UNKNOWN),
    ],
)
def test_the_replica_may_lack_a_little(
    here: Count | Missing, there: Count | Missing, found: Found
) -> None:
    assert judged(here=here, there=there)["Objects in the DR bucket"][0] is found


def test_a_bucket_without_a_replica_is_not_judged() -> None:
    state = BucketState(
        rules=(),
        sample=Sample(objects=(), listed=0, whole=True),
        here=Count(objects=1),
        there=Count(objects=0),
    )
    assert bucket_lines(Bucket(name="scratch"), state, RULE, NOW) == ()


def test_the_lag_is_that_of_the_oldest_object_on_its_way() -> None:
    waits = [film(Copying.PENDING, copy=None, minutes=m) for m in (2, 9, 4)]
    objects = (*waits, film(Copying.FAILED, copy=None, minutes=60), film(minutes=90))
    assert lag(Sample(objects=objects, listed=5, whole=True), NOW) == timedelta(minutes=9)
    assert lag(Sample(objects=(film(),), listed=1, whole=True), NOW) == timedelta()
