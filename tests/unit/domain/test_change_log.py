"""The change log as a file: for people and for programs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.change_log import ChangeLog, as_json, markdown
from bot.domain.run import ChangeLogEntry

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 24, 3, 5, tzinfo=UTC)
CHANGE = ChangeLogEntry(
    run=42,
    resource="service/backend",
    operation="deploy",
    summary="Deployed v1.4.3.",
    before="v1.4.2",
    after="v1.4.3",
    asked_by="U0ANA",
    approved_by=("U0BEN", "U0ELSE"),
    at=NOW - timedelta(hours=2),
    detail={"version": "v1.4.3", "outcome": "deployed"},
)
LOG = ChangeLog(
    service="backend",
    since=NOW - timedelta(days=90),
    changes=(CHANGE,),
    cut=False,
    people={"U0ANA": "Ana Okafor", "U0BEN": "Ben Larsen"},
    timezone="Europe/Berlin",
    made_at=NOW,
)


def test_for_people_each_change_is_a_line_with_names_and_both_times() -> None:
    assert markdown(LOG) == (
        "# Change log of backend\n\n"
        "Since 2026-08-26 03:05:00 UTC (2026-08-26 05:05:00 Europe/Berlin), as of "
        "2026-11-24 03:05:00 UTC (2026-11-24 04:05:00 Europe/Berlin).\n\n"
        "- 2026-11-24 01:05:00 UTC (2026-11-24 02:05:00 Europe/Berlin): R42 deploy, asked by "
        "Ana Okafor, approved by Ben Larsen and U0ELSE: Deployed v1.4.3. (v1.4.2 → v1.4.3)\n"
    )


def test_for_programs_it_has_its_format_version_and_the_detail() -> None:
    assert json.loads(as_json(LOG)) == {
        "format": "filmops.change-log",
        "version": 1,
        "made_at": "2026-11-24T03:05:00.000000Z",
        "timezone": "Europe/Berlin",
        "service": "backend",
        "since": "2026-08-26T03:05:00.000000Z",
        "cut": False,
        "changes": [
            {
                "at": "2026-11-24T01:05:00.000000Z",
                "run": "R42",
                "resource": "service/backend",
                "operation": "deploy",
                "summary": "Deployed v1.4.3.",
                "before": "v1.4.2",
                "after": "v1.4.3",
                "asked_by": "Ana Okafor",
                "approved_by": ["Ben Larsen", "U0ELSE"],
                "detail": {"version": "v1.4.3", "outcome": "deployed"},
            }
        ],
    }
    assert list(json.loads(as_json(LOG)))[:2] == ["format", "version"]


def test_nothing_and_more_than_was_read_are_said() -> None:
    nothing = replace(LOG, service="", changes=())
    assert markdown(nothing).startswith("# Change log of everything\n")
    assert markdown(nothing).endswith("\n\nNothing was changed.\n")
    assert json.loads(as_json(nothing))["service"] is None
    assert "more than was read" in markdown(replace(LOG, cut=True))
