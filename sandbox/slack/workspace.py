"""What exists in the workspace, in memory, seeded from the topology.

Before: `values`. After: everything else reads and changes it here; `version` counts the changes,
and the page waits for the next one.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator
from secrets import token_hex
from typing import Any

from bot.topology import Topology
from sandbox.slack.seed import channels, groups, people
from sandbox.slack.values import ApiError, Channel, File, Json, Message, Person, View

TRIGGER_SECONDS = 3.0


class Workspace:
    """People, channels, messages, views and files; the one place they are changed."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self.changed = asyncio.Condition()
        self.version = 0
        self.reset()

    def reset(self) -> None:
        """Back to the seed: people and channels, and nothing said."""
        self.people = people(self._topology)
        self.groups = groups(self._topology)
        self.channels = channels(self._topology)
        self.messages: list[Message] = []
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[str, View] = {}
        self.files: dict[str, File] = {}
        self.pins: set[tuple[str, str]] = set()
        self.reactions: dict[tuple[str, str], set[str]] = {}
        self._triggers: dict[str, tuple[str, float]] = {}
        self._count = itertools.count(1)

    async def touch(self) -> None:
        """Say that something changed."""
        async with self.changed:
            self.version += 1
            self.changed.notify_all()

    # -- names

    def new_ts(self) -> str:
        """A message's name: seconds and a running number, never twice."""
        return f"{int(time.time())}.{next(self._count):06d}"

    def person(self, user: str) -> Person:
        """By id or name. Raises ApiError user_not_found."""
        for person in self.people.values():
            if user in (person.id, person.name):
                return person
        raise ApiError("user_not_found")

    def channel(self, name: str, *, names: bool = False) -> Channel:
        """By id and, with `names`, by name. Raises ApiError channel_not_found."""
        for channel in self.channels.values():
            if name == channel.id or (names and name.removeprefix("#") == channel.name):
                return channel
        raise ApiError("channel_not_found")

    # -- messages

    def add(self, message: Message) -> Message:
        """Post it."""
        self.named(message)
        self.messages.append(message)
        return message

    def named(self, message: Message) -> None:
        """Its blocks and elements have the ids Slack gives when there are none."""
        name_parts(message.blocks)

    def find(self, channel: str, ts: str, *, ephemeral: bool = False) -> Message:
        """The message of that name. Raises ApiError message_not_found."""
        for message in self.messages:
            same = message.channel == channel and message.ts == ts
            if same and (message.ephemeral_to is None or ephemeral):
                return message
        raise ApiError("message_not_found")

    def thread(self, channel: str, ts: str) -> list[Message]:
        """The answers to a message that everybody sees, oldest first."""
        return [
            message
            for message in self.messages
            if message.channel == channel
            and message.thread_ts == ts
            and message.ts != ts
            and message.ephemeral_to is None
        ]

    # -- triggers and views

    def new_trigger(self, user: str) -> str:
        """A ticket to open one view, good for three seconds."""
        trigger = f"{int(time.time() * 1000)}.{next(self._count)}.{token_hex(16)}"
        self._triggers[trigger] = (user, time.monotonic() + TRIGGER_SECONDS)
        return trigger

    def use_trigger(self, trigger: str) -> str:
        """Whose ticket it is; used up by asking. Raises ApiError when it is no longer good."""
        if trigger not in self._triggers:
            raise ApiError("invalid_trigger_id")
        user, until = self._triggers[trigger]
        if until < 0:
            raise ApiError("exchanged_trigger_id")
        if until < time.monotonic():
            raise ApiError("expired_trigger_id")
        self._triggers[trigger] = (user, -1.0)
        return user

    def new_view(self, user: str, team_id: str, data: Json, *, previous: View | None) -> View:
        """A view nobody sees yet."""
        name_parts(data.get("blocks", []))
        view_id = f"V0{token_hex(5).upper()}"
        return View(
            id=view_id,
            user=user,
            team_id=team_id,
            data=data,
            hash=f"{int(time.time())}.{token_hex(4)}",
            root=previous.root if previous else view_id,
            previous=previous.id if previous else None,
        )

    def change_view(self, view: View, data: Json) -> None:
        """Another content under the same name; what was typed stays where its block stays."""
        name_parts(data.get("blocks", []))
        kept = {block["block_id"] for block in data.get("blocks", [])}
        view.values = {block: value for block, value in view.values.items() if block in kept}
        view.data = data
        view.errors = {}
        view.hash = f"{int(time.time())}.{token_hex(4)}"

    def top(self, user: str) -> View | None:
        """The modal in front of a person."""
        stack = self.stacks.get(user)
        return self.views[stack[-1]] if stack else None


def name_parts(blocks: list[Json]) -> None:
    """Give blocks and interactive elements without a name one, as Slack does."""
    for block in blocks:
        block.setdefault("block_id", token_hex(3))
        for element in elements(block):
            if element.get("type") not in ("image", "mrkdwn", "plain_text"):
                element.setdefault("action_id", token_hex(3))


def elements(block: Json) -> Iterator[Json]:
    """What a person could press or fill in, in one block."""
    if block.get("type") in ("actions", "context_actions"):
        yield from block["elements"]
    for key in ("accessory", "element"):
        found: Any = block.get(key)
        if isinstance(found, dict):
            yield found
