"""`/webhooks/pagerduty` and `/webhooks/sns`: from the request to a stored hook.

Both do the same: look whether the sender is who it says, write down, answer 202. Nothing is
understood here; the engine does that afterwards, as often as it takes. The answer says who has
to act: 202 it is ours now; 4xx it will never be taken; 503 send it again. PagerDuty disables a
subscription after three 4xx, so what is signed and merely odd is taken.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import Route

from bot.entrypoints.webhooks.pagerduty import PagerDutyHooks
from bot.entrypoints.webhooks.sns import SnsHooks
from bot.ports import Clock, Hooks, SnsDoor


def webhook_routes(
    hooks: Hooks,
    clock: Clock,
    *,
    pagerduty_secrets: Sequence[str],
    sns_door: SnsDoor,
    sns_topics: Sequence[str],
) -> tuple[Route, ...]:
    """The two addresses. Without secrets, or topics, theirs takes nothing and says so."""
    pagerduty = PagerDutyHooks(hooks, clock, secrets=pagerduty_secrets)
    sns = SnsHooks(hooks, clock, door=sns_door, topics=sns_topics)
    return (
        Route("/webhooks/pagerduty", pagerduty.answer, methods=["POST"]),
        Route("/webhooks/sns", sns.answer, methods=["POST"]),
    )
