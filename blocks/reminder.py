"""The note in a card's thread that an approval is still missing.

Before: the engine finds a request whose reminder is due. After: the Slack adapter posts it once.
"""

from __future__ import annotations

from blocks import parts
from blocks.elements import context, section
from blocks.text import count, duration, inline, mention, moment, utc
from bot.domain.message import Message
from bot.domain.view import RequestView


def reminder(view: RequestView) -> Message:
    """Who is still needed, until when, and where to click."""
    request = view.request
    need = (
        f"{inline(parts.subject(request), 300)} still needs "
        f"{count(request.still_needed, 'approval')} from {parts.roles(view.approvers)}"
    )
    left = duration(request.expires_at - view.now)
    words = f"⏰ *Reminder:* {need}. It expires {moment(request.expires_at)}, in {left}."
    return Message(
        text=f"Reminder: {need}, until {utc(request.expires_at)}.",
        blocks=(
            section(words),
            context(f"Asked by {mention(request.actor)}. Approve or reject on the card above."),
        ),
    )
