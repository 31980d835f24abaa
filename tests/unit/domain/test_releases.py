"""What became of each version, and which was the last good one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.live import Missing, Route, Tasks
from bot.domain.release import Image
from bot.domain.releases import Outcome, Running, last_good, last_try, runs, tries
from bot.domain.run import ChangeLogEntry
from bot.topology import Colour

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 24, 3, 5, tzinfo=UTC)


def change(run: int, detail: Mapping[str, Any], operation: str = "deploy") -> ChangeLogEntry:
    """Of a run; the later the higher its number."""
    return ChangeLogEntry(
        run=run,
        resource="service/backend",
        operation=operation,
        summary="",
        before="",
        after="",
        asked_by="U0ANA",
        approved_by=(),
        at=NOW + timedelta(hours=run),
        detail=detail,
    )


def log(*lines: str) -> list[ChangeLogEntry]:
    """The change log, newest first, told oldest first: `v3 deployed`, or `rollback`."""
    told = []
    for run, line in enumerate(lines, start=1):
        version, _, outcome = line.partition(" ")
        detail = {"version": version, "outcome": outcome} if outcome else {}
        told.append(change(run, detail, "deploy" if outcome else version))
    return told[::-1]


def outcomes(changes: list[ChangeLogEntry]) -> list[tuple[str, str, int]]:
    return [(one.version, str(one.outcome), one.run) for one in tries(changes)]


@pytest.mark.parametrize(
    ("lines", "good"),
    [
        ((), "serving"),
        (("v1 deployed",), "v1"),
        (("v1 deployed", "v2 deployed"), "v2"),
        (("v1 deployed", "v2 failed"), "v1"),
        (("v1 deployed", "v2 aborted", "v3 rolled_back"), "v1"),
        (("v1 deployed", "v2 deployed", "rollback"), "v1"),
        (("v1 deployed", "v2 deployed", "v2 rolled_back"), "v1"),
        (("v1 deployed", "v2 deployed", "rollback", "v2 deployed"), "v2"),
        (("v1 deployed", "v2 deployed", "rollback", "rollback"), "v1"),
        (("v1 deployed", "v2 deployed", "rollback", "v3 deployed", "rollback"), "v1"),
        (("v1 deployed", "v2 deployed", "v1 rolled_back"), "v2"),
        (("v1 deployed", "rollback"), "serving"),
        (("rollback", "v1 deployed"), "v1"),
        (("v1 deployed", "v2 deployed", "v3 rolled_back", "rollback"), "v1"),
        (("v1 deployed", "lock"), "v1"),
        (("v1 deployed", "v2 vanished"), "v1"),
    ],
)
def test_the_last_good_version_was_deployed_and_not_rolled_back_afterwards(
    lines: tuple[str, ...], good: str
) -> None:
    assert last_good(log(*lines), "serving") == good


def test_without_any_knowledge_no_version_is_good() -> None:
    assert last_good([], None) is None


def test_a_deployment_that_was_rolled_back_says_by_which_run() -> None:
    changes = log("v1 deployed", "v2 deployed", "rollback", "v3 failed")
    assert outcomes(changes) == [
        ("v3", "failed", 4),
        ("v2", "rolled_back", 3),
        ("v1", "deployed", 1),
    ]
    assert tries(changes)[1].at == NOW + timedelta(hours=3)


def test_a_version_tried_again_is_told_by_its_newest_try() -> None:
    changes = log("v1 deployed", "v2 failed", "v2 rolled_back", "v2 deployed", "v3 deployed")
    found = last_try("v2", tries(changes))
    assert found is not None
    assert (found.outcome, found.run) == (Outcome.DEPLOYED, 4)
    assert last_try("v9", tries(changes)) is None


@pytest.mark.parametrize(
    "detail", [{"outcome": "deployed"}, {"version": 7, "outcome": "deployed"}, {"version": "v1"}]
)
def test_a_detail_that_is_no_deployments_is_passed_over(detail: Mapping[str, Any]) -> None:
    assert tries([change(1, detail)]) == ()


def tasks(image: str) -> Tasks:
    return Tasks(desired=1, running=1, pending=0, task_definition="arn", image=image)


def route(blue: int, green: int) -> Route:
    weights = {Colour.BLUE: blue, Colour.GREEN: green}
    return Route(arn="a", listener_arn="l", label="x", is_default=True, weights=weights, actions=())


def test_what_serves_is_known_only_when_one_colour_has_all_the_traffic() -> None:
    blue, green = tasks("registry/backend:v2"), tasks("registry/backend:v1")
    colours: dict[Colour, Tasks | Missing] = {Colour.BLUE: blue, Colour.GREEN: green}
    assert Running(routes=(route(100, 0),), colours=colours).serving is blue
    assert Running(routes=(route(50, 50),), colours=colours).serving is None
    assert Running(routes=(), colours=colours).serving is None
    assert Running(routes=Missing(reason="slow"), colours=colours).serving is None
    colours[Colour.BLUE] = Missing(reason="denied")
    assert Running(routes=(route(1, 0),), colours=colours).serving is None


def test_an_image_runs_where_its_tag_or_digest_is_named() -> None:
    image = Image(uri="registry/backend:v1.4.2", tag="v1.4.2", digest="sha256:abc", pushed_at=NOW)
    assert runs(tasks("registry/backend:v1.4.2"), image)
    assert runs(tasks("registry/backend@sha256:abc"), image)
    assert not runs(tasks("registry/backend:v1.4.2-rc1"), image)
    assert not runs(Missing(reason="slow"), image)
    assert not runs(None, image)
