"""Which SNS topics are listened to, and what an alarm is about: its service and severity."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from bot.topology.names import Value

Topic = Annotated[
    str,
    Field(pattern=r"^arn:aws(-cn|-us-gov)?:sns:[a-z]{2}(-[a-z]+)+-\d:\d{12}:[A-Za-z0-9_-]{1,256}$"),
]


class Alarm(Value):
    """What alarms of a name are about; `service` is a key of the services, empty when unknown."""

    service: str = ""
    severity: Literal["P1", "P2", "P3", "P4"] = "P2"


class Alerts(Value):
    """What may alert us. Without topics nothing of SNS' is taken."""

    sns_topics: tuple[Topic, ...] = ()
    alarms: dict[str, Alarm] = Field(default_factory=dict)

    @field_validator("alarms")
    @classmethod
    def _names(cls, value: dict[str, Alarm]) -> dict[str, Alarm]:
        wrong = [name for name in value if not name or "*" in name[:-1]]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no alarm's name: only its last character may be *")
        return value

    def alarm(self, name: str) -> Alarm | None:
        """What the file says of an alarm: its own name first, then the longest `prefix*`."""
        if name in self.alarms:
            return self.alarms[name]
        fitting = [key for key in self.alarms if key[-1] == "*" and name.startswith(key[:-1])]
        return self.alarms[max(fitting, key=len)] if fitting else None
