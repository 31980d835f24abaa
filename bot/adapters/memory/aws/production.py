"""A production held in memory: what is there, what goes wrong next, what was asked.

Before it come tests of engine and handlers, which set and read it; after it the twins. Actions
are rewritten by the real adapter's own pure `forwards`, so that a plan shows the same call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.adapters.aws import forwards
from bot.adapters.memory.aws.growing import Growing
from bot.adapters.memory.aws.objects import seeded_objects, seeded_rules
from bot.domain.live import (
    Minute,
    QueueState,
    Route,
    Snapshot,
    Targets,
)
from bot.domain.plan import Call
from bot.domain.replica import Count
from bot.errors import FilmOpsError
from bot.topology import Colour, Service, Topology

EFFECTS = frozenset(
    {
        "modify_listener",
        "modify_rule",
        "register_task_definition",
        "update_service",
        "run_task",
        "create_db_snapshot",
        "modify_db_instance",
        "create_db_instance_read_replica",
        "restore_db_instance_from_db_snapshot",
        "delete_db_instance",
        "register_scalable_target",
        "set_desired_capacity",
        "update_auto_scaling_group",
        "set_instance_protection",
    }
)


@dataclass(slots=True, kw_only=True)
class _Fault:
    method: str
    error: FilmOpsError
    times: int
    after: bool


class MemoryProduction(Growing):
    """What is there, by the topology's names. Everything public may be set; blue serves at first.

    `routes`, `snapshots`, `queues` go by key; `targets` and `minutes` by
    (service key, colour). What is deleted from them is "not_found". `now` is its clock. A snapshot
    that is taken comes to `snapshot_ends`. `objects`, `replication` and `counted` (the daily
    counts) go by the bucket's name.
    """

    def __init__(self, topology: Topology, now: Callable[[], datetime] | None = None) -> None:
        super().__init__(topology, now)
        self._services = topology.services
        self._faults: list[_Fault] = []
        self.calls: list[Call] = []
        halves = [(each, colour) for each in topology.services.values() for colour in Colour]
        self.routes: dict[str, list[Route]] = {
            service.key: self._seeded(service) for service in topology.services.values()
        }
        self.targets = {
            (service.key, colour): Targets(healthy=3, unhealthy=0) for service, colour in halves
        }
        self.minutes: dict[tuple[str, Colour], list[Minute]] = {
            (service.key, colour): [] for service, colour in halves
        }
        self.snapshots: dict[str, list[Snapshot]] = {key: [] for key in topology.databases}
        self.snapshot_ends = "available"
        self.queues = {
            key: QueueState(waiting=7, in_flight=0, dead=2 if queue.dead_letter else None)
            for key, queue in topology.queues.items()
        }
        self.objects = seeded_objects(topology)
        self.replication = seeded_rules(topology)
        self.counted: dict[str, Count] = {}

    @property
    def effects(self) -> list[Call]:
        """The calls that changed something, or would have."""
        return [call for call in self.calls if call.action in EFFECTS]

    def fail(
        self, method: str, error: FilmOpsError, *, times: int = 1, after: bool = False
    ) -> None:
        """Raise `error` the next `times` calls of `traffic.routes`, `metrics.minutes_of`, …;
        `after` acting when asked so (the answer that is lost).
        """
        self._faults.append(_Fault(method=method, error=error, times=times, after=after))

    def set_weights(self, service: str, weights: Mapping[Colour, int]) -> None:
        """Change every route of a service, as a person in the console would."""
        self.routes[service] = [
            self.reweighted(route, service, weights) for route in self.routes[service]
        ]

    def weights(self, service: str) -> list[Mapping[Colour, int]]:
        """Each route's weights now."""
        return [route.weights for route in self.routes[service]]

    def group_arns(self, service: str) -> dict[Colour, str]:
        """The target groups' ARNs."""
        return {
            colour: self.arn("elasticloadbalancing", f"targetgroup/{half.target_group}/1")
            for colour, half in sorted(self._services[service].colours.items())
        }

    def reweighted(self, route: Route, service: str, weights: Mapping[Colour, int]) -> Route:
        """A route as it is after the call that sets these weights."""
        actions = forwards.rewritten(route.actions, self.group_arns(service), weights)
        return replace(
            route,
            actions=tuple(actions),
            weights={colour: weights[colour] for colour in Colour},
        )

    def noted(self, method: str, call: Call | None = None, **about: str) -> None:
        """Write a call down, and raise the fault armed for before it.

        A read changes nothing, so an answer lost after it is a fault like any other.
        """
        service, _, action = method.partition(".")
        self.calls.append(call or Call(service=service, action=action, parameters=about))
        self.raise_armed(method, after=False)
        if call is None:
            self.raise_armed(method, after=True)

    def raise_armed(self, method: str, *, after: bool) -> None:
        """Raise the first fault armed for this moment of the method."""
        for fault in self._faults:
            if (fault.method, fault.after) == (method, after):
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                raise fault.error

    def _seeded(self, service: Service) -> list[Route]:
        """A default action and a rule, both all to blue."""
        groups = self.group_arns(service.key)
        listener = self.arn("elasticloadbalancing", f"listener/app/{service.key}/1")
        forward = {"Type": "forward", "Order": 1, "TargetGroupArn": groups[Colour.BLUE]}
        actions = forwards.rewritten([forward], groups, {Colour.BLUE: 100, Colour.GREEN: 0})
        return [
            Route(
                arn=listener if is_default else listener.replace(":listener/", ":listener-rule/"),
                listener_arn=listener,
                label=f"HTTPS:443 {'default' if is_default else 'rule 20'}",
                is_default=is_default,
                weights={Colour.BLUE: 100, Colour.GREEN: 0},
                actions=tuple(actions),
            )
            for is_default in (True, False)
        ]
