"""RDS: taking a snapshot, and seeing it become one. Before it comes a deployment; after it AWS."""

from __future__ import annotations

from collections.abc import Mapping

from bot.adapters.aws.faults import told
from bot.adapters.aws.session import AwsClients
from bot.errors import OperationFailed, Temporary
from bot.ports import Fence

_ACTION = "rds:CreateDBSnapshot"


class AwsSnapshots:
    """bot.ports.Snapshots on RDS. Names are RDS': it writes them in lower case."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients

    async def take(
        self, database: str, name: str, *, tags: Mapping[str, str], fence: Fence
    ) -> None:
        """One request, never repeated here. Raises Temporary, too, while the instance is busy
        (it may be saving itself just now): ask `state`, then take again.

        Raises OperationFailed("not_found") without such a database, ("taken") when another
        database's snapshot has the name.
        """
        await self._clients.run(self._take, database, name, tags, fence)

    async def state(self, database: str, name: str) -> str | None:
        """Manual snapshots of the database only."""
        return await self._clients.run(self._state, database, name)

    def _take(self, database: str, name: str, tags: Mapping[str, str], fence: Fence) -> None:
        what = f"snapshot {name} of {database}"
        with self._clients.fenced("rds", fence) as rds, told(_ACTION, what):
            try:
                rds.create_db_snapshot(
                    DBInstanceIdentifier=database,
                    DBSnapshotIdentifier=name,
                    Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
                )
            except rds.exceptions.DBSnapshotAlreadyExistsFault:
                pass
            except rds.exceptions.InvalidDBInstanceStateFault as error:
                raise Temporary(f"AWS {_ACTION} ({what}): {error}") from error
            else:
                return
        if self._state(database, name) is None:
            raise OperationFailed(
                f"AWS {_ACTION} ({what}): another database's snapshot has that name", code="taken"
            )

    def _state(self, database: str, name: str) -> str | None:
        """By the database, not by the name: that is what its permission is given on."""
        with told("rds:DescribeDBSnapshots", f"snapshots of {database}"):
            pages = self._clients.rds().get_paginator("describe_db_snapshots")
            for page in pages.paginate(DBInstanceIdentifier=database, SnapshotType="manual"):
                for each in page["DBSnapshots"]:
                    if each["DBSnapshotIdentifier"] == name.lower():
                        return each.get("Status", "")
        return None
