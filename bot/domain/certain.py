"""What must be known before anything is decided: unknown means blocked (design, *Safety rules*)."""

from __future__ import annotations

from typing import TypeVar

from bot.domain.live import Missing, Route
from bot.domain.reasons import Reason
from bot.errors import Refused
from bot.topology import Service

T = TypeVar("T")


def certain(what: str, part: T | Missing) -> T:
    """The part that was read. Raises Refused("live_state_unknown") with the reason it was not."""
    if isinstance(part, Missing):
        then = "." if part.hint else ": try again when AWS answers."
        raise Refused(
            f"{what} could not be read ({part.reason}). Unknown means blocked{then}",
            code=Reason.LIVE_STATE_UNKNOWN,
            hint=part.hint or "/filmops status",
        )
    return part


def steerable(service: Service, read: tuple[Route, ...] | Missing) -> tuple[Route, ...]:
    """The service's routes, of which there is at least one. Raises Refused."""
    routes = certain("the load balancer's weights", read)
    if not routes:
        raise Refused(
            f"No listener of {service.load_balancer} forwards to {service.key}'s target groups.",
            code=Reason.NOT_STEERABLE,
            hint="Check load_balancer and target_group in filmops.toml.",
        )
    return routes
