"""An operation as data: what the bot can do, declared once.

Help, parsing, usage errors, permission, approval, audit and the Home tab derive from it.
`handlers/` declares operations; dispatch and the runs carry them out.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from bot.domain.message import Message, View
from bot.domain.plan import Plan
from bot.engine.step import StepCode
from bot.engine.world import World
from bot.topology import Risk, Topology

MOST_WORDS = 2
"""An operation's name has one word, or two when it belongs to a group: `incident ack`. The second
may have a hyphen: `backup dr-test`.
"""

_NAME = re.compile(rf"[a-z]+(?: [a-z]+(?:-[a-z]+)*){{0,{MOST_WORDS - 1}}}")


class Params(BaseModel):
    """What an operation takes. Fields in order are the words; see bot.engine.words.

    Their types are pydantic's or those of bot.engine.kinds; names are looked up by
    bot.engine.known. A field whose `json_schema_extra` has `{"option": True}` is given as
    `--name value` (a bool's as `--name`); with `{"after": "as"}` as `as value`; one with
    `{"rest": True}` takes all remaining words (`--name words…` leaves out what would come before),
    and with `"verbatim": True` besides also what looks like an option: it is another command's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=2000)


class NoParams(Params):
    """For operations that take no words."""


def extra(field: FieldInfo) -> Mapping[str, Any]:
    """What a param's declaration says beside its type: option, after, rest, names and so on."""
    said = field.json_schema_extra
    return said if isinstance(said, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks, from where and when. `team` and `actor` are Slack ids, already checked."""

    actor: str
    team: str
    channel: str
    now: datetime
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an operation's `answer` and `plan` are given beside their params."""

    world: World
    asking: Asking
    operations: Mapping[str, Operation]

    @property
    def topology(self) -> Topology:
        """Shorthand."""
        return self.world.topology

    @property
    def now(self) -> datetime:
        """When the request is being looked at."""
        return self.asking.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A verb, of one word or two (see bot.engine.naming).

    Exactly one of `answer` (reads, or changes only the bot's own state) and `plan` (changes
    the world, after approval) is set. An answer may be a dialog that
    asks for what was not typed. A `preview` that gives an answer is all that happens: a plan to
    look at, or a dialog. `examples` are whole commands without `/filmops`, `also` other words its
    name may be said with. `heedless` operations are not stopped by locks and freezes (rollback).
    `needs` are the methods of the AWS ports that all of it awaits, `traffic.routes`:
    `filmops iam-policy` makes the bot's IAM policy from them.
    """

    name: str
    summary: str
    risk: Risk
    params: type[Params] = NoParams
    examples: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    answer: Callable[[Context, Any], Awaitable[Message | View]] | None = None
    plan: Callable[[Context, Any], Awaitable[Plan]] | None = None
    preview: Callable[[Context, Any], Awaitable[Message | View | None]] | None = None
    steps: Mapping[str, StepCode] = field(default_factory=dict)
    heedless: bool = False
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a declaration that could not work."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"{self.name!r}: a name is one or two words of small letters, the second perhaps "
                "with a hyphen"
            )
        if (self.answer is None) == (self.plan is None):
            raise ValueError(f"{self.name}: declare either answer or plan")
        if self.plan is not None and not self.steps:
            raise ValueError(f"{self.name}: a plan needs steps")
