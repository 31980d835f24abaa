"""What an SNS notification says: a CloudWatch alarm that opens or closes, or somebody's words.

Before it: a stored hook whose signature was good (bot.ports.hooks). After it: the engine opens
or closes an incident by the alert's fingerprint. Signed is not well-formed: whoever may publish
to the topic writes the message, so every shape is met with an answer and none with an exception.
Source of the shapes: *Amazon CloudWatch User Guide*, alarms; *Amazon SNS Developer Guide*.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.domain.live import Missing
from bot.topology import Alerts

LONGEST = 1_000
"""Characters that are kept of a title or of a detail."""

UNMAPPED = "P2"
"""An alarm's severity when the topology does not name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something is wrong (`opened`) or right again, said by `source` at `at`.

    `fingerprint` is the same for the alert that opens and the one that closes. `severity` is
    P1 to P4, None when nobody has said; `service` is a key of the topology, empty when unknown.
    """

    fingerprint: str
    title: str
    severity: str | None
    service: str
    source: str
    opened: bool
    at: datetime
    detail: Mapping[str, str] = field(default_factory=dict)


def alert_of(payload: Mapping[str, Any], alerts: Alerts) -> Alert | Missing:
    """What a hook from SNS says, or why it says nothing to open or close."""
    topic, message = _text(payload.get("TopicArn")), payload.get("Message")
    if payload.get("Type") == "UnsubscribeConfirmation":
        return Missing(reason=f"the subscription to {topic} was cancelled: its alarms do not come")
    sent = instant(payload.get("Timestamp"))
    if not isinstance(message, str) or sent is None:
        return Missing(reason=f"a notification of {topic or 'no topic'} without message or time")
    alarm = _object(message)
    if isinstance(alarm.get("AlarmName"), str) and "NewStateValue" in alarm:
        return _alarm(alarm, sent, alerts)
    return _words(_text(payload.get("Subject")), message, topic, sent, alerts)


def instant(value: Any) -> datetime | None:
    """A time as AWS and PagerDuty write it; None for anything else, or without an offset."""
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (TypeError, ValueError, OverflowError):
        return None


def _alarm(alarm: Mapping[str, Any], sent: datetime, alerts: Alerts) -> Alert | Missing:
    name, state = _text(alarm["AlarmName"]), _text(alarm["NewStateValue"])
    if state not in {"ALARM", "OK"}:
        # No data is neither failure nor success: what was open stays open.
        return Missing(reason=f"alarm {name} went to {state or 'no state'}: nothing to open, close")
    rule = alerts.alarm(name)
    return Alert(
        fingerprint=_fingerprint(alarm, name),
        title=name,
        severity=rule.severity if rule else UNMAPPED,
        service=rule.service if rule else "",
        source="cloudwatch",
        opened=state == "ALARM",
        at=instant(alarm.get("StateChangeTime")) or sent,
        detail=_detail(alarm),
    )


def _fingerprint(alarm: Mapping[str, Any], name: str) -> str:
    arn = _text(alarm.get("AlarmArn"))
    if arn:
        return arn
    parts = (_text(alarm.get("Region")), _text(alarm.get("AWSAccountId")), name)
    return f"cloudwatch:{':'.join(parts)}"


def _detail(alarm: Mapping[str, Any]) -> dict[str, str]:
    """What helps whoever is woken: why, how it was, what was measured, where."""
    trigger = alarm.get("Trigger")
    measured: Mapping[str, Any] = trigger if isinstance(trigger, dict) else {}
    found = {
        "reason": _text(alarm.get("NewStateReason")),
        "description": _text(alarm.get("AlarmDescription")),
        "was": _text(alarm.get("OldStateValue")),
        "metric": _text(measured.get("MetricName")),
        "namespace": _text(measured.get("Namespace")),
        "region": _text(alarm.get("Region")),
        "account": _text(alarm.get("AWSAccountId")),
        **_dimensions(measured.get("Dimensions")),
    }
    return {name: value for name, value in found.items() if value}


def _dimensions(value: Any) -> dict[str, str]:
    """CloudWatch writes them in lower case; the API's own capitals are taken too."""
    found: dict[str, str] = {}
    for one in value if isinstance(value, list) else ():
        if isinstance(one, dict):
            name = _text(one.get("name")) or _text(one.get("Name"))
            found[f"dimension {name}"] = _text(one.get("value")) or _text(one.get("Value"))
    found.pop("dimension ", None)
    return found


def _words(subject: str, message: str, topic: str, sent: datetime, alerts: Alerts) -> Alert:
    """A message that is no alarm: it opens, under its topic and subject, and nothing closes it."""
    title = subject or _text(message.strip().partition("\n")[0]) or f"a message of {topic}"
    rule = alerts.alarm(title)
    digest = hashlib.sha256(f"{topic}\n{title}".encode("utf-8", "replace")).hexdigest()
    return Alert(
        fingerprint=f"sns:{digest[:32]}",
        title=title,
        severity=rule.severity if rule else None,
        service=rule.service if rule else "",
        source="sns",
        opened=True,
        at=sent,
        detail={"topic": topic, "message": _text(message)},
    )


def _object(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(value: Any) -> str:
    return value[:LONGEST] if isinstance(value, str) else ""
