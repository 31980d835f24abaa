"""`response_url`: an address for answering one command or click, five times in thirty minutes.

Before: `payloads` puts one into what the bot receives. After: `hooks` acts on what is posted there.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from secrets import token_hex

from sandbox.slack.values import ApiError

USES = 5
SECONDS = 30 * 60


@dataclass(slots=True, kw_only=True)
class Hook:
    """What it answers: whom, where, and which message (none for a command)."""

    user: str
    channel: str
    message_ts: str | None
    thread_ts: str | None
    until: float
    left: int = USES


class ResponseUrls:
    """The addresses given out."""

    def __init__(self) -> None:
        self._hooks: dict[str, Hook] = {}

    def new(
        self, user: str, channel: str, message_ts: str | None = None, thread_ts: str | None = None
    ) -> str:
        """The path of a new address."""
        path = f"/commands/T0SANDBOX/{len(self._hooks) + 1}/{token_hex(12)}"
        self._hooks[path] = Hook(
            user=user,
            channel=channel,
            message_ts=message_ts,
            thread_ts=thread_ts,
            until=time.monotonic() + SECONDS,
        )
        return path

    def use(self, path: str) -> Hook:
        """One use. Raises ApiError used_url or expired_url."""
        hook = self._hooks.get(path)
        if hook is None or hook.until < time.monotonic():
            raise ApiError("expired_url")
        if hook.left <= 0:
            raise ApiError("used_url")
        hook.left -= 1
        return hook

    def clear(self) -> None:
        """Forget all."""
        self._hooks.clear()
