"""How the engine's values become messages in Slack: its `Voice`, by shape and not by import.

Before: `bot.app` hands it to the engine. After: `blocks.card`,
`blocks.incident_card`, `blocks.afterwards`, `blocks.reminder`, `blocks.answers`.
"""

from __future__ import annotations

from collections.abc import Sequence

from blocks import answers
from blocks.afterwards import after_card, engineering
from blocks.card import request_card
from blocks.incident_card import incident_card
from blocks.reminder import reminder
from bot.domain.message import Message
from bot.domain.reasons import Obstacle
from bot.domain.request import Request
from bot.domain.view import AfterView, IncidentView, RequestView


class BlockKitVoice:
    """Block Kit for cards, reminders and the short answers."""

    def card(self, view: RequestView) -> Message:
        """A request's one card, whatever its state."""
        return request_card(view)

    def incident(self, view: IncidentView) -> Message:
        """An incident's one card, whatever its state."""
        return incident_card(view)

    def after(self, view: AfterView) -> Message:
        """The one card of what is left to do after a rollback."""
        return after_card(view)

    def engineering(self, view: AfterView) -> Message:
        """To the team, in its own channel: what was moved back, by whom and why."""
        return engineering(view)

    def reminder(self, view: RequestView) -> Message:
        """The thread note that an approval is still missing."""
        return reminder(view)

    def asked(self, request: Request) -> Message:
        """To the one who asked: where the request waits and for whom."""
        return answers.asked(request)

    def refused(self, obstacles: Sequence[Obstacle]) -> Message:
        """Nothing was done, why, and what unblocks."""
        return answers.refused(obstacles)

    def mistake(self, message: str, hint: str) -> Message:
        """The words were off: what, and what to type instead."""
        return answers.mistake(message, hint)

    def unable(self, message: str, hint: str) -> Message:
        """The world said no, or not now: what it said, and what can be done about it."""
        return answers.unable(message, hint)

    def failed(self, number: str) -> Message:
        """A bug of ours, under this number in the log."""
        return answers.failed(number)

    def said(self, text: str) -> Message:
        """A plain sentence; nothing in it is anything but its letters."""
        return answers.said(text)

    def output(self, title: str, text: str) -> Message:
        """What a program wrote, its lines kept."""
        return answers.output(title, text)

    def line(self, text: str) -> Message:
        """A sentence of the engine's own, on one line: it mentions the people it names."""
        return answers.line(text)
