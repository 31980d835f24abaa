"""Everything the engine and an operation's code may reach: the ports, bundled once by bot.app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.message import Message
from bot.domain.reasons import Obstacle
from bot.domain.request import Request
from bot.domain.view import AfterView, IncidentView, RequestView
from bot.engine.oncall import Roster
from bot.ports import (
    Aws,
    Charts,
    Chat,
    Clock,
    Code,
    Jobs,
    Pager,
    People,
    Probe,
    Sql,
    StatusPage,
    Store,
)
from bot.topology import Topology


class Voice(Protocol):
    """How the engine's values become messages; `blocks` implements it (they may not meet)."""

    def card(self, view: RequestView) -> Message:
        """A request's one card, whatever its state."""
        ...

    def incident(self, view: IncidentView) -> Message:
        """An incident's one card, whatever its state."""
        ...

    def after(self, view: AfterView) -> Message:
        """The one card of what is left to do after a rollback."""
        ...

    def engineering(self, view: AfterView) -> Message:
        """To the team, in its own channel: what was moved back, by whom and why."""
        ...

    def reminder(self, view: RequestView) -> Message:
        """The thread note that an approval is still missing."""
        ...

    def asked(self, request: Request) -> Message:
        """To the one who asked: where the request waits and for whom."""
        ...

    def refused(self, obstacles: Sequence[Obstacle]) -> Message:
        """Nothing was done, why, and what unblocks."""
        ...

    def mistake(self, message: str, hint: str) -> Message:
        """The words were off: what, and what to type instead."""
        ...

    def unable(self, message: str, hint: str) -> Message:
        """The world said no, or not now: what it said, and what can be done about it."""
        ...

    def failed(self, number: str) -> Message:
        """A bug of ours, under this number in the log."""
        ...

    def said(self, text: str) -> Message:
        """A plain sentence; nothing in it is anything but its letters."""
        ...

    def output(self, title: str, text: str) -> Message:
        """What a program wrote, its lines kept."""
        ...

    def line(self, text: str) -> Message:
        """A sentence of the engine's own, on one line: it mentions the people it names."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The ports. `release` names this build of the program; without `status_page` people write
    there by hand, without `code` GitHub is not asked.
    """

    topology: Topology
    clock: Clock
    store: Store
    jobs: Jobs
    aws: Aws
    probe: Probe
    pager: Pager
    roster: Roster
    people: People
    chat: Chat
    charts: Charts
    sql: Sql
    voice: Voice
    release: str
    status_page: StatusPage | None = None
    code: Code | None = None
