"""The things of a workspace: people, channels, messages, views, files.

Before: `workspace` makes and changes them. After: `methods_*` and `payloads` show them the way
Slack's JSON does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

TEAM_ID = "T0SANDBOX"
TEAM_DOMAIN = "sandbox"
OTHER_TEAM_ID = "T0ELSEWHERE"
APP_ID = "A0FILMOPS"
BOT_ID = "B0FILMOPS"
BOT_USER_ID = "U0FILMOPS"
BOT_NAME = "filmops"
BOT_TOKEN = "xoxb-sandbox"
APP_TOKEN = "xapp-sandbox"
VERIFICATION_TOKEN = "sandbox-verification"  # deprecated by Slack, still sent


class ApiError(Exception):
    """A refusal by its Slack name, with what Slack says besides."""

    def __init__(self, name: str, **more: Any) -> None:
        super().__init__(name)
        self.name = name
        self.more = more

    def body(self) -> Json:
        """The answer's JSON."""
        return {"ok": False, "error": self.name, **self.more}


@dataclass(slots=True, kw_only=True)
class Person:
    """A member, the bot itself, or a guest whose team is another."""

    id: str
    name: str
    real_name: str
    email: str
    team_id: str = TEAM_ID
    is_bot: bool = False


@dataclass(slots=True, kw_only=True)
class UserGroup:
    """A user group, as roles of the topology name it."""

    id: str
    handle: str
    users: list[str]


@dataclass(slots=True, kw_only=True)
class Channel:
    """A public channel."""

    id: str
    name: str
    created: int


@dataclass(slots=True, kw_only=True)
class Message:
    """One message; `ephemeral_to` names the only person who sees it."""

    ts: str
    channel: str
    user: str
    text: str
    by_bot: bool
    blocks: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    edited: str | None = None
    ephemeral_to: str | None = None
    files: list[Json] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class View:
    """A modal or an App Home: what the bot sent, and what the person typed into it."""

    id: str
    user: str
    team_id: str
    data: Json
    hash: str
    root: str
    previous: str | None = None
    values: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class File:
    """An upload, from the ticket for it to the shared picture."""

    id: str
    name: str
    length: int
    alt_txt: str
    title: str = ""
    content: bytes | None = None
    mimetype: str = "application/octet-stream"
    completed: bool = False
