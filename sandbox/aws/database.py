"""The databases as their users feel them: connections held, and connections refused.

`traffic` asks for each second; where nothing is wrong, every tenth one is written. A colour
whose release refuses the database fills its slots: the application counts what failed in a
metric of its own, and RDS sees the slots taken.
"""

from __future__ import annotations

from random import Random

from bot.topology import Colour, Service
from sandbox.aws import names
from sandbox.aws.fleet import ecs_service
from sandbox.aws.metrics import MetricKey, gauge, put_gauges
from sandbox.aws.plant import Plant

EVERY = 10


def live(plant: Plant, second: int) -> None:
    """One second of the services' failed connections; every tenth one also of the databases."""
    dice = Random(f"database:{second}")
    crowded: set[str | None] = set()
    for service in plant.topology.services.values():
        refused = sum(dice.randint(2, 6) for colour in Colour if _refused(plant, service, colour))
        if refused:
            crowded.add(service.database)
        if refused or second % EVERY == 0:
            plant.store.set(metric(service), second, gauge(refused), "Count")
    for name in plant.topology.databases:
        if name in crowded or second % EVERY == 0:
            _read(plant, name, second, dice, crowded=name in crowded)


def metric(service: Service) -> MetricKey:
    """Where a service's failed connections are counted."""
    named = names.refused_connections(service)
    return MetricKey(named.namespace, named.metric, frozenset(named.dimensions.items()))


def _refused(plant: Plant, service: Service, colour: Colour) -> bool:
    if not plant.qualities[service.key, colour].refuses_database:
        return False
    return bool(ecs_service(plant, service, colour).running_count)


def _read(plant: Plant, name: str, second: int, dice: Random, *, crowded: bool) -> None:
    readings: dict[str, float] = {
        "DatabaseConnections": dice.randint(97, 100) if crowded else dice.randint(38, 46),
        "CPUUtilization": dice.randint(22, 31),
    }
    put_gauges(plant.store, second, "AWS/RDS", {"DBInstanceIdentifier": name}, readings)
