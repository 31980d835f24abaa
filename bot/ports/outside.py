"""The rest of the world outside: time, the product, people, PagerDuty, Slack, and checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.chart import Chart
from bot.domain.live import (
    OpenIncident,
    ProbeResult,
)
from bot.domain.message import Message, View
from bot.domain.pager import OnCall, PagerIncident, Told
from bot.topology import Colour, Flow, Service


class Clock(Protocol):
    """The database's time."""

    def now(self) -> datetime:
        """The present instant, aware UTC, without I/O."""
        ...


class Probe(Protocol):
    """The product, asked over HTTP as its users would."""

    async def get(self, service: Service, path: str, colour: Colour | None = None) -> ProbeResult:
        """GET a path of the service, or of one colour alone by the colour's own address; never
        raises for what the product answers.
        """
        ...

    async def flow(self, service: Service, flow: Flow, colour: Colour | None = None) -> ProbeResult:
        """Try one critical flow, likewise."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of `filmops check`: what was looked at, whether it is right, and the fix."""

    subject: str
    ok: bool
    said: str
    fix: str = ""


class Checks(Protocol):
    """An outside system's part of `filmops check`."""

    async def check(self) -> Sequence[Finding]:
        """Look at credentials, scopes, permissions and names; never raise."""
        ...


class Pager(Protocol):
    """PagerDuty."""

    async def page(self, *, key: str, level: int, summary: str, detail: Mapping[str, str]) -> None:
        """Trigger level 1..n once per `key`; a repeat while it is open is merged."""
        ...

    async def incidents(self) -> tuple[OpenIncident, ...]:
        """Open incidents of our services, newest first."""
        ...

    async def find(self, key: str) -> PagerIncident | None:
        """The newest incident with that key, whatever its status: did the page reach anybody?"""
        ...

    async def acknowledge(self, key: str, *, level: int, by_email: str, note: str) -> Told:
        """Acknowledge the page in that person's name; `note` says who it was if it cannot be."""
        ...

    async def resolve(self, key: str, *, level: int, by_email: str, note: str) -> Told:
        """Resolve the page, otherwise as `acknowledge`; the key's next page rings again."""
        ...

    async def on_call(self) -> Mapping[int, tuple[OnCall, ...]]:
        """Who is on call now on each level, the first rung first."""
        ...

    async def keys(self, incident_id: str) -> tuple[str, ...]:
        """The keys of the pages in an incident: webhooks do not carry them."""
        ...

    async def sweep(self) -> tuple[PagerIncident, ...]:
        """All that is open now, one for each key; what is not known in time, the next brings."""
        ...


class People(Protocol):
    """Who somebody is to the topology."""

    async def roles(self, user: str) -> frozenset[str]:
        """The roles of a Slack user: from the file, and from user groups (cached a minute)."""
        ...


class Charts(Protocol):
    """Pictures for a thread."""

    async def minutes(self, chart: Chart) -> bytes:
        """A chart as a PNG on white, about 1200 by 700 pixels and under 150 kB."""
        ...


class Chat(Protocol):
    """Slack's Web API, one attempt a call; retrying is the caller's."""

    async def post(
        self, *, channel: str, message: Message, key: str, thread: str | None = None
    ) -> str:
        """Post with `key` as metadata and return the message's ts."""
        ...

    async def find(
        self, *, channel: str, key: str, since: datetime, thread: str | None = None
    ) -> str | None:
        """The ts of the message posted with that key since then: looked at before posting again."""
        ...

    async def update(self, *, channel: str, ts: str, message: Message) -> None:
        """Replace a message's text and blocks."""
        ...

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
        """Put a file into a channel or a thread; Slack shows it a moment later.

        `content` is not empty; `alt` says in words what a picture shows. A lost answer may have
        left the file: a second one is the cost.
        """
        ...

    async def respond(self, *, response_url: str, message: Message) -> None:
        """Answer a command or click so that only that person sees it."""
        ...

    async def ephemeral(self, *, channel: str, user: str, message: Message) -> None:
        """Tell one person in a channel, when there is no response_url."""
        ...

    async def open_view(self, *, trigger_id: str, view: View) -> str:
        """Open a modal within 3 s of the click and return its id."""
        ...

    async def update_view(self, *, view_id: str, view: View) -> None:
        """Replace an open modal."""
        ...

    async def publish_home(self, *, user: str, view: View) -> None:
        """Show a person's Home tab."""
        ...
