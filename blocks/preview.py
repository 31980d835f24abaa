"""A plan to look at: what would be done and what is in the way, and nobody is asked.

Before: `/filmops deploy … --plan` has planned. After: the Slack adapter, for the one who typed.
"""

from __future__ import annotations

from blocks import parts
from blocks.answers import outlook
from blocks.checklist import checklist
from blocks.elements import context
from blocks.text import inline
from bot.domain.message import Message
from bot.domain.plan import Plan
from bot.domain.view import Outlook


def preview(plan: Plan, view: Outlook) -> Message:
    """The outlook, then the plan as its card would show it."""
    said, more = outlook(view), "the card of the request"
    head, foot = said.blocks[:-1], said.blocks[-1]
    body = [
        *checklist(plan.checks, plan.boxes, ()),
        *parts.changes(plan, "Before → after", more),
        *parts.lines(":warning: Warnings", plan.warnings, more),
        *parts.lines("Evidence", plan.evidence, more),
        parts.steps(plan, more),
        *parts.calls(plan, more),
        context(f"fingerprint of the live state: `{inline(plan.fingerprint)}`"),
    ]
    return Message(text=said.text, blocks=(*head, *body, foot))
