"""PagerDuty's events are understood whoever is missing from them; no shape can raise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.live import Missing
from bot.domain.pager_event import UNREADABLE, PagerEvent, pager_event_of
from tests.unit.domain.test_alert import ANY_JSON

pytestmark = pytest.mark.unit

INCIDENT: dict[str, Any] = {
    "id": "PGR0VU2",
    "type": "incident",
    "html_url": "https://acme.pagerduty.com/incidents/PGR0VU2",
    "status": "acknowledged",
    "incident_key": None,
    "title": "backend: 5xx",
    "service": {"id": "PF9KMXH", "type": "service_reference", "summary": "Level 1"},
    "urgency": "high",
    "resolve_reason": None,
}
ANA = {"id": "PANA", "type": "user_reference", "summary": "Ana Okafor"}


def webhook(kind: str = "incident.acknowledged", **changed: Any) -> dict[str, Any]:
    event = {
        "id": "01E1",
        "event_type": kind,
        "resource_type": "incident",
        "occurred_at": "2026-03-01T03:00:00.469Z",
        "agent": ANA,
        "data": INCIDENT,
    }
    return {"event": {**event, **changed}}


def read(payload: dict[str, Any]) -> PagerEvent:
    found = pager_event_of(payload)
    assert isinstance(found, PagerEvent), found
    return found


def unread(payload: dict[str, Any]) -> str:
    found = pager_event_of(payload)
    assert isinstance(found, Missing), found
    return found.reason


def test_an_acknowledgement_says_who_of_what_and_when() -> None:
    assert read(webhook()) == PagerEvent(
        id="01E1",
        type="incident.acknowledged",
        incident_id="PGR0VU2",
        at=datetime(2026, 3, 1, 3, 0, 0, 469000, tzinfo=UTC),
        incident_key=None,
        agent_id="PANA",
        agent_name="Ana Okafor",
        service_id="PF9KMXH",
        title="backend: 5xx",
        urgency="high",
        html_url="https://acme.pagerduty.com/incidents/PGR0VU2",
    )


@pytest.mark.parametrize("agent", [None, {}, "PANA", []])
def test_nobody_may_have_done_it(agent: Any) -> None:
    event = read(webhook(agent=agent))
    assert (event.agent_id, event.agent_name, event.agent_email) == ("", "", "")


def test_a_service_that_did_it_is_named_and_is_no_user() -> None:
    agent = {"id": "PINT", "type": "inbound_integration_reference", "summary": "Events API V2"}
    event = read(webhook(agent=agent))
    assert (event.agent_id, event.agent_name) == ("", "Events API V2")


def test_an_email_is_taken_when_it_is_there() -> None:
    assert read(webhook(agent={**ANA, "email": "ana@x.io"})).agent_email == "ana@x.io"


def test_a_merge_is_told_from_a_persons_resolve() -> None:
    merged = {**INCIDENT, "resolve_reason": {"type": "merge_resolve_reason", "incident": {}}}
    assert read(webhook("incident.resolved", data=merged)).resolve_reason == "merge_resolve_reason"
    assert read(webhook("incident.resolved")).resolve_reason == ""


def test_an_incident_without_alerts_has_its_key() -> None:
    assert read(webhook(data={**INCIDENT, "incident_key": "esc:1:L1"})).incident_key == "esc:1:L1"


def test_a_note_belongs_to_its_incident() -> None:
    note = {
        "id": "PNOTE",
        "type": "incident_note",
        "content": "looking",
        "incident": {"id": "PGR0VU2", "type": "incident_reference", "summary": "backend: 5xx"},
    }
    event = read(webhook("incident.annotated", data=note))
    assert (event.incident_id, event.title) == ("PGR0VU2", "backend: 5xx")


def test_a_type_we_do_not_know_is_told_as_it_is() -> None:
    assert read(webhook("incident.teleported")).type == "incident.teleported"


def test_a_ping_is_about_no_incident() -> None:
    said = unread(webhook("pagey.ping", data={"message": "Hello", "type": "ping"}))
    assert said == "PagerDuty's pagey.ping (01E1) is about no incident"


def test_what_was_no_json_has_its_reason() -> None:
    assert unread({UNREADABLE: "<html>" * 100}).startswith(
        "PagerDuty's webhook is not JSON: <html>"
    )


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"event": None},
        {"event": []},
        webhook(id=7),
        webhook(event_type=None),
        webhook(occurred_at="soon"),
        webhook(occurred_at="2026-03-01T03:00:00"),
        webhook(occurred_at="0001-01-01T00:00:00+23:00"),
    ],
)
def test_without_id_type_and_time_there_is_a_reason(payload: dict[str, Any]) -> None:
    assert unread(payload) == "PagerDuty's webhook has no event with id, type and time"


@given(st.dictionaries(st.sampled_from([*webhook()["event"]]), ANY_JSON))
def test_an_event_of_any_shape_is_met_without_an_exception(changed: dict[str, Any]) -> None:
    assert isinstance(pager_event_of(webhook(**changed)), PagerEvent | Missing)


@given(st.dictionaries(st.sampled_from([*INCIDENT]), ANY_JSON))
def test_an_incident_of_any_shape_is_met_without_an_exception(changed: dict[str, Any]) -> None:
    assert isinstance(pager_event_of(webhook(data={**INCIDENT, **changed})), PagerEvent | Missing)
