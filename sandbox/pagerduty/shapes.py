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


def oncall(level: Level, *, in_full: bool = False) -> dict[str, Any] | None:
    """Who is on call for a level, permanently (no schedule); None when nobody is."""
    if level.on_call is None:
        return None
    return {
        "escalation_policy": policy_reference(level),
        "escalation_level": 1,
        "schedule": None,
        "user": user(level.on_call) if in_full else user_reference(level.on_call),
        "start": None,
        "end": None,
    }


def incident(one: Incident, *, acknowledgers: bool = False) -> dict[str, Any]:
    """An incident in full, its acknowledgers too if wanted.

    `incident_key` is null, as it is when an incident has alerts.
    """
    person = user if acknowledgers else user_reference
    changed_by = user_reference(one.changed_by) if one.changed_by else service_reference(one.level)
    alerts = len(one.keys)
    left = alerts - len(one.ended) if one.open else 0
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
            {"at": when(one.changed_at), "acknowledger": person(u)} for u in one.acknowledgers
        ],
        "last_status_change_at": when(one.changed_at),
        "last_status_change_by": changed_by,
        "escalation_policy": policy_reference(one.level),
        "alert_counts": {"all": alerts, "triggered": left, "resolved": alerts - left},
        "urgency": "high",
        "priority": None,
        "resolve_reason": resolve_reason(one),
        "teams": [],
        "pending_actions": [],
    }


def resolve_reason(one: Incident) -> dict[str, Any] | None:
    """Into which incident it was merged; null when it was not."""
    into = one.merged_into
    if into is None:
        return None
    there = reference("incident", "incidents", into.id, into.title)
    return {"type": "merge_resolve_reason", "incident": there}


def alerts(one: Incident) -> list[dict[str, Any]]:
    """The incident's alerts: its own, then those of incidents merged into it."""
    return [_alert(one, number, key) for number, key in enumerate(one.keys)]


def _alert(one: Incident, number: int, key: str) -> dict[str, Any]:
    """One alert; `alert_key` is the event's `dedup_key`."""
    id_ = f"A{one.id[1:]}{f'M{number}' if number else ''}"
    return {
        **reference("alert", "alerts", id_, one.title),
        "type": "alert",
        "status": "triggered" if one.open and key not in one.ended else "resolved",
        "alert_key": key,
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
        "resolve_reason": resolve_reason(one),
    }
