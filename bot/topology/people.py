"""Who: people, roles, who may ask and approve."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from bot.topology.names import Seconds, Value


class Person(Value):
    """Somebody who uses or is paged by FilmOps."""

    key: str = ""
    name: str
    slack: Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,20}$")]
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]


class Role(Value):
    """A set of people, and of members of Slack user groups."""

    people: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class RiskRule(Value):
    """Who may ask for operations of a risk, who may approve them, how many must."""

    request: tuple[str, ...]
    approve: tuple[str, ...] = ()
    approvals: Annotated[int, Field(ge=0, le=5)] = 0
    expires_seconds: Seconds = 900
    remind_seconds: Seconds = 300

    @model_validator(mode="after")
    def _coherent(self) -> RiskRule:
        if self.approvals and not self.approve:
            raise ValueError("approvals are asked for and no role may give them")
        if self.remind_seconds >= self.expires_seconds:
            raise ValueError("remind_seconds must be shorter than expires_seconds")
        return self
