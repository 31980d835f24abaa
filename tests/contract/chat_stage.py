"""The two stages of the chat contract: the twin, and the adapter before the sandbox's Slack."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from bot.adapters.memory.chat import MemoryChat
from bot.adapters.slack import SlackChat
from bot.domain.message import Message
from bot.errors import OperationFailed, Temporary
from bot.ports import Chat
from tests.workspace import Workspace

CALLS = {
    "post": "chat.postMessage",
    "update": "chat.update",
    "ephemeral": "chat.postEphemeral",
    "find": "conversations.history",
    "respond": "response_url",
    "open_view": "views.open",
    "publish_home": "views.publish",
    "upload": "files.getUploadURLExternal",
}


class StillClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """The present instant."""
        return self.at

    def move(self, **by: float) -> None:
        """Let time go on."""
        self.at += timedelta(**by)


class Stage(Protocol):
    """What the contract needs besides the port."""

    chat: Chat

    def now(self) -> datetime: ...

    async def lose_answer(self, method: str) -> None: ...

    async def throttle(self, method: str, seconds: int) -> None: ...

    async def break_down(self, method: str) -> None: ...

    async def shown(self, thread: str | None = None) -> list[Message]: ...

    async def somebody_says(self, text: str) -> str: ...

    async def told(self, user: str) -> list[str]: ...

    async def response_url(self) -> str: ...

    async def answered(self, response_url: str) -> list[str]: ...

    async def trigger_id(self) -> str: ...

    async def titles(self) -> list[str]: ...

    async def home(self, user: str) -> list[dict[str, Any]]: ...

    async def files(self, thread: str | None = None) -> list[tuple[str, str, bytes]]: ...

    async def alts(self, thread: str | None = None) -> list[str]: ...

    async def forbid(self, method: str) -> None: ...


class Twin:
    """MemoryChat."""

    def __init__(self) -> None:
        self._clock = StillClock(datetime(2026, 11, 23, 3, 0, tzinfo=UTC))
        self._memory = MemoryChat(self._clock)
        self.chat: Chat = self._memory

    def now(self) -> datetime:
        return self._clock.now()

    async def lose_answer(self, method: str) -> None:
        self._memory.fail(method, Temporary("the answer was lost"), after=True)

    async def throttle(self, method: str, seconds: int) -> None:
        self._memory.fail(method, Temporary("too many", retry_after=seconds))

    async def break_down(self, method: str) -> None:
        self._memory.fail(method, Temporary("down"))

    async def shown(self, thread: str | None = None) -> list[Message]:
        return [said.message for said in self._memory.messages("ops-alerts", thread)]

    async def somebody_says(self, text: str) -> str:
        return self._memory.say(
            channel="ops-alerts", user="U0ANA", text=text, key=text, at=self.now()
        )

    async def told(self, user: str) -> list[str]:
        return [said.text for _, who, said in self._memory.ephemerals if who == user]

    async def response_url(self) -> str:
        return "https://hooks.slack.com/commands/1"

    async def answered(self, response_url: str) -> list[str]:
        return [said.text for said in self._memory.responses.get(response_url, [])]

    async def trigger_id(self) -> str:
        return "trigger-1"

    async def titles(self) -> list[str]:
        return [str(view.payload["title"]["text"]) for view in self._memory.views.values()]

    async def home(self, user: str) -> list[dict[str, Any]]:
        return list(self._memory.homes[user].payload["blocks"])

    async def files(self, thread: str | None = None) -> list[tuple[str, str, bytes]]:
        found = [file for file in self._memory.files if file.thread == thread]
        return [(file.name, file.title, file.content) for file in found]

    async def alts(self, thread: str | None = None) -> list[str]:
        return [file.alt for file in self._memory.files if file.thread == thread]

    async def forbid(self, method: str) -> None:
        self._memory.fail(method, OperationFailed("a scope is missing", code="missing_scope"))


class Real:
    """SlackChat before the sandbox's process."""

    def __init__(self, chat: SlackChat, workspace: Workspace) -> None:
        self.chat: Chat = chat
        self._workspace = workspace

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def lose_answer(self, method: str) -> None:
        await self._workspace.fault(CALLS[method], "drop")

    async def throttle(self, method: str, seconds: int) -> None:
        await self._workspace.fault(
            CALLS[method],
            "status",
            status=429,
            code="ratelimited",
            headers={"Retry-After": str(seconds)},
        )

    async def break_down(self, method: str) -> None:
        await self._workspace.fault(CALLS[method], "status", status=503, code="")

    async def shown(self, thread: str | None = None) -> list[Message]:
        found = await self._workspace.messages()
        if thread is not None:
            (parent,) = [said for said in found if said["ts"] == thread]
            found = parent["replies"]
        return [_message(said) for said in found]

    async def somebody_says(self, text: str) -> str:
        said = await self._workspace.tell("act/say", user="U0ANA", channel="ops-alerts", text=text)
        return str(said["ts"])

    async def told(self, user: str) -> list[str]:
        found = await self._workspace.ephemerals()
        return [said["text"] for said in found if said["ephemeral_to"] == user]

    async def response_url(self) -> str:
        return str((await self._workspace.command())["response_url"])

    async def answered(self, response_url: str) -> list[str]:
        return await self.told("U0ANA")

    async def trigger_id(self) -> str:
        return str((await self._workspace.command())["trigger_id"])

    async def titles(self) -> list[str]:
        found = (await self._workspace.ask("views"))["views"]
        return [view["title"]["text"] for view in found]

    async def home(self, user: str) -> list[dict[str, Any]]:
        view = (await self._workspace.ask("home", user=user))["view"]
        return list(view["blocks"])

    async def files(self, thread: str | None = None) -> list[tuple[str, str, bytes]]:
        return [
            (file["name"], file["title"], await self._workspace.download(file["url_private"]))
            for file in await self._shared(thread)
        ]

    async def alts(self, thread: str | None = None) -> list[str]:
        return [file["alt_txt"] for file in await self._shared(thread)]

    async def _shared(self, thread: str | None) -> list[dict[str, Any]]:
        found = await self._workspace.messages()
        if thread is not None:
            (parent,) = [said for said in found if said["ts"] == thread]
            found = parent["replies"]
        return [file for said in found for file in said.get("files", [])]

    async def forbid(self, method: str) -> None:
        await self._workspace.fault(CALLS[method], "status", status=200, code="missing_scope")


def _message(said: dict[str, Any]) -> Message:
    return Message(text=said["text"], blocks=tuple(said.get("blocks", [])))
