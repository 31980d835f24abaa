"""PagerDuty's answers as values: what may be left out, and what may not."""

from __future__ import annotations

from typing import Any

import pytest

from bot.adapters.pagerduty_json import alert_count, each, on_call, pager_incident
from bot.adapters.pagerduty_known import REMEMBERED, Known
from bot.domain.pager import OnCall, PagerIncident, PagerStatus
from bot.errors import OperationFailed

pytestmark = pytest.mark.unit

ANA = {"id": "P1", "type": "user_reference", "summary": "Ana Okafor"}


def entry(**changed: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "id": "Q1",
        "status": "acknowledged",
        "html_url": "https://x.pagerduty.com/incidents/Q1",
        "service": {"id": "PS1", "summary": "Level 1"},
        "assignments": [{"assignee": ANA}],
        "acknowledgements": [{"acknowledger": ANA}],
        "alert_counts": {"all": 1},
    }
    return {**whole, **changed}


def read(**changed: Any) -> PagerIncident:
    return pager_incident(entry(**changed), "esc:1:L1")


def test_an_acknowledger_goes_by_e_mail_else_by_name() -> None:
    assert read().acknowledged_by == "Ana Okafor"
    known = {"type": "user", "summary": "Ana Okafor", "email": "ana@x.com"}
    assert read(acknowledgements=[{"acknowledger": known}]).acknowledged_by == "ana@x.com"


def test_an_integration_that_acknowledged_is_nobody() -> None:
    bot = {"type": "inbound_integration_reference", "summary": "Events API v2"}
    assert read(acknowledgements=[{"acknowledger": bot}]).acknowledged_by == ""


def test_what_pagerduty_leaves_out_is_nobody_and_nothing() -> None:
    bare = read(assignments=None, acknowledgements=None, resolve_reason=None, alert_counts=None)
    assert (bare.assigned_to, bare.acknowledged_by, bare.merged) == ((), "", False)
    assert alert_count(entry(alert_counts=None)) == 0


def test_a_merge_is_told_apart_from_a_persons_resolve() -> None:
    reason = {"type": "merge_resolve_reason", "incident": {"id": "Q2"}}
    merged = read(status="resolved", resolve_reason=reason)
    assert (merged.status, merged.merged) == (PagerStatus.RESOLVED, True)


def test_somebody_on_call_by_a_later_rung_is_told_apart() -> None:
    policy = {"id": "PP1"}
    given = {"escalation_policy": policy, "escalation_level": 2, "user": ANA}
    assert on_call(given) == ("PP1", OnCall(name="Ana Okafor", email="", rung=2))


@pytest.mark.parametrize("changed", [{"status": "asleep"}, {"service": None}, {"id": None}])
def test_an_incident_with_a_hole_is_unreadable(changed: dict[str, Any]) -> None:
    holed = {name: value for name, value in entry(**changed).items() if value is not None}
    with pytest.raises(OperationFailed, match="list of incidents could not be read") as unreadable:
        each([holed], lambda one: pager_incident(one, "k"), "incidents")
    assert unreadable.value.code == "unreadable"


def test_keys_are_known_while_the_number_of_alerts_stays() -> None:
    known = Known()
    assert known.keys("Q1", 1) is None
    known.learn("Q1", 1, ("a",))
    assert known.keys("Q1", 1) == ("a",)
    assert known.keys("Q1", 2) is None


def test_the_oldest_keys_are_forgotten_first() -> None:
    known = Known()
    for number in range(REMEMBERED + 1):
        known.learn(f"Q{number}", 1, (str(number),))
    assert known.keys("Q0", 1) is None
    assert known.keys(f"Q{REMEMBERED}", 1) == (str(REMEMBERED),)
