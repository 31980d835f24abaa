"""What runs: services, databases, queues, groups, and the thresholds they are judged by."""

from __future__ import annotations

from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from bot.topology.deploying import Deployable
from bot.topology.names import Colour, Fraction, Name, Seconds, Value
from bot.topology.scaling import Busy, Expected

Channel = Annotated[str, Field(pattern=r"^#?[a-z0-9_-]{1,80}$")]


class Studio(Value):
    """Whose production this is, where the bot speaks and which AWS region it reads.

    `engineering_channel` is told of each rollback, once.
    """

    name: str
    channel: Channel
    engineering_channel: Channel | None = None
    region: str
    role_arn: str | None = None
    timezone: str = "UTC"

    @property
    def channels(self) -> tuple[str, ...]:
        """Those the bot posts in, each once, without `#`."""
        names = (self.channel, self.engineering_channel or self.channel)
        return tuple(dict.fromkeys(name.removeprefix("#") for name in names))

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: `Europe`
            raise ValueError(f"unknown time zone {value!r}") from error
        return value


class Half(Value):
    """One colour of a service: its ECS service and its target group, by name.

    `url` reaches this colour alone, whatever the weights: a release is smoke-tested there before
    it gets traffic (a test listener, or a rule that asks for a header or a host).
    """

    ecs_service: str
    target_group: str
    url: Annotated[str, Field(pattern=r"^https?://")] | None = None


class Flow(Value):
    """One request that must work for the service to count as working."""

    name: str
    method: str = "GET"
    path: Annotated[str, Field(pattern=r"^/")]
    # `payload`, written `json` in the file: pydantic's own `json` would be shadowed.
    payload: dict[str, Any] | None = Field(default=None, alias="json")
    expect: int = 200


class Service(Value):
    """A blue/green service behind one load balancer. `key` is its name in commands."""

    key: Name = ""
    title: str
    cluster: str
    load_balancer: str
    url: Annotated[str, Field(pattern=r"^https?://")]
    health_path: str = "/health"
    version_path: str = "/version"
    critical_flows: tuple[Flow, ...] = ()
    log_group: str = ""
    database: str | None = None
    queue: str | None = None
    colours: dict[Colour, Half]
    deploy: Deployable | None = None
    autoscaling: Expected | None = None

    @property
    def cheap_flows(self) -> tuple[Flow, ...]:
        """The critical flows without those that cost something."""
        spared = self.deploy.optional_flows if self.deploy is not None else ()
        return tuple(flow for flow in self.critical_flows if flow.name not in spared)

    @field_validator("colours")
    @classmethod
    def _two_colours(cls, value: dict[Colour, Half]) -> dict[Colour, Half]:
        if set(value) != set(Colour):
            raise ValueError("a service needs both colours, blue and green")
        blue, green = value[Colour.BLUE], value[Colour.GREEN]
        if blue.ecs_service == green.ecs_service or blue.target_group == green.target_group:
            raise ValueError("blue and green share a name: traffic would never leave the bad one")
        return value

    @model_validator(mode="after")
    def _can_be_tried(self) -> Self:
        if self.deploy is None:
            return self
        blind = [colour for colour, half in self.colours.items() if half.url is None]
        if blind:
            raise ValueError(
                f"a release is tried on the idle colour alone: colours.{blind[0]} needs a url"
            )
        flows = {flow.name for flow in self.critical_flows}
        unknown = [name for name in self.deploy.optional_flows if name not in flows]
        if unknown:
            raise ValueError(f"deploy.optional_flows names {unknown[0]!r}, no critical flow")
        return self

    @property
    def resource(self) -> str:
        """What locks, freezes and runs are held on: `service/<key>`."""
        return f"service/{self.key}"


class Queue(Value):
    """An SQS queue; `key` is its name."""

    key: str = ""
    dead_letter: str | None = None
    depth_warning: int = 50


class Group(Value):
    """An Auto Scaling group of workers."""

    key: str = ""
    title: str = ""
    autoscaling_group: str
    queue: str | None = None
    busy: Busy | None = None
    autoscaling: Expected | None = None

    @property
    def resource(self) -> str:
        """What runs are held on: `group/<key>`."""
        return f"group/{self.key}"


class Bucket(Value):
    """A bucket and its copy, which may be in another region than the studio's."""

    key: str = ""
    name: str
    replica: str | None = None
    replica_region: str | None = None


class Thresholds(Value):
    """What makes a closed minute bad (runbook, *When to Rollback*)."""

    error_rate: Fraction = 0.05
    p95_seconds: Seconds = 0.5
    unhealthy_targets: Fraction = 0.5
    minimum_requests: Annotated[int, Field(ge=0)] = 20


class Metrics(Value):
    """How CloudWatch is read."""

    period_seconds: int = 60
    lag_seconds: Annotated[float, Field(ge=0, le=3600)] = 180
    history_minutes: Annotated[int, Field(ge=1, le=180)] = 10

    @field_validator("period_seconds")
    @classmethod
    def _period(cls, value: int) -> int:
        if value not in (1, 5, 10, 30) and (value < 60 or value % 60):
            raise ValueError("CloudWatch periods are 1, 5, 10, 30 or a multiple of 60 seconds")
        return value


class Rollback(Value):
    """The watch after traffic has moved back."""

    watch_minutes: Annotated[int, Field(ge=1, le=60)] = 3
    give_up_seconds: Annotated[float, Field(gt=0, le=7200)] = 900
