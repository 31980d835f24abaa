"""RDS' snapshots in memory. Before it come engine and handlers under test."""

from __future__ import annotations

from collections.abc import Mapping

from bot.adapters.memory.aws.production import MemoryProduction
from bot.adapters.memory.aws.there import there
from bot.domain.live import Snapshot
from bot.domain.plan import Call
from bot.errors import OperationFailed, Temporary
from bot.ports import Fence

_SAVED = ("available", "storage-optimization")


class MemorySnapshots:
    """See `bot.ports.Snapshots`."""

    def __init__(self, production: MemoryProduction) -> None:
        self._production = production

    async def take(
        self, database: str, name: str, *, tags: Mapping[str, str], fence: Fence
    ) -> None:
        """Comes to what `snapshot_ends` says."""
        fence()
        parameters = {
            "DBInstanceIdentifier": database,
            "DBSnapshotIdentifier": name,
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
        call = Call(service="rds", action="create_db_snapshot", parameters=parameters)
        self._production.noted("snapshots.take", call)
        state = there(self._production.databases, database)
        if self._has(database, name):
            return
        if any(self._has(other, name) for other in self._production.snapshots):
            raise OperationFailed(f"{name}: another database's snapshot", code="taken")
        if state.status not in _SAVED:
            raise Temporary(f"{database} is {state.status}")
        snapshot = Snapshot(
            id=name.lower(),
            kind="manual",
            created_at=self._production.now(),
            status=self._production.snapshot_ends,
        )
        self._production.snapshots.setdefault(database, []).append(snapshot)
        self._production.raise_armed("snapshots.take", after=True)

    async def state(self, database: str, name: str) -> str | None:
        """As set."""
        self._production.noted("snapshots.state", database=database, name=name)
        return next(
            (
                each.status
                for each in self._production.snapshots.get(database, [])
                if each.id == name.lower()
            ),
            None,
        )

    def _has(self, database: str, name: str) -> bool:
        known = self._production.snapshots.get(database, [])
        return any(each.id == name.lower() for each in known)
