"""How scaling is carried out and what autoscaling should look like (runbook, *Scaling Operations*).

`[scaling]` says how long things may take; `[services.KEY.autoscaling]`, `[groups.KEY.autoscaling]`
and `[groups.KEY.busy]` what `/filmops autoscaling` compares AWS with, and who is left alone.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from bot.topology.names import Seconds, Value

Count = Annotated[int, Field(ge=0, le=10_000)]


class Expected(Value):
    """What autoscaling should be: bounds, and the metric that target tracking follows."""

    minimum: Count | None = Field(default=None, alias="min")
    maximum: Count | None = Field(default=None, alias="max")
    metric: str = ""
    target: float | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        low, high = self.minimum, self.maximum
        if low is not None and high is not None and low > high:
            raise ValueError(f"min {low} is more than max {high}")
        if self.target is not None and not self.metric:
            raise ValueError("target needs metric: what is it a target of?")
        return self


class Busy(Value):
    """A CloudWatch metric, one series an instance: above `above` in the last `minutes`, it works.

    No data counts as work: nobody ends a job because a metric is late.
    """

    namespace: str
    metric: str
    dimension: str = "InstanceId"
    above: float = 0
    minutes: Annotated[int, Field(ge=1, le=60)] = 5


class ScalingTimes(Value):
    """How long each part of scaling may take before a person is asked."""

    service_seconds: Seconds = 900
    group_seconds: Seconds = 1800
    queue_seconds: Seconds = 900
    """How long new workers may leave a queue alone."""

    drain_seconds: Seconds = 7200
    """How long a worker's job may go on that keeps a group from getting smaller."""

    database_seconds: Seconds = 7200
    replica_lag_seconds: Annotated[float, Field(gt=0, le=3600)] = 30
    """How far behind a new replica may be to count as there."""
