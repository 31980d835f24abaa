"""What a DR test left over is deleted in the end; whatever else carries the tag is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.dr_test import due_on, instance_name, is_ours, left_alone, meets, tags_of
from bot.domain.instance import Instance
from bot.domain.run import Control, RunState
from bot.engine.approvals import steer
from bot.engine.dr_due import remind_of_dr_tests
from bot.engine.dr_leftovers import sweep_dr_tests
from bot.errors import OperationFailed, Temporary
from bot.topology import Integrity
from tests.drtests import FILMS, NAME, DrTests
from tests.stage import BEN, Stage

pytestmark = pytest.mark.unit

HOUR = 3600.0
MARCH = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
OVER = {"filmops": "dr-test", "filmops-run": "R1", "filmops-expires": "2026-03-01T02:59:00Z"}


def put(stage: Stage, name: str = NAME, tags: Mapping[str, str] = OVER, **about: Any) -> Instance:
    """An instance that somebody has made."""
    like = stage.production.instances["prod-db"]
    made = replace(like, id=name, tags=dict(tags), **about)
    stage.production.instances[name] = made
    stage.production.databases[name] = stage.production.databases["prod-db"]
    return made


async def test_an_expired_instance_without_a_run_is_deleted_and_written_down() -> None:
    stage = Stage()
    put(stage)
    assert await sweep_dr_tests(stage.world) == (NAME,)
    assert NAME not in stage.production.instances
    (row,) = await stage.rows()
    assert (row.entry.action, row.entry.subject) == ("dr_test.swept", NAME)


async def test_it_looks_every_five_minutes_whoever_looks() -> None:
    stage = Stage()
    await sweep_dr_tests(stage.world)
    put(stage)
    assert await sweep_dr_tests(stage.world) == ()
    stage.clock.advance(301)
    assert await sweep_dr_tests(stage.world) == (NAME,)


TRICKS: Mapping[str, Mapping[str, Any]] = {
    "another value": {"tags": {**OVER, "filmops": "dr-test "}},
    "another case": {"tags": {**OVER, "filmops": "DR-TEST"}},
    "another key": {"tags": {"Filmops": "dr-test", **{k: OVER[k] for k in OVER if "-" in k}}},
    "a replica's tag": {"tags": {**OVER, "filmops": "replica"}},
    "no tags": {"tags": {}},
    "no run": {"tags": {k: v for k, v in OVER.items() if k != "filmops-run"}},
    "no number": {"tags": {**OVER, "filmops-run": "R0"}},
    "another run": {"tags": {**OVER, "filmops-run": "R2"}},
    "more than a run": {"tags": {**OVER, "filmops-run": "R1 or R2"}},
    "no expiry": {"tags": {k: v for k, v in OVER.items() if k != "filmops-expires"}},
    "no time": {"tags": {**OVER, "filmops-expires": "yesterday"}},
    "a time without a zone": {"tags": {**OVER, "filmops-expires": "2026-03-01T02:59:00"}},
    "a time to come": {"tags": {**OVER, "filmops-expires": "2026-03-01T03:00:01Z"}},
    "another name": {"name": "prod-db-copy"},
    "another database's name": {"name": "their-db-dr-test-r1"},
    "production itself": {"name": "prod-db"},
    "a source of replicas": {"replicas": ("prod-db-reads",)},
    "a replica": {"source": "prod-db"},
}


@pytest.mark.parametrize("trick", TRICKS)
async def test_what_is_not_wholly_a_tests_own_is_left_alone(trick: str) -> None:
    stage = Stage()
    made = put(stage, **TRICKS[trick])
    assert await sweep_dr_tests(stage.world) == ()
    assert stage.production.instances[made.id] == made
    assert stage.production.effects == []


async def test_one_whose_run_is_open_is_left_to_it_and_deleted_when_nobody_ends_it() -> None:
    stage = DrTests()
    await stage.begun()
    await steer(stage.world, stage.asking(BEN), 1, Control.PAUSE)
    stage.clock.advance(7 * HOUR)
    stage.settle()
    assert await sweep_dr_tests(stage.world) == ()
    await stage.until_quiet(seconds=HOUR)
    assert (await stage.run()).state is RunState.PAUSED
    assert stage.there()


async def test_one_that_a_dead_runs_way_back_left_is_deleted_when_it_has_expired() -> None:
    stage = DrTests()
    await stage.begun()
    stage.gives(FILMS, "0")
    stage.production.fail("instances.remove", OperationFailed("no", code="denied"))
    run = await stage.goes_on(seconds=HOUR)
    assert run.state is RunState.HELD
    await steer(stage.world, stage.asking(BEN), 1, Control.ABORT)
    await stage.until_quiet(seconds=60)
    assert not (await stage.run()).state.open
    assert await sweep_dr_tests(stage.world) == ()
    assert stage.there()
    stage.clock.advance(6 * HOUR)
    assert await sweep_dr_tests(stage.world) == (NAME,)
    stage.settle()
    assert not stage.there()
    assert "prod-db" in stage.production.instances


async def test_what_cannot_be_looked_for_or_deleted_is_tried_again() -> None:
    stage = Stage()
    put(stage)
    stage.production.fail("instances.tagged", OperationFailed("no", code="denied"))
    assert await sweep_dr_tests(stage.world) == ()
    stage.clock.advance(301)
    stage.production.fail("instances.remove", Temporary("backing up"))
    assert await sweep_dr_tests(stage.world) == ()
    stage.clock.advance(301)
    assert await sweep_dr_tests(stage.world) == (NAME,)


async def test_one_that_is_on_its_way_out_is_not_deleted_again() -> None:
    stage = Stage()
    put(stage, status="deleting")
    stage.production.databases[NAME] = replace(stage.production.databases[NAME], status="deleting")
    assert await sweep_dr_tests(stage.world) == ()
    assert stage.production.effects == []


def test_a_tests_own_instance_is_known_by_name_and_tags() -> None:
    stage = Stage()
    mine = put(stage, tags=tags_of(1, expires=MARCH))
    assert mine.id == instance_name("prod-db", 1)
    assert is_ours(mine, 1)
    assert not is_ours(mine, 2)
    later = MARCH + timedelta(seconds=1)
    ours = ("prod-db",)
    assert left_alone(mine, databases=ours, open_runs=(), now=later) == ""
    assert left_alone(mine, databases=ours, open_runs=(1,), now=later) == "R1 is not over"
    # Somebody has made it a database of production meanwhile.
    adopted = left_alone(mine, databases=(*ours, mine.id), open_runs=(), now=later)
    assert adopted == "it is a database of filmops.toml"


@pytest.mark.parametrize(
    ("expect", "found", "met"),
    [
        ("42", "42", True),
        ("42", "042", False),
        (">= 10", "10", True),
        (">= 10", "9.99", False),
        ("<5", "4", True),
        ("> 5", "5", False),
        ("<= 0", "0", True),
        (">= 10", "many", False),
        ("t", None, False),
    ],
)
def test_what_a_query_must_give(expect: str, found: str | None, *, met: bool) -> None:
    assert meets(Integrity(sql="SELECT 1", expect=expect), found) is met


def test_a_comparison_with_no_number_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="compares with no number"):
        Integrity(sql="SELECT 1", expect=">= many")


@pytest.mark.parametrize(
    ("passed", "due"),
    [
        (None, "2026-01-01"),
        (datetime(2026, 2, 1, tzinfo=UTC), None),
        (datetime(2025, 11, 29, tzinfo=UTC), "2026-03-01"),
        (datetime(2025, 11, 20, tzinfo=UTC), "2026-02-20"),
        (datetime(2025, 6, 1, tzinfo=UTC), "2026-01-01"),
    ],
)
def test_a_test_is_due_after_a_quarter_and_called_for_each_quarter(
    passed: datetime | None, due: str | None
) -> None:
    day = due_on(passed, days=92, now=MARCH)
    assert (day.isoformat() if day else None) == due


async def channel(stage: Stage) -> list[str]:
    for _ in range(5):
        await stage.publisher.publish()
        stage.clock.advance(2)
    found = stage.chat.messages("ops-alerts")
    return [said.message.text for said in found if "DR test" in said.message.text]


async def test_the_channel_is_reminded_once_of_a_restore_that_was_never_tested() -> None:
    stage = Stage()
    assert await remind_of_dr_tests(stage.world) == 1
    assert await remind_of_dr_tests(stage.world) == 0
    (said,) = await channel(stage)
    assert "PostgreSQL: a restore was NEVER tested successfully." in said
    assert said.endswith("/filmops backup dr-test")


async def test_after_a_test_that_passed_it_is_due_again_in_a_quarter() -> None:
    stage = DrTests()
    await stage.begun()
    await stage.goes_on()
    assert await remind_of_dr_tests(stage.world) == 0
    stage.clock.advance(91.9 * 24 * HOUR)
    assert await remind_of_dr_tests(stage.world) == 0
    stage.clock.advance(0.2 * 24 * HOUR)
    assert await remind_of_dr_tests(stage.world) == 1
    said = [text for text in await channel(stage) if "due since" in text]
    assert "PostgreSQL: last passed on 2026-03-01 (R1)." in said[0]


async def test_a_test_that_failed_is_no_test_and_is_named() -> None:
    stage = DrTests()
    stage.gives(FILMS, "0")
    await stage.begun()
    await stage.goes_on()
    await remind_of_dr_tests(stage.world)
    said = " ".join(await channel(stage))
    assert "NEVER tested successfully, the last try on 2026-03-01 (R1): failed." in said
