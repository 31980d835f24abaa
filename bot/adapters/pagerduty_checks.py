"""PagerDuty's part of `filmops check`: would each level's page ring somebody now?

The routing keys are tried with an `acknowledge` of a key nobody uses: PagerDuty answers for the
routing key and pages nobody. What is asked for is in docs/settings.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.adapters.pagerduty_api import Api
from bot.errors import FilmOpsError
from bot.ports import Finding
from bot.topology import Level

TRIAL_KEY = "filmops-check"


class PagerDutyChecks:
    """See `bot.ports.Checks`. `levels` are the topology's, from the first."""

    def __init__(self, api: Api, *, levels: Sequence[Level]) -> None:
        self._api = api
        self._levels = tuple(levels)

    async def check(self) -> Sequence[Finding]:
        """A finding for each key, for the token and its person, and for each level's service."""
        findings = [await self._key(number) for number, _ in enumerate(self._levels, start=1)]
        if not self._api.reads:
            said = "not set: whether anybody is on call cannot be seen"
            return [*findings, _bad("PAGERDUTY_API_TOKEN", said, "set a REST API key")]
        try:
            users = await self._api.listed("users")
            services = await self._api.listed("services")
            on_call = await self._api.listed("oncalls")
        except FilmOpsError as error:
            return [*findings, _bad("PAGERDUTY_API_TOKEN", error.message, error.hint)]
        findings.append(_good("PAGERDUTY_API_TOKEN", f"sees {len(services)} services"))
        findings.append(self._from(users))
        for level in self._levels:
            findings += _service(level, services, on_call)
        return [*findings, *self._distinct()]

    async def _key(self, number: int) -> Finding:
        subject = f"PAGERDUTY_ROUTING_KEY_L{number}"
        try:
            await self._api.event(number, "acknowledge", key=TRIAL_KEY)
        except FilmOpsError as error:
            fix = "copy the integration key of an Events API v2 integration of that service"
            return _bad(subject, error.message, error.hint or fix)
        return _good(subject, "PagerDuty takes it")

    def _from(self, users: Sequence[dict[str, Any]]) -> Finding:
        address = (self._api.from_address or "").lower()
        if any(str(user.get("email", "")).lower() == address for user in users):
            return _good("PAGERDUTY_FROM", f"{address} is a PagerDuty user")
        said = f"{address or 'nobody'} is not a PagerDuty user: acknowledging would be refused"
        return _bad("PAGERDUTY_FROM", said, "set the address of a PagerDuty user")

    def _distinct(self) -> list[Finding]:
        names = [level.pagerduty_service for level in self._levels]
        if len(set(names)) == len(names):
            return []
        said = "two levels share a service: their pages would be one person's"
        return [_bad("escalation.levels", said, "one PagerDuty service a level")]


def _service(
    level: Level, services: Sequence[dict[str, Any]], on_call: Sequence[dict[str, Any]]
) -> list[Finding]:
    subject = f"PagerDuty service {level.pagerduty_service}"
    found = next((s for s in services if s.get("name") == level.pagerduty_service), None)
    if found is None:
        fix = "correct `pagerduty_service` in filmops.toml, or let the token see the service"
        return [_bad(subject, "not found", fix)]
    wrong = [_bad(subject, said, fix) for said, fix in _mistakes(found)]
    policy = (found.get("escalation_policy") or {}).get("id")
    people = [
        str((entry.get("user") or {}).get("summary", ""))
        for entry in on_call
        if (entry.get("escalation_policy") or {}).get("id") == policy
        and entry.get("escalation_level") == 1
    ]
    if not people:
        fix = "put somebody on call on the first level of its escalation policy"
        wrong.append(_bad(subject, "nobody is on call: a page would ring nobody", fix))
    return wrong or [_good(subject, f"on call: {', '.join(people)}")]


def _mistakes(service: dict[str, Any]) -> list[tuple[str, str]]:
    mistakes: list[tuple[str, str]] = []
    if service.get("status") in ("maintenance", "disabled"):
        mistakes.append((f"is in state {service['status']}: it pages nobody", "end that state"))
    if (service.get("alert_grouping_parameters") or {}).get("type"):
        mistakes.append(("groups alerts: a page may ring nobody", "turn alert grouping off"))
    rule = service.get("incident_urgency_rule") or {}
    if rule.get("urgency") != "high":
        mistakes.append(("may page with low urgency, silently", "set its urgency to high"))
    return mistakes


def _good(subject: str, said: str) -> Finding:
    return Finding(subject=subject, ok=True, said=said)


def _bad(subject: str, said: str, fix: str) -> Finding:
    return Finding(subject=subject, ok=False, said=said, fix=fix)
