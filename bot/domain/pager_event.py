"""What a PagerDuty V3 webhook says: what happened to which incident, and who did it.

Before it: a stored hook whose signature was good (bot.ports.hooks). After it: the engine finds
the escalation it belongs to. Events come twice, late and out of order: `at` is when it happened.
Source of the shapes: PagerDuty's developer documentation, *Webhooks V3*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.alert import instant
from bot.domain.live import Missing

UNREADABLE = "unreadable"
"""The key under which a body that was signed and is not JSON is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagerEvent:
    """One event about an incident; a text PagerDuty left out is empty.

    `type` is PagerDuty's (`incident.acknowledged`), possibly one we do not know. `incident_key`
    is None whenever the incident has alerts. `agent_id` is a user's, empty when a service or
    nobody did it; a webhook's reference seldom carries an e-mail. `resolve_reason` is the type
    (`merge_resolve_reason`: no person resolved it).
    """

    id: str
    type: str
    incident_id: str
    at: datetime
    incident_key: str | None = None
    agent_id: str = ""
    agent_name: str = ""
    agent_email: str = ""
    resolve_reason: str = ""
    service_id: str = ""
    title: str = ""
    urgency: str = ""
    html_url: str = ""


def pager_event_of(payload: Mapping[str, Any]) -> PagerEvent | Missing:
    """What a hook from PagerDuty says, or why it says nothing of an incident."""
    if UNREADABLE in payload:
        return Missing(reason=f"PagerDuty's webhook is not JSON: {payload[UNREADABLE]!s:.100}")
    event = _part(payload, "event")
    id_, kind, at = (
        _text(event, "id"),
        _text(event, "event_type"),
        instant(event.get("occurred_at")),
    )
    if not id_ or not kind or at is None:
        return Missing(reason="PagerDuty's webhook has no event with id, type and time")
    incident = _incident(event)
    incident_id = _text(incident, "id")
    if not incident_id:
        return Missing(reason=f"PagerDuty's {kind} ({id_}) is about no incident")
    agent = _part(event, "agent")
    return PagerEvent(
        id=id_,
        type=kind,
        incident_id=incident_id,
        at=at,
        incident_key=_text(incident, "incident_key") or None,
        agent_id=_text(agent, "id") if _text(agent, "type").startswith("user") else "",
        agent_name=_text(agent, "summary") or _text(agent, "name"),
        agent_email=_text(agent, "email"),
        resolve_reason=_text(_part(incident, "resolve_reason"), "type"),
        service_id=_text(_part(incident, "service"), "id"),
        title=_text(incident, "title") or _text(incident, "summary"),
        urgency=_text(incident, "urgency"),
        html_url=_text(incident, "html_url"),
    )


def _incident(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The incident itself, or the one that a note, a responder or a status update belongs to."""
    data = _part(event, "data")
    return data if _text(data, "type") == "incident" else _part(data, "incident")


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
