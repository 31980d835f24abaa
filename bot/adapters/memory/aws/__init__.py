"""AWS in memory: a verified twin of `bot.adapters.aws` over one `MemoryProduction`."""

from bot.adapters.memory.aws.production import MemoryProduction
from bot.adapters.memory.aws.twins import (
    MemoryContainers,
    MemoryDatabases,
    MemoryGroups,
    MemoryMetrics,
    MemoryQueues,
    MemoryTraffic,
)
from bot.ports import Aws

__all__ = ["MemoryProduction", "build_memory_aws"]


def build_memory_aws(production: MemoryProduction) -> Aws:
    """All six twins over one production."""
    return Aws(
        traffic=MemoryTraffic(production),
        containers=MemoryContainers(production),
        metrics=MemoryMetrics(production),
        databases=MemoryDatabases(production),
        queues=MemoryQueues(production),
        groups=MemoryGroups(production),
    )
