"""What lies in a memory production's buckets at first: three objects, each with its copy.

Before it comes `production`; after it `buckets`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.adapters.memory.aws.running import LONG_AGO
from bot.domain.replica import Copying, ReplicationRule, Stored
from bot.topology import Topology


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One object as it lies in one bucket."""

    stored: Stored
    written_at: datetime = LONG_AGO
    status: Copying = Copying.COMPLETED


def seeded_objects(topology: Topology) -> dict[str, dict[str, Held]]:
    """By bucket and key; a replica holds what its bucket holds."""
    names = [
        name for each in topology.buckets.values() for name in (each.name, each.replica) if name
    ]
    return {
        name: {f"films/{n}.mp4": Held(stored=Stored(size=n, etag=f'"{n}"')) for n in range(1, 4)}
        for name in names
    }


def seeded_rules(topology: Topology) -> dict[str, list[ReplicationRule]]:
    """One rule for everything, for each bucket that has a replica."""
    return {
        each.name: [ReplicationRule(id="to-dr", enabled=True, destination=each.replica)]
        for each in topology.buckets.values()
        if each.replica
    }
