"""Who may: from roles and the topology alone, on the server, never from a button."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.plan import Plan
from bot.domain.reasons import Obstacle, Reason
from bot.topology import Risk, RiskRule, Topology


def may_ask(topology: Topology, roles: Iterable[str], risk: Risk) -> Obstacle | None:
    """What keeps somebody with these roles from asking for operations of that risk."""
    held = frozenset(roles)
    allowed = topology.risks[risk].request
    if held & set(allowed):
        return None
    if not held:
        return Obstacle(
            code=Reason.UNKNOWN_PERSON,
            message="You hold no role in FilmOps.",
            unblock="Have a maintainer add you to a role in filmops.toml.",
        )
    return Obstacle(
        code=Reason.NOT_PERMITTED,
        message=f"This is a {risk} operation; it may be asked for by {_or(allowed)}, "
        f"and you are {_or(sorted(held))}.",
        unblock="Ask one of them to run it.",
    )


def may_approve(
    topology: Topology, roles: Iterable[str], risk: Risk, *, actor: str, requester: str
) -> Obstacle | None:
    """What keeps `actor` from approving a request of `requester`."""
    if actor == requester:
        return Obstacle(
            code=Reason.OWN_REQUEST,
            message="You asked for this yourself; it needs a second person.",
            unblock=f"Ask {_or(topology.risks[risk].approve)} to approve it.",
        )
    return may_answer(topology, roles, risk)


def approvals_needed(plan: Plan, rule: RiskRule) -> int:
    """How many people besides the one who asked must agree.

    With boxes on the checklist somebody always must: they are worth nothing if nobody looks.
    """
    if plan.pre_approved:
        return 0
    asked = rule.approvals + len(plan.more_approvals)
    return max(asked, 1) if plan.boxes else asked


def may_answer(topology: Topology, roles: Iterable[str], risk: Risk) -> Obstacle | None:
    """What keeps somebody with these roles from deciding about, or steering, a run of that risk."""
    allowed = topology.risks[risk].approve or topology.risks[risk].request
    if frozenset(roles) & set(allowed):
        return None
    return Obstacle(
        code=Reason.NOT_PERMITTED,
        message=f"A {risk} operation is decided by {_or(allowed)}.",
        unblock="Ask one of them.",
    )


def _or(names: Iterable[str]) -> str:
    return " or ".join(names) or "nobody"
