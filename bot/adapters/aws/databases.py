"""RDS: an instance as described, and the snapshots one could restore.

Before it comes status; after it AWS. Nothing here changes a database.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.adapters.aws.faults import missing, told
from bot.adapters.aws.series import answered_at, read
from bot.adapters.aws.session import AwsClients
from bot.domain.live import DatabaseState, Missing, Snapshot
from bot.errors import FilmOpsError
from bot.topology import Database

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef

_LOOK_BACK = timedelta(minutes=10)


class AwsDatabases:
    """bot.ports.Databases on RDS."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients

    async def state(self, database: Database) -> DatabaseState:
        """`latest_backup_at` is what a point-in-time restore could reach, or else the newest
        automated snapshot. Raises OperationFailed("not_found").
        """
        return await self._clients.run(self._state, database.key)

    async def snapshots(self, database: Database) -> tuple[Snapshot, ...]:
        """Available ones only: a snapshot still being taken cannot be restored."""
        return await self._clients.run(self._snapshots, database.key)

    def _state(self, name: str) -> DatabaseState:
        action, what = "rds:DescribeDBInstances", f"database {name}"
        with told(action, what):
            answer = self._clients.rds().describe_db_instances(DBInstanceIdentifier=name)
        if not answer["DBInstances"]:
            raise missing(action, what)
        instance = answer["DBInstances"][0]
        restorable = instance.get("LatestRestorableTime")
        return DatabaseState(
            status=instance.get("DBInstanceStatus", ""),
            instance_class=instance.get("DBInstanceClass", ""),
            engine=f"{instance.get('Engine', '')} {instance.get('EngineVersion', '')}".strip(),
            multi_az=instance.get("MultiAZ", False),
            pending=pending_changes(instance),
            latest_backup_at=(
                restorable.astimezone(UTC) if restorable else self._newest_automated(name)
            ),
            connections=self._connections(name, answered_at(answer)),
        )

    def _newest_automated(self, name: str) -> datetime | Missing | None:
        """The instance's state is worth showing without it."""
        try:
            found = self._snapshots(name)
        except FilmOpsError as fault:
            return Missing(reason=fault.message)
        automated = (each for each in found if each.kind == "automated")
        return next((each.created_at for each in automated), None)

    def _snapshots(self, name: str) -> tuple[Snapshot, ...]:
        with told("rds:DescribeDBSnapshots", f"snapshots of {name}"):
            pages = self._clients.rds().get_paginator("describe_db_snapshots")
            found = [
                Snapshot(
                    id=each["DBSnapshotIdentifier"],
                    kind=each.get("SnapshotType", ""),
                    created_at=each["SnapshotCreateTime"].astimezone(UTC),
                    status=each.get("Status", ""),
                )
                for page in pages.paginate(DBInstanceIdentifier=name)
                for each in page["DBSnapshots"]
                if each.get("Status") == "available"
            ]
        return tuple(sorted(found, key=lambda each: each.created_at, reverse=True))

    def _connections(self, name: str, now: datetime | None) -> int | Missing | None:
        """The newest count CloudWatch has. The instance's state is worth showing without it."""
        if now is None:
            return None
        metric = {
            "Namespace": "AWS/RDS",
            "MetricName": "DatabaseConnections",
            "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": name}],
        }
        query: Any = {
            "Id": "connections",
            "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Average"},
        }
        try:
            found = read(
                self._clients.cloudwatch(),
                [query],
                start=now - _LOOK_BACK,
                end=now,
                what=f"connections of {name}",
            )
        except FilmOpsError as fault:
            return Missing(reason=fault.message)
        points = found["connections"].points
        return round(points[max(points)]) if points else None


def pending_changes(instance: DBInstanceTypeDef) -> dict[str, str]:
    """Changes that wait for a maintenance window, as words; a password stays unsaid."""
    pending: dict[str, Any] = dict(instance.get("PendingModifiedValues", {}))
    return {
        name: "(set)" if "Password" in name else _word(value)
        for name, value in sorted(pending.items())
        if value not in (None, [], {})
    }


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, sort_keys=True)
