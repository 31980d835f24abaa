"""The words all tables of the topology share: colours, risks, bounded numbers."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Colour(StrEnum):
    """The two halves of a blue/green service."""

    BLUE = "blue"
    GREEN = "green"

    @property
    def other(self) -> Colour:
        """The colour that is not this one."""
        return Colour.GREEN if self is Colour.BLUE else Colour.BLUE


class Risk(StrEnum):
    """How much a mistake would cost; decides who may ask and who must agree."""

    READ = "read"
    LOW = "low"
    CHANGE = "change"
    DANGER = "danger"


class Severity(StrEnum):
    """How bad an incident is; decides how its ladder is climbed. P1 is the worst."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class Value(BaseModel):
    """A frozen table of the file; unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Fraction = Annotated[float, Field(gt=0, le=1)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
