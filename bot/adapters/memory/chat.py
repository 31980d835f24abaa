"""The twin of `bot.adapters.slack.chat`: a workspace in memory.

Tests read what was said (`messages`, `responses`, …) and arm faults. It refuses what Slack
would refuse without looking into blocks: `blocks.validate` does that in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.message import Message, View
from bot.errors import FilmOpsError, OperationFailed
from bot.ports import Clock

BLOCK_LIMIT = 50
OURS = "UFILMOPS"
_SKEW = timedelta(seconds=5)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A message as it stands in a channel; `versions` are those before it, oldest first."""

    channel: str
    ts: str
    at: datetime
    user: str
    message: Message
    key: str | None = None
    thread: str | None = None
    versions: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """A file as it lies in a channel or a thread."""

    channel: str
    thread: str | None
    name: str
    content: bytes
    title: str
    alt: str = ""


@dataclass(slots=True)
class _Fault:
    method: str
    error: FilmOpsError
    times: int
    after: bool


class MemoryChat:
    """See `bot.ports.Chat`. Channels go by name, with or without `#`."""

    def __init__(self, clock: Clock, *, channels: Iterable[str] = ("ops-alerts",)) -> None:
        self._clock = clock
        self._channels = frozenset(channel.removeprefix("#") for channel in channels)
        self._faults: list[_Fault] = []
        self._last: datetime | None = None
        self._posted: list[Posted] = []
        self.responses: dict[str, list[Message]] = {}
        self.ephemerals: list[tuple[str, str, Message]] = []
        self.files: list[Uploaded] = []
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.used_triggers: set[str] = set()
        self.calls: list[str] = []

    def fail(
        self, method: str, error: FilmOpsError, *, times: int = 1, after: bool = False
    ) -> None:
        """Raise `error` the next `times` calls of `method`; `after` acting when asked so."""
        self._faults.append(_Fault(method, error, times, after))

    def heal(self) -> None:
        """Nothing fails any more."""
        self._faults.clear()

    def messages(self, channel: str, thread: str | None = None) -> list[Posted]:
        """What a channel, or one thread of it, shows, oldest first."""
        name = self._known(channel)
        return [said for said in self._posted if (said.channel, said.thread) == (name, thread)]

    def say(
        self, *, channel: str, user: str, text: str, key: str | None = None, at: datetime
    ) -> str:
        """Let somebody else (or us, by `OURS`) have said something at another time."""
        message = Message(text=text)
        posted = self._new(self._known(channel), user, message, key=key, thread=None, at=at)
        return posted.ts

    async def post(
        self, *, channel: str, message: Message, key: str, thread: str | None = None
    ) -> str:
        """Post and return the ts."""
        self._begin("post")
        _check(message)
        name, now = self._known(channel), self._clock.now()
        posted = self._new(name, OURS, message, key=key, thread=thread, at=now)
        self._end("post")
        return posted.ts

    async def find(
        self, *, channel: str, key: str, since: datetime, thread: str | None = None
    ) -> str | None:
        """The first message of ours with that key."""
        self._begin("find")
        found = [
            said.ts
            for said in self.messages(channel, thread)
            if said.user == OURS and said.key == key and said.at >= since - _SKEW
        ]
        self._end("find")
        return min(found, default=None)

    async def update(self, *, channel: str, ts: str, message: Message) -> None:
        """Replace text and blocks."""
        self._begin("update")
        _check(message)
        name = self._known(channel)
        for place, said in enumerate(self._posted):
            if (said.channel, said.ts, said.user) == (name, ts, OURS):
                versions = (*said.versions, said.message)
                self._posted[place] = replace(said, message=message, versions=versions)
                break
        else:
            raise OperationFailed(f"no message {ts} in #{name}", code="message_not_found")
        self._end("update")

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
        """Keep it among `files`."""
        self._begin("upload")
        where = self._known(channel)
        if thread is not None and not any(
            (said.channel, said.ts) == (where, thread) for said in self._posted
        ):
            raise OperationFailed(f"no thread {thread} in #{where}", code="message_not_found")
        self.files.append(
            Uploaded(channel=where, thread=thread, name=name, content=content, title=title, alt=alt)
        )
        self._end("upload")

    async def respond(self, *, response_url: str, message: Message) -> None:
        """Keep it below its response_url."""
        self._begin("respond")
        _check(message)
        self.responses.setdefault(response_url, []).append(message)
        self._end("respond")

    async def ephemeral(self, *, channel: str, user: str, message: Message) -> None:
        """Keep it as (channel, user, message)."""
        self._begin("ephemeral")
        _check(message)
        self.ephemerals.append((self._known(channel), user, message))
        self._end("ephemeral")

    async def open_view(self, *, trigger_id: str, view: View) -> str:
        """Open a modal; a trigger_id opens one only."""
        self._begin("open_view")
        if trigger_id in self.used_triggers:
            raise OperationFailed("trigger_id was used", code="exchanged_trigger_id")
        self.used_triggers.add(trigger_id)
        view_id = f"V{len(self.views) + 1:06d}"
        self.views[view_id] = view
        self._end("open_view")
        return view_id

    async def update_view(self, *, view_id: str, view: View) -> None:
        """Replace an open modal."""
        self._begin("update_view")
        if view_id not in self.views:
            raise OperationFailed(f"no view {view_id}", code="not_found")
        self.views[view_id] = view
        self._end("update_view")

    async def publish_home(self, *, user: str, view: View) -> None:
        """Keep a person's Home tab."""
        self._begin("publish_home")
        self.homes[user] = view
        self._end("publish_home")

    def _known(self, channel: str) -> str:
        name = channel.removeprefix("#")
        if name not in self._channels:
            raise OperationFailed(f"no channel #{name}", code="channel_not_found")
        return name

    def _new(
        self,
        channel: str,
        user: str,
        message: Message,
        *,
        key: str | None,
        thread: str | None,
        at: datetime,
    ) -> Posted:
        # A ts is an id: two messages of one instant are a microsecond apart.
        taken = {said.at for said in self._posted}
        while at in taken:
            at += _TICK
        ts = f"{int(at.timestamp())}.{at.microsecond:06d}"
        posted = Posted(
            channel=channel, ts=ts, at=at, user=user, message=message, key=key, thread=thread
        )
        self._posted.append(posted)
        return posted

    def _begin(self, method: str) -> None:
        self.calls.append(method)
        self._break(method, after=False)

    def _end(self, method: str) -> None:
        self._break(method, after=True)

    def _break(self, method: str, *, after: bool) -> None:
        for fault in self._faults:
            if fault.method == method and fault.after is after:
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                raise fault.error


def _check(message: Message) -> None:
    if not message.text.strip():
        raise OperationFailed("A message without text reaches no screen reader", code="no_text")
    if len(message.blocks) > BLOCK_LIMIT:
        raise OperationFailed(f"more than {BLOCK_LIMIT} blocks", code="invalid_blocks")
