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


class Value(BaseModel):
    """A frozen table of the file; unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Fraction = Annotated[float, Field(gt=0, le=1)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
