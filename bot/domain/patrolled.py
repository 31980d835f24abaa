"""What the patrol makes of production's last minutes: who is watched, what calls, how bad it is.

Before it: `bot.domain.watch`, a history for each colour. After it: `bot.engine.patrol`, which
reports it, and `bot.engine.proposing`, which has traffic go back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.incident import Incident
from bot.domain.lock import Lock, LockKind
from bot.domain.timeline import FILMOPS
from bot.domain.verdict import Verdict
from bot.domain.watch import Firing, Judged, Trigger, firings, goes_on
from bot.domain.window import window
from bot.topology import Colour, Service, Severity, Topology, Watching

PREFIX = "watch:"
"""How the fingerprints of the patrol's incidents begin."""

Histories = Mapping[Colour, Sequence[Judged]]

_SEVERITIES: Mapping[Trigger, Severity] = {
    Trigger.ERROR_RATE: Severity.P1,
    Trigger.RESPONSE_TIME: Severity.P2,
    Trigger.UNHEALTHY_TARGETS: Severity.P1,
    Trigger.DATABASE: Severity.P1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A trigger that has called on a colour that serves, and whose last word is that it is so."""

    service: Service
    colour: Colour
    firing: Firing
    histories: Histories

    @property
    def fingerprint(self) -> str:
        """Its incident's."""
        return fingerprint(self.service, self.firing.trigger)

    @property
    def severity(self) -> Severity:
        """Its incident's."""
        return _SEVERITIES[self.firing.trigger]


def fingerprint(service: Service, what: str) -> str:
    """`watch:backend:error_rate`."""
    return f"{PREFIX}{service.key}:{what}"


def watched_services(
    topology: Topology, *, busy: Collection[str], locks: Iterable[Lock]
) -> tuple[Service, ...]:
    """Production's, without those somebody is at work on: with an open run (`busy` resources), or
    in a maintenance window. What is another service's staging is not production.
    """
    windows = [lock for lock in locks if lock.kind is LockKind.MAINTENANCE]
    staging = {s.deploy.staging for s in topology.services.values() if s.deploy is not None}
    return tuple(
        service
        for service in topology.services.values()
        if service.key not in staging
        and service.resource not in busy
        and not any(window.covers(service.resource) for window in windows)
    )


def calling(histories: Histories, watching: Watching) -> bool:
    """Whether anything calls on any colour, be it the one that serves or not."""
    return any(any(_going_on(history, watching)) for history in histories.values())


def worst(
    service: Service,
    histories: Histories,
    live: Collection[Colour],
    *,
    reported: Iterable[Incident],
    topology: Topology,
) -> Called | None:
    """The worst that calls on a colour that serves, of several the one that called first.

    Minutes before the end of an incident (`reported`: the service's) have had their incident.
    """
    ends: dict[str, datetime] = {}
    for one in reported:
        end = _end(one, topology)
        if end is not None:
            ends[one.fingerprint] = max(end, ends.get(one.fingerprint, end))
    called = [
        Called(service=service, colour=colour, firing=firing, histories=histories)
        for colour in Colour
        if colour in live
        for trigger in Trigger
        for firing in _going_on(
            _after(histories[colour], ends.get(fingerprint(service, trigger))), topology.watch
        )
        if firing.trigger is trigger
    ]
    return min(called, key=lambda one: (one.severity, one.firing.at), default=None)


def serving(histories: Histories, watching: Watching) -> frozenset[Colour]:
    """The colours that had traffic lately: who serves, when the weights cannot be read."""
    known = (Verdict.OK, Verdict.BREACH)
    return frozenset(
        colour
        for colour, history in histories.items()
        if any(one.traffic in known for one in history[-watching.trigger_minutes :])
    )


def _going_on(history: Sequence[Judged], watching: Watching) -> Iterator[Firing]:
    return (one for one in firings(history, watching) if goes_on(history, one.trigger))


def _end(incident: Incident, topology: Topology) -> datetime | None:
    """Up to where minutes are of an incident that is resolved: to what the patrol had seen when it
    ended it, or to the moment in which a person did.
    """
    at = incident.resolved_at
    if at is None or incident.resolved_by != FILMOPS:
        return at
    return window(at, topology.metrics)[1]


def _after(history: Sequence[Judged], end: datetime | None) -> Sequence[Judged]:
    return [one for one in history if end is None or one.start >= end]
