"""How the engine's values become messages in Slack: its `Voice`, by shape and not by import.

Before: `bot.app` hands it to the engine. After: `blocks.card`, `blocks.reminder`.
"""

from __future__ import annotations

from blocks.card import request_card
from blocks.reminder import reminder
from bot.domain.message import Message
from bot.domain.view import RequestView


class BlockKitVoice:
    """Block Kit for a request's card and its reminder."""

    def card(self, view: RequestView) -> Message:
        """A request's one card, whatever its state."""
        return request_card(view)

    def reminder(self, view: RequestView) -> Message:
        """The thread note that an approval is still missing."""
        return reminder(view)
