"""Webhooks: what PagerDuty and AWS tell us, kept until somebody has acted on it.

Before it: `bot.entrypoints.webhooks`, which has checked the signature. After it: the engine,
which claims hooks and understands them with `bot.domain.alert` and `bot.domain.pager_event`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One genuine message. `id` is its sender's own: PagerDuty's event.id, SNS' MessageId.

    `payload` is all of PagerDuty's body; of SNS what a notification says, without links that act.
    `tries` is how often it has been claimed, this time included.
    """

    id: str
    source: Literal["sns", "pagerduty"]
    payload: Mapping[str, Any]
    tries: int = 0


class Hooks(Protocol):
    """Webhooks written down before they are acknowledged: none is lost, none acted on twice.

    Unlike the inbox's deliveries they wait for no person, so they are tried for two days.
    """

    async def take(self, hook: Hook, now: datetime) -> bool:
        """Write it down; False when that id is known already."""
        ...

    async def claim(self, *, now: datetime, lease_until: datetime, limit: int) -> tuple[Hook, ...]:
        """Take those not done, due and not leased, oldest first: what a dead process left, too.

        Ids done three days ago are forgotten: a sender repeats for two at most.
        """
        ...

    async def done(self, id: str, now: datetime) -> None:  # noqa: A002 - the sender's own word
        """It has been dealt with; its payload is forgotten, its id is not."""
        ...

    async def later(self, id: str, *, next_at: datetime, said: str) -> bool:  # noqa: A002
        """It failed for now: again then, the lease given up, the reason kept.

        False when `next_at` is more than 48 hours after it was taken: it is not tried again, and
        stays as it is for whoever looks for it.
        """
        ...


class SnsDoor(Protocol):
    """What AWS SNS says of itself: whether it signed a message, and the way to subscribe."""

    async def genuine(self, message: Mapping[str, str]) -> bool:
        """Whether SNS signed exactly this. Raises Temporary when its certificate is out of reach.

        Nothing is asked of anybody before everything that can be seen without asking is right.
        """
        ...

    async def confirm(self, message: Mapping[str, str]) -> None:
        """Follow a genuine SubscriptionConfirmation. Raises Temporary or OperationFailed."""
        ...
