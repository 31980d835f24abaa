"""iam and logs: the few answers the spine needs and moto does not give."""

from __future__ import annotations

import json
import shlex
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse
from moto.logs.responses import LogsResponse

from sandbox.aws.mends import Own, mend
from sandbox.aws.plant import Plant
from sandbox.aws.refusal import refusal


def install(plant: Plant) -> None:
    """Mend simulate_principal_policy and filter_log_events."""

    def simulate_principal_policy(call: Any, own: Own) -> ActionResult:
        return _simulate(plant, call.params)

    def filter_log_events(call: Any, own: Own) -> Any:
        # moto does not parse this service's parameters.
        return _filter_log_events(plant, json.loads(call.body))

    mend(IamResponse, "simulate_principal_policy", simulate_principal_policy)
    mend(LogsResponse, "filter_log_events", filter_log_events)


def _simulate(plant: Plant, params: Any) -> ActionResult:
    resources = params.get("ResourceArns") or ["*"]
    results = [
        {
            "EvalActionName": action,
            "EvalResourceName": resource,
            "EvalDecision": "explicitDeny" if action in plant.denied else "allowed",
            "MatchedStatements": [],
            "MissingContextValues": [],
        }
        for action in params.get("ActionNames") or []
        for resource in resources
    ]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def _filter_log_events(plant: Plant, params: Any) -> ActionResult:
    name = params.get("logGroupName") or str(params.get("logGroupIdentifier")).split(":")[-1]
    group = plant.logs.groups.get(name)
    if group is None:
        text = "The specified log group does not exist."
        raise refusal("logs", "ResourceNotFoundException", text)
    fits = _pattern(params.get("filterPattern") or "")
    low, high = params.get("startTime") or 0, params.get("endTime") or 2**62
    streams, prefix = params.get("logStreamNames"), params.get("logStreamNamePrefix") or ""
    events = [
        {
            "logStreamName": stream.log_stream_name,
            "timestamp": event.timestamp,
            "message": event.message,
            "ingestionTime": event.ingestion_time,
            "eventId": str(event.event_id),
        }
        for stream in group.streams.values()
        if stream.log_stream_name.startswith(prefix)
        and (not streams or stream.log_stream_name in streams)
        for event in stream.events
        if low <= event.timestamp <= high and fits(event.message)
    ]
    events.sort(key=lambda event: (event["timestamp"], event["eventId"]))
    first, size = int(params.get("nextToken") or 0), params.get("limit") or 10_000
    more = str(first + size) if len(events) > first + size else None
    return ActionResult({"events": events[first : first + size], "nextToken": more})


def _pattern(pattern: str) -> Any:
    """All plain terms, none of the `-` ones, any of the `?` ones; structured ones are refused."""
    if pattern.strip()[:1] in ("{", "[", "%"):
        raise refusal(
            "logs",
            "InvalidParameterException",
            "The sandbox filters by terms, not by fields or expressions",
        )
    terms = shlex.split(pattern)
    anyof = [term[1:] for term in terms if term.startswith("?")]
    noneof = [term[1:] for term in terms if term.startswith("-")]
    allof = [term for term in terms if term[0] not in "?-"]

    def fits(message: str) -> bool:
        # AWS ignores the optional terms as soon as there is a required one.
        wanted = (
            all(term in message for term in allof)
            if allof
            else (not anyof or any(term in message for term in anyof))
        )
        return wanted and not any(term in message for term in noneof)

    return fits
