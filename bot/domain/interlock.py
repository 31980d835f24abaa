"""What open incidents of a service mean for a change of it: a deployment waits, or needs one more
person; a rollback needs nobody else when whoever has the incident asks for it.

Before: the unresolved incidents, from the store. After: a plan's obstacles, `more_approvals` and
`pre_approved`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.incident import Incident, IncidentState
from bot.domain.listing import both
from bot.domain.reasons import Obstacle, Reason
from bot.topology import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Interlock:
    """What keeps a deployment from going on, and whose approval it needs besides."""

    obstacles: tuple[Obstacle, ...]
    more_approvals: tuple[str, ...]


def interlock(incidents: Iterable[Incident], service: str) -> Interlock:
    """For a deployment of the service of that key: a P1 is in the way, however it stands; any
    other incident asks for one more approval, however many there are.
    """
    real = [one for one in incidents if _is_real(one) and one.service == service]
    worst = [one for one in real if one.severity is Severity.P1]
    rest = [one for one in real if one.severity is not Severity.P1 and one.parent is None]
    names = both([f"{one.name} ({one.severity})" for one in rest])
    verb = "is" if len(rest) == 1 else "are"
    return Interlock(
        obstacles=tuple(_obstacle(one) for one in worst),
        more_approvals=(f"{names} {verb} open on {service}",) if rest else (),
    )


def pre_approval(incidents: Iterable[Incident], service: str, actor: str) -> str:
    """Why a rollback of the service by `actor` needs nobody's approval; "" when it does.

    Whoever owns an incident of it, or has acknowledged one, has been called to act.
    """
    theirs = [
        one.name
        for one in incidents
        if _is_real(one) and one.service == service and actor and actor in _hands(one)
    ]
    return f"{both(theirs)} {'is' if len(theirs) == 1 else 'are'} theirs" if theirs else ""


def _is_real(incident: Incident) -> bool:
    """Unresolved, no drill, and bad enough that somebody is called."""
    over = incident.state is IncidentState.RESOLVED
    return not over and not incident.is_drill and incident.severity is not Severity.P4


def _hands(incident: Incident) -> tuple[str, ...]:
    """Who has it. An acknowledgement that was taken back or ran out is none."""
    taken = incident.state is IncidentState.ACKNOWLEDGED
    return (incident.owner, incident.acked_by) if taken else (incident.owner,)


def _obstacle(incident: Incident) -> Obstacle:
    return Obstacle(
        code=Reason.OPEN_INCIDENT,
        message=f"{incident.name} ({incident.severity}) is {incident.state} on {incident.service}: "
        f"{incident.title}",
        unblock=f"/filmops incident show {incident.name}",
    )
