"""How PagerDuty writes things down: the JSON of REST v2 and of V3 webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.pagerduty.values import Incident, Level, Note, User

WEB = "https://sandbox.pagerduty.local"


def when(at: datetime) -> str:
    """PagerDuty's notation of a time."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def reference(kind: str, path: str, id_: str, summary: str) -> dict[str, Any]:
    """A reference to something by id."""
    return {
        "id": id_,
        "type": f"{kind}_reference",
        "summary": summary,
        "self": None,  # only incidents have one here: the official client follows it
        "html_url": f"{WEB}/{path}/{id_}",
    }


def user_reference(user: User) -> dict[str, Any]:
    """A reference to a user."""
    return reference("user", "users", user.id, user.name)


def service_reference(level: Level) -> dict[str, Any]:
    """A reference to a level's service."""
    return reference("service", "services", level.service_id, level.name)


def policy_reference(level: Level) -> dict[str, Any]:
    """A reference to a level's escalation policy."""
    return reference("escalation_policy", "escalation_policies", level.policy_id, level.name)


def user(one: User) -> dict[str, Any]:
    """A user in full."""
    return {**user_reference(one), "type": "user", "name": one.name, "email": one.email}


def service(level: Level) -> dict[str, Any]:
    """A service: high urgency, no alert grouping, 30 min acknowledgement timeout."""
    return {
        **service_reference(level),
        "type": "service",
        "name": level.name,
        "status": "maintenance" if level.maintenance else "active",
        "acknowledgement_timeout": 1800,
        "auto_resolve_timeout": None,
        "alert_creation": "create_alerts_and_incidents",
        "alert_grouping_parameters": {"type": None, "config": None},
        "incident_urgency_rule": {"type": "constant", "urgency": "high"},
        "escalation_policy": policy_reference(level),
        "integrations": [
            {
                "id": f"PINTL{level.number}",
                "type": "events_api_v2_inbound_integration_reference",
                "summary": "Events API V2",
            }
        ],
    }


def policy(level: Level) -> dict[str, Any]:
    """An escalation policy with its one rule."""
    targets = [user_reference(level.on_call)] if level.on_call else []
    return {
        **policy_reference(level),
        "type": "escalation_policy",
        "name": level.name,
        "num_loops": 0,
        "escalation_rules": [{"escalation_delay_in_minutes": 30, "targets": targets}],
        "services": [service_reference(level)],
    }


def oncall(level: Level) -> dict[str, Any] | None:
    """Who is on call for a level, permanently (no schedule); None when nobody is."""
    if level.on_call is None:
        return None
    return {
        "escalation_policy": policy_reference(level),
        "escalation_level": 1,
        "schedule": None,
        "user": user_reference(level.on_call),
        "start": None,
        "end": None,
    }


def incident(one: Incident) -> dict[str, Any]:
    """An incident in full. `incident_key` is null, as it is when an incident has alerts."""
    changed_by = user_reference(one.changed_by) if one.changed_by else service_reference(one.level)
    left = 1 if one.open else 0
    return {
        **reference("incident", "incidents", one.id, f"[#{one.number}] {one.title}"),
        "type": "incident",
        "self": one.self_url,
        "html_url": one.html_url,
        "incident_number": one.number,
        "title": one.title,
        "created_at": when(one.created_at),
        "updated_at": when(one.changed_at),
        "status": one.status,
        "incident_key": None,
        "service": service_reference(one.level),
        "assignments": [
            {"at": when(one.changed_at), "assignee": user_reference(u)} for u in one.assignees
        ],
        "acknowledgements": [
            {"at": when(one.changed_at), "acknowledger": user_reference(u)}
            for u in one.acknowledgers
        ],
        "last_status_change_at": when(one.changed_at),
        "last_status_change_by": changed_by,
        "escalation_policy": policy_reference(one.level),
        "alert_counts": {"all": 1, "triggered": left, "resolved": 1 - left},
        "urgency": "high",
        "priority": None,
        "resolve_reason": None,
        "teams": [],
        "pending_actions": [],
    }


def alert(one: Incident) -> dict[str, Any]:
    """The incident's alert; `alert_key` is the event's `dedup_key`."""
    return {
        **reference("alert", "alerts", one.alert_id, one.title),
        "type": "alert",
        "status": "triggered" if one.open else "resolved",
        "alert_key": one.dedup_key,
        "created_at": when(one.created_at),
        "severity": one.severity,
        "suppressed": False,
        "service": service_reference(one.level),
        "incident": reference("incident", "incidents", one.id, one.title),
        "body": {
            "type": "alert_body",
            "details": one.details,
            "cef_details": {"source_component": one.source},
        },
    }


def note(one: Note) -> dict[str, Any]:
    """A note."""
    return {
        "id": one.id,
        "content": one.content,
        "created_at": when(one.at),
        "user": user_reference(one.user),
        "channel": {"summary": "The PagerDuty website or APIs"},
    }


def webhook_data(one: Incident) -> dict[str, Any]:
    """The incident as a V3 webhook carries it."""
    return {
        "id": one.id,
        "type": "incident",
        "self": one.self_url,
        "html_url": one.html_url,
        "number": one.number,
        "status": one.status,
        "incident_key": None,
        "created_at": when(one.created_at),
        "title": one.title,
        "service": service_reference(one.level),
        "assignees": [user_reference(u) for u in one.assignees],
        "escalation_policy": policy_reference(one.level),
        "teams": [],
        "priority": None,
        "urgency": "high",
        "conference_bridge": None,
        "resolve_reason": None,
    }
