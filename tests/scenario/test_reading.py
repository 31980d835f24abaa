"""Commands that only look: status, help, why, operations, releases, show. And words that miss."""

from __future__ import annotations

import pytest

from bot.engine import look
from tests.scenario.studio import Studio

pytestmark = pytest.mark.scenario


async def test_status_shows_everything_and_a_part_that_fails_hides_nothing(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await studio.types("U0EVE", "/filmops status")
    for part in ("Backend API", "blue", "green", "v1.4.2", "v1.4.1", "prod-db", "prod-jobs"):
        assert part in shown
    assert "gpu: 2 of 2 instances in service" in shown
    assert "8" in shown

    aws = studio.outside.aws
    monkeypatch.setattr(look, "PART_SECONDS", 4.0)
    await aws.tell("deny", action="rds:DescribeDBInstances")
    await aws.fault("sqs.GetQueueAttributes", "latency", seconds=6, times=None)
    shown = await studio.types("U0EVE", "/filmops status backend")
    assert "rds:DescribeDBInstances" in shown
    assert "no answer within 4 s" in shown
    for part in ("Backend API", "v1.4.2", "v1.4.1"):
        assert part in shown
    assert "staging" not in shown
    await aws.forget("faults")
    await studio.nothing_changed()


async def test_help_and_near_misses_say_what_to_type(studio: Studio) -> None:
    listed = await studio.types("U0EVE", "/filmops help")
    assert listed == await studio.types("U0EVE", "/filmops")
    for verb in ("status", "rollback", "why", "operations", "show", "lock", "unfreeze"):
        assert f"/filmops {verb}" in listed
    one = await studio.types("U0ANA", "/filmops help rollback")
    assert "/filmops rollback [SERVICE]" in one
    assert "/filmops rollback backend" in one
    missed = await studio.types("U0ANA", "/filmops rolback backend")
    assert "There is no command 'rolback'. Did you mean rollback?" in missed
    assert "/filmops help rollback" in missed
    missed = await studio.types("U0ANA", "/filmops rollback bakend")
    assert "There is no service 'bakend'. Did you mean backend?" in missed
    await studio.nothing_changed()


async def test_why_says_what_would_be_needed_and_what_is_in_the_way(studio: Studio) -> None:
    outlook = await studio.types("U0ANA", "/filmops why rollback backend")
    assert "It would need 1 approval from engineer, lead or cto" in outlook
    assert "Move all traffic of Backend API from blue (v1.4.2) back to green (v1.4.1)." in outlook
    assert "nothing was asked for" in outlook
    auditor = await studio.types("U0EVE", "/filmops why rollback backend --to blue")
    assert "not_permitted" in auditor
    assert "nothing_to_do" in auditor
    at_once = await studio.types("U0ANA", "/filmops why status")
    assert "Nothing is in the way" in at_once
    await studio.nothing_changed()


async def test_releases_shows_what_runs_and_a_registry_that_is_denied_hides_nothing(
    studio: Studio,
) -> None:
    shown = await studio.types("U0EVE", "/filmops releases")
    for part in ("*blue* v1.4.2 (3 tasks), 100 % of the traffic", "*green* v1.4.1", "sha256:"):
        assert part in shown
    assert "*Last good:* *v1.4.2*, which serves now" in shown
    assert "*Staging* (backend-staging)" in shown
    assert ", on blue" in shown
    await studio.outside.aws.tell("deny", action="ecr:DescribeImages")
    shown = await studio.types("U0EVE", "/filmops releases backend")
    assert "The registry could not be read: " in shown
    assert "ecr:DescribeImages" in shown
    assert "*blue* v1.4.2" in shown
    await studio.nothing_changed()


async def test_which_service_and_which_way_may_be_said_or_left_out(studio: Studio) -> None:
    already = await studio.types("U0ANA", "/filmops rollback backend --to blue")
    assert "All traffic of Backend API is on blue already." in already
    assert "nothing_to_do" in already
    await studio.nothing_changed()
    await studio.asks("/filmops rollback --to green")
    await studio.card_says("Move all traffic of Backend API from blue")
    await studio.types("U0BEN", "/filmops rollback")
    await studio.card_says("waiting for 1 approval", "Backend API", request=2)

    told = await studio.types("U0EVE", "/filmops operations backend")
    assert "R1" in told
    assert "R2" in told
    assert "fingerprint" in await studio.types("U0EVE", "/filmops show R1")
    unknown = await studio.types("U0EVE", "/filmops show R99")
    assert "There is no request R99." in unknown
    assert await studio.outside.aws.changes() == []


async def test_in_the_middle_of_a_canary_one_must_say_which_way(studio: Studio) -> None:
    await studio.outside.aws.tell("weights", service="backend", blue=50, green=50)
    unclear = await studio.types("U0ANA", "/filmops rollback backend")
    assert "mixed_traffic" in unclear
    assert "neither colour is the live one. Say which way." in unclear
    assert "/filmops rollback backend --to blue" in unclear
    await studio.types("U0ANA", "/filmops rollback backend --to green")
    await studio.card_says("HTTPS:443 default: blue 50, green 50 → *blue 0, green 100*")
    assert await studio.outside.aws.changes() == []
