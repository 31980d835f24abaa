"""Who: people, roles, who may ask and approve, whom the ladder pages."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

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


class Level(Value):
    """One rung of the escalation ladder."""

    name: str
    after_minutes: Annotated[float, Field(ge=0)]
    pagerduty_service: str


class Escalation(Value):
    """The ladder: who is paged, how long after the alert (runbook, *Escalation Path*)."""

    levels: Annotated[tuple[Level, ...], Field(min_length=1)]

    @field_validator("levels")
    @classmethod
    def _rising(cls, value: tuple[Level, ...]) -> tuple[Level, ...]:
        waits = [level.after_minutes for level in value]
        if waits != sorted(set(waits)):
            raise ValueError("after_minutes must rise from level to level")
        return value
