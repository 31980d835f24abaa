"""What a deployment takes, as people write it. Before: words. After: `handlers.deploy` plans it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from bot.domain.deploying import Schema
from bot.engine.holding import HeldFor
from bot.engine.kinds import Instant, any_case
from bot.engine.operation import Params
from bot.errors import UserError

WINDOW = timedelta(hours=1)
"""How long after its time a deployment for later may still begin, if not said."""

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)


def _tag(word: object) -> str:
    if _TAG.fullmatch(str(word)) is None:
        raise ValueError("a version is a tag in the registry (/filmops releases lists them)")
    return str(word)


Version = Annotated[str, BeforeValidator(_tag)]
"""A tag as ECR takes it."""

SchemaWord = Annotated[Schema, BeforeValidator(any_case(Schema))]


class DeployParams(Params):
    """What goes where, how carefully, and when. See docs/commands.md for each."""

    service: str = Field(json_schema_extra={"names": "services"})
    version: Version
    canary: bool = Field(default=False, json_schema_extra={"option": True})
    schema_: SchemaWord | None = Field(default=None, json_schema_extra={"option": True})
    at: Instant | None = Field(default=None, json_schema_extra={"option": True})
    window: HeldFor = Field(default=WINDOW, json_schema_extra={"option": True})
    via: Literal["filmops", "github"] = Field(default="filmops", json_schema_extra={"option": True})
    all_flows: bool = Field(default=False, json_schema_extra={"option": True})
    plan_: bool = Field(default=False, json_schema_extra={"option": True})
    reason: str = Field(default="", max_length=500, json_schema_extra={"rest": True})


def check(params: DeployParams, now: datetime) -> None:
    """Raises UserError for what contradicts itself. A time may be over by less than its window."""
    if params.at is not None and params.at + params.window <= now:
        raise UserError(
            f"{params.at:%Y-%m-%d %H:%M} UTC is over, and so is the window after it.",
            hint=f"/filmops deploy {params.service} {params.version} --at +20m",
        )
    if params.canary and params.via == "github":
        raise UserError(
            "A workflow moves the traffic its own way: there is no --canary with --via github.",
            hint=f"/filmops deploy {params.service} {params.version} --via github",
        )
