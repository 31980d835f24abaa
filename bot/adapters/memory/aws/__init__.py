"""AWS in memory: a verified twin of `bot.adapters.aws` over one `MemoryProduction`."""

from bot.adapters.memory.aws.buckets import MemoryBuckets
from bot.adapters.memory.aws.errands import MemoryErrands
from bot.adapters.memory.aws.images import MemoryImages
from bot.adapters.memory.aws.instances import MemoryInstances
from bot.adapters.memory.aws.logs import MemoryLogs
from bot.adapters.memory.aws.production import MemoryProduction
from bot.adapters.memory.aws.rollers import MemoryRollers
from bot.adapters.memory.aws.scaling import MemoryScaling
from bot.adapters.memory.aws.snapshots import MemorySnapshots
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
    """All twins over one production."""
    return Aws(
        traffic=MemoryTraffic(production),
        containers=MemoryContainers(production),
        metrics=MemoryMetrics(production),
        databases=MemoryDatabases(production),
        queues=MemoryQueues(production),
        groups=MemoryGroups(production),
        images=MemoryImages(production),
        rollers=MemoryRollers(production),
        errands=MemoryErrands(production),
        logs=MemoryLogs(production),
        snapshots=MemorySnapshots(production),
        instances=MemoryInstances(production),
        buckets=MemoryBuckets(production),
        scaling=MemoryScaling(production),
    )
