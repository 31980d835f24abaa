"""S3's port, on the twin and on the plant: a rule is an intention, an object's copy is a fact."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.replica import Copying, Count
from tests.storing import Storing

pytestmark = pytest.mark.contract


async def test_a_bucket_tells_its_rules_and_where_they_lead(storing: Storing) -> None:
    (rule,) = await storing.aws.buckets.rules(storing.bucket)
    assert (rule.enabled, rule.destination) == (True, storing.bucket.replica)
    assert rule.narrowed == ""


async def test_a_bucket_without_replication_has_no_rules(storing: Storing) -> None:
    storing.no_rule()
    assert await storing.aws.buckets.rules(storing.bucket) == ()


async def test_the_newest_objects_are_looked_at_with_their_copies(storing: Storing) -> None:
    # S3's times are whole seconds: of one second's the last by name count as the newest.
    storing.write("wa/failed", status=Copying.FAILED, copied=False)
    storing.write("wb/young", status=Copying.PENDING, copied=False)
    storing.write("wc/arrived", status=Copying.COMPLETED, copied=True)
    storing.write("wd/spoilt", status=Copying.COMPLETED, copied=True)
    storing.spoil("wd/spoilt")
    sample = await storing.aws.buckets.sample(storing.bucket, limit=4)
    assert (sample.listed, sample.whole) == (7, True)
    seen = {each.key: each for each in sample.objects}
    assert {key: each.status for key, each in seen.items()} == {
        "wa/failed": Copying.FAILED,
        "wb/young": Copying.PENDING,
        "wc/arrived": Copying.COMPLETED,
        "wd/spoilt": Copying.COMPLETED,
    }
    assert seen["wa/failed"].copy is None
    arrived, spoilt = seen["wc/arrived"], seen["wd/spoilt"]
    assert arrived.copy is not None
    assert arrived.stored.same_as(arrived.copy)
    assert spoilt.copy is not None
    assert not spoilt.stored.same_as(spoilt.copy)


async def test_objects_are_counted_by_the_day_and_else_by_listing(storing: Storing) -> None:
    now = datetime.now(UTC)
    buckets = storing.aws.buckets
    assert await buckets.count(storing.bucket, replica=True, now=now) == Count(objects=3)
    at = storing.count(812)
    now = datetime.now(UTC)  # Anew: on a busy machine the count may be younger than the first look.
    assert await buckets.count(storing.bucket, replica=True, now=now) == Count(objects=812, at=at)
    assert await buckets.count(storing.bucket, replica=False, now=now) == Count(objects=3)
