"""From a channel's name to its id, looked up once.

`chat.postMessage` takes names, everything else wants ids; so names stop here.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from bot.adapters.slack.api import SlackApi, listed
from bot.errors import OperationFailed

_ID = re.compile(r"[CDG][A-Z0-9]{2,}")  # names are lower case, so the two cannot be confused
_PAGE = 1000  # conversations.list: its maximum; 20 calls a minute are all there are


class Channels:
    """The public channels of the workspace, by name."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._ids: dict[str, str] = {}
        self._reading = asyncio.Lock()

    async def resolve(self, channel: str) -> str:
        """The id of `name`, `#name` or an id. Raises OperationFailed("channel_not_found")."""
        if _ID.fullmatch(channel):
            return channel
        name = channel.removeprefix("#")
        async with self._reading:
            if name not in self._ids:
                found = await self.look(name)
                self._ids[name] = str(found["id"])
        return self._ids[name]

    def forget(self, channel: str) -> None:
        """Look again next time (renamed, deleted and made anew)."""
        self._ids.pop(channel.removeprefix("#"), None)

    async def look(self, name: str) -> dict[str, Any]:
        """The channel as Slack lists it, now."""
        params = {"types": "public_channel", "exclude_archived": True, "limit": _PAGE}
        cursor = ""
        while True:
            page = await self._api.read(
                "conversations.list", {**params, "cursor": cursor} if cursor else params
            )
            for channel in listed(page, "channels"):
                if channel.get("name") == name:
                    return dict(channel)
            cursor = next_cursor(page.get("response_metadata"))
            if not cursor:
                raise OperationFailed(
                    f"Slack has no public channel #{name}",
                    code="channel_not_found",
                    hint="create it or mend its name under [studio] in filmops.toml, "
                    "then type /invite @FilmOps in it",
                )


def next_cursor(metadata: Mapping[str, Any] | None) -> str:
    """Where the next page of a listing begins; empty on the last."""
    return str((metadata or {}).get("next_cursor") or "")
