"""The port Chat over Slack's Web API.

Before it: the engine's cards, notes and answers as `Message` and `View`. A post carries its
key as metadata, so that a post whose answer was lost is found before it is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.adapters.slack import responses
from bot.adapters.slack.api import Identity, SlackApi, listed
from bot.adapters.slack.channels import Channels, next_cursor
from bot.adapters.slack.errors import INVALID_BLOCKS
from bot.adapters.slack.fallback import plainer
from bot.domain.message import Message, View
from bot.errors import OperationFailed

EVENT_TYPE = "filmops"
SKEW = timedelta(seconds=5)
"""How far Slack's clock may be behind the database's when a post is looked for."""
_PAGE = 200

_log = structlog.get_logger(__name__)


class SlackChat:
    """See `bot.ports.Chat`. One attempt a call; a post refused for its blocks is sent plainer."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._channels = Channels(api)

    async def identity(self) -> Identity:
        """Who the bot is; asked at start. Raises OperationFailed on a wrong token."""
        return await self._api.identity()

    async def post(
        self, *, channel: str, message: Message, key: str, thread: str | None = None
    ) -> str:
        """Post and return the ts."""
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": key}}
        more: dict[str, Any] = {"metadata": metadata, "unfurl_links": False, "unfurl_media": False}
        if thread is not None:
            more["thread_ts"] = thread
        answer = await self._say("chat.postMessage", channel, message, more)
        return str(answer["ts"])

    async def find(
        self, *, channel: str, key: str, since: datetime, thread: str | None = None
    ) -> str | None:
        """The first message of ours with that key, `since` less 5 s for Slack's clock."""
        where = await self._channels.resolve(channel)
        me = await self._api.identity()
        oldest = f"{(since - SKEW).timestamp():.6f}"
        params: dict[str, Any] = {
            "channel": where,
            "oldest": oldest,
            "inclusive": True,
            "include_all_metadata": True,
            "limit": _PAGE,
        }
        if thread is not None:
            params["ts"] = thread
        method = "conversations.history" if thread is None else "conversations.replies"
        found: list[str] = []
        while True:
            page = await self._api.read(method, params)
            # A thread's parent comes along with its answers, however old: ask for time again.
            found += [
                str(said["ts"])
                for said in listed(page, "messages")
                if _is_ours(said, me)
                and _key(said) == key
                and said["ts"] != thread
                and float(said["ts"]) >= float(oldest)
            ]
            cursor = next_cursor(page.get("response_metadata"))
            if not cursor:
                return min(found, key=float, default=None)
            params["cursor"] = cursor

    async def update(self, *, channel: str, ts: str, message: Message) -> None:
        """Replace text and blocks; both are always sent, or Slack drops the blocks."""
        await self._say("chat.update", channel, message, {"ts": ts})

    async def ephemeral(self, *, channel: str, user: str, message: Message) -> None:
        """Tell one person in a channel."""
        await self._say("chat.postEphemeral", channel, message, {"user": user})

    async def upload(
        self,
        *,
        channel: str,
        thread: str | None,
        name: str,
        content: bytes,
        title: str,
        alt: str = "",
    ) -> None:
        """Share a file in a channel or a thread."""
        where = await self._channels.resolve(channel)
        await self._api.upload(
            channel_id=where, thread=thread, name=name, content=content, title=title, alt=alt
        )

    async def respond(self, *, response_url: str, message: Message) -> None:
        """Answer by response_url, to Slack's hosts only."""
        _needs_text(message)
        try:
            await responses.answer(self._api, response_url, message)
        except OperationFailed as error:
            await responses.answer(self._api, response_url, _again(message, error, "response_url"))

    async def open_view(self, *, trigger_id: str, view: View) -> str:
        """Open a modal and return its id."""
        body = {"trigger_id": trigger_id, "view": dict(view.payload)}
        answer = await self._api.send("views.open", body)
        return str(answer["view"]["id"])

    async def update_view(self, *, view_id: str, view: View) -> None:
        """Replace an open modal."""
        await self._api.send("views.update", {"view_id": view_id, "view": dict(view.payload)})

    async def publish_home(self, *, user: str, view: View) -> None:
        """Show a person's Home tab."""
        await self._api.send("views.publish", {"user_id": user, "view": dict(view.payload)})

    async def _say(
        self, method: str, channel: str, message: Message, more: Mapping[str, Any]
    ) -> AsyncSlackResponse:
        _needs_text(message)
        where = await self._channels.resolve(channel)
        try:
            return await self._api.send(method, _body(where, message, more))
        except OperationFailed as error:
            if error.code == "channel_not_found":
                self._channels.forget(channel)
            return await self._api.send(method, _body(where, _again(message, error, method), more))


def _again(message: Message, error: OperationFailed, method: str) -> Message:
    """The plainer message to try once more; the error itself when blocks are not the reason."""
    if error.code != INVALID_BLOCKS:
        raise error
    kinds = [str(block.get("type")) for block in message.blocks]
    _log.error("slack.blocks_refused", method=method, said=error.message, blocks=kinds)
    return plainer(message)


def _needs_text(message: Message) -> None:
    if not message.text.strip():
        raise OperationFailed("A message without text reaches no screen reader", code="no_text")


def _body(channel: str, message: Message, more: Mapping[str, Any]) -> dict[str, Any]:
    blocks = [dict(block) for block in message.blocks]
    return {"channel": channel, "text": message.text, "blocks": blocks, **more}


def _is_ours(said: Mapping[str, Any], me: Identity) -> bool:
    return said.get("user") == me.bot_user_id or (
        bool(me.bot_id) and said.get("bot_id") == me.bot_id
    )


def _key(said: Mapping[str, Any]) -> str | None:
    metadata = said.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    key = (metadata.get("event_payload") or {}).get("key")
    return str(key) if key is not None else None
