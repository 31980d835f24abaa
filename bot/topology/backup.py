"""`[backup]`: when backups are verified, what counts as one, and the quarterly DR test."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from bot.topology.names import Value

Hours = Annotated[float, Field(gt=0, le=8760)]


class Backup(Value):
    """Runbook, *Backup and Recovery*. Times of the day are by the studio's clock."""

    check_at: time = time(7, 0)
    """When a scheduler verifies the backups, once a day."""

    snapshot_hours: Hours = 24
    """How old the newest automated snapshot may be."""

    sample: Annotated[int, Field(ge=1, le=200)] = 20
    """How many of a bucket's newest objects are looked at, each with its copy."""

    late_minutes: Annotated[float, Field(gt=0, le=10_080)] = 15
    """An object without its copy is late after this (S3's Replication Time Control promises it)."""

    fewer: Annotated[float, Field(ge=0, lt=1)] = 0.01
    """So much of a bucket's objects its replica may lack: they are counted at different times."""

    dr_days: Annotated[int, Field(ge=1, le=730)] = 92
    """After so many days a database's restore has to be tested again (runbook: quarterly)."""

    dr_restore_seconds: Annotated[float, Field(ge=60, le=86_400)] = 7200
    """How long a restore may take."""

    dr_hours: Annotated[float, Field(gt=0, le=72)] = 6
    """After so long a test instance is deleted by the sweep, whatever became of its run."""

    @field_validator("check_at")
    @classmethod
    def _of_the_studio(cls, value: time) -> time:
        if value.tzinfo is not None:
            raise ValueError("is by the studio's own clock: write 07:00")
        return value

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        if self.dr_hours * 3600 <= self.dr_restore_seconds:
            raise ValueError(
                f"dr_hours is {self.dr_hours:g} and the restore alone may take "
                f"{self.dr_restore_seconds:g} s: the sweep would delete a test under way"
            )
        return self
