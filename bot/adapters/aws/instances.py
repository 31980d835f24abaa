"""RDS instances: found, changed, copied, restored from a snapshot, removed.

Before it come scaling, restores and the drill; after it AWS. Parameters are `instance_calls`', so
that a plan shows what is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.adapters.aws import instance_calls
from bot.adapters.aws.described_instance import described
from bot.adapters.aws.faults import told
from bot.adapters.aws.series import answered_at, read
from bot.adapters.aws.session import AwsClients
from bot.domain.instance import Instance, Network
from bot.domain.live import Missing
from bot.domain.reasons import Reason
from bot.errors import FilmOpsError, OperationFailed, Refused, Temporary
from bot.ports import Fence

if TYPE_CHECKING:
    from datetime import datetime

_LAG_LOOK_BACK = timedelta(minutes=10)
_ON_ITS_WAY_OUT = "deleting"


class AwsInstances:
    """bot.ports.instances.Instances on RDS. Names are RDS': it writes them in lower case."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients

    async def find(self, name: str) -> Instance | None:
        """A replica's lag is the newest CloudWatch has; None while it has none."""
        return await self._clients.run(self._find, name)

    async def tagged(self, tag: tuple[str, str]) -> tuple[Instance, ...]:
        """All instances of the account and region are read: RDS does not look for tags."""
        return await self._clients.run(self._tagged, tag)

    async def classes(self, name: str) -> tuple[str, ...]:
        """Of its engine and version. Raises OperationFailed("not_found") without the instance."""
        return await self._clients.run(self._classes, name)

    def resize_call(
        self, name: str, instance_class: str, *, now: bool
    ) -> tuple[str, Mapping[str, Any]]:
        """See `instance_calls`."""
        return instance_calls.resize(name, instance_class, now=now)

    async def resize(self, name: str, instance_class: str, *, now: bool, fence: Fence) -> None:
        """One request, never repeated here. Raises Temporary, too, while the instance is busy.

        After Temporary it may or may not have been taken: find it before going on.
        """
        _, parameters = self.resize_call(name, instance_class, now=now)
        await self._clients.run(self._resize, parameters, fence)

    def replicate_call(
        self, source: str, name: str, *, instance_class: str, zone: str | None
    ) -> tuple[str, Mapping[str, Any]]:
        """See `instance_calls`."""
        return instance_calls.replicate(source, name, instance_class=instance_class, zone=zone)

    async def replicate(
        self, source: str, name: str, *, instance_class: str, zone: str | None, fence: Fence
    ) -> None:
        """One request, never repeated here. Raises Temporary, too, while the source is busy;
        OperationFailed("taken") when something else has the name.
        """
        _, parameters = self.replicate_call(source, name, instance_class=instance_class, zone=zone)
        await self._clients.run(self._replicate, parameters, fence)

    def restore_call(
        self, snapshot: str, name: str, *, network: Network, tags: Mapping[str, str]
    ) -> tuple[str, Mapping[str, Any]]:
        """See `instance_calls`."""
        return instance_calls.restore(snapshot, name, network=network, tags=tags)

    async def restore(
        self,
        snapshot: str,
        name: str,
        *,
        network: Network,
        tags: Mapping[str, str],
        fence: Fence,
    ) -> None:
        """One request, never repeated here. Raises OperationFailed("taken") when an instance of
        that name does not carry all of `tags`, ("not_found") without the snapshot; Temporary, too,
        while the snapshot is being made.
        """
        _, parameters = self.restore_call(snapshot, name, network=network, tags=tags)
        await self._clients.run(self._restore, parameters, tags, fence)

    def remove_call(self, name: str) -> tuple[str, Mapping[str, Any]]:
        """See `instance_calls`."""
        return instance_calls.remove(name)

    async def remove(self, name: str, *, tag: tuple[str, str], fence: Fence) -> None:
        """One request, never repeated here; none for an instance that is on its way out already.

        Raises Refused("not_ours") without the tag, OperationFailed("not_found") without the
        instance, Temporary while it is busy.
        """
        await self._clients.run(self._remove, name, tag, fence)

    def _find(self, name: str) -> Instance | None:
        try:
            with told("rds:DescribeDBInstances", f"database {name}"):
                answer = self._clients.rds().describe_db_instances(DBInstanceIdentifier=name)
        except OperationFailed as failure:
            if failure.code == "not_found":
                return None
            raise
        if not answer["DBInstances"]:
            return None
        found = answer["DBInstances"][0]
        copies = "ReadReplicaSourceDBInstanceIdentifier" in found
        return described(found, lag=self._lag(name, answered_at(answer)) if copies else None)

    def _tagged(self, tag: tuple[str, str]) -> tuple[Instance, ...]:
        with told("rds:DescribeDBInstances", "all databases"):
            pages = self._clients.rds().get_paginator("describe_db_instances").paginate()
            found = [described(each, lag=None) for page in pages for each in page["DBInstances"]]
        ours = (each for each in found if tag in each.tags.items())
        return tuple(sorted(ours, key=lambda each: each.id))

    def _there(self, name: str, action: str) -> Instance:
        found = self._find(name)
        if found is None:
            raise OperationFailed(f"AWS {action}: there is no database {name}", code="not_found")
        return found

    def _classes(self, name: str) -> tuple[str, ...]:
        action = "rds:DescribeOrderableDBInstanceOptions"
        engine, _, version = self._there(name, action).engine.partition(" ")
        found: dict[str, None] = {}
        with told(action, f"classes for {name}"):
            pages = self._clients.rds().get_paginator("describe_orderable_db_instance_options")
            for page in pages.paginate(Engine=engine, EngineVersion=version, Vpc=True):
                found |= dict.fromkeys(
                    each["DBInstanceClass"] for each in page["OrderableDBInstanceOptions"]
                )
        return tuple(found)

    def _resize(self, parameters: Mapping[str, Any], fence: Fence) -> None:
        action, what = "rds:ModifyDBInstance", f"database {parameters['DBInstanceIdentifier']}"
        with self._clients.fenced("rds", fence) as rds, told(action, what):
            try:
                rds.modify_db_instance(**parameters)
            except rds.exceptions.InvalidDBInstanceStateFault as error:
                raise Temporary(f"AWS {action} ({what}): {error}") from error

    def _replicate(self, parameters: Mapping[str, Any], fence: Fence) -> None:
        action, name = "rds:CreateDBInstanceReadReplica", parameters["DBInstanceIdentifier"]
        what, source = f"replica {name}", parameters["SourceDBInstanceIdentifier"]
        with self._clients.fenced("rds", fence) as rds, told(action, what):
            try:
                rds.create_db_instance_read_replica(**parameters)
            except rds.exceptions.DBInstanceAlreadyExistsFault:
                pass
            except rds.exceptions.InvalidDBInstanceStateFault as error:
                raise Temporary(f"AWS {action} ({what}): {error}") from error
            else:
                return
        found = self._find(name)
        if found is None or found.source != source:
            raise OperationFailed(f"AWS {action} ({what}): the name is another's", code="taken")

    def _restore(
        self, parameters: Mapping[str, Any], tags: Mapping[str, str], fence: Fence
    ) -> None:
        action, name = "rds:RestoreDBInstanceFromDBSnapshot", parameters["DBInstanceIdentifier"]
        what = f"{name} from {parameters['DBSnapshotIdentifier']}"
        with self._clients.fenced("rds", fence) as rds, told(action, what):
            try:
                rds.restore_db_instance_from_db_snapshot(**parameters)
            except rds.exceptions.DBInstanceAlreadyExistsFault:
                pass
            except rds.exceptions.InvalidDBSnapshotStateFault as error:
                raise Temporary(f"AWS {action} ({what}): {error}") from error
            else:
                return
        found = self._find(name)
        if found is None or not tags.items() <= found.tags.items():
            raise OperationFailed(f"AWS {action} ({what}): the name is another's", code="taken")

    def _remove(self, name: str, tag: tuple[str, str], fence: Fence) -> None:
        action, what = "rds:DeleteDBInstance", f"database {name}"
        found = self._there(name, action)
        if tag not in found.tags.items():
            raise Refused(
                f"{name} does not carry the tag {tag[0]}={tag[1]}: it is not FilmOps' to remove.",
                code=Reason.NOT_OURS,
            )
        if found.status == _ON_ITS_WAY_OUT:
            return
        with self._clients.fenced("rds", fence) as rds, told(action, what):
            try:
                rds.delete_db_instance(**self.remove_call(name)[1])
            except rds.exceptions.InvalidDBInstanceStateFault as error:
                raise Temporary(f"AWS {action} ({what}): {error}") from error

    def _lag(self, name: str, now: datetime | None) -> float | Missing | None:
        """Seconds behind its source. The instance is worth showing without it."""
        if now is None:
            return None
        query: Any = {
            "Id": "lag",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/RDS",
                    "MetricName": "ReplicaLag",
                    "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": name}],
                },
                "Period": 60,
                "Stat": "Average",
            },
        }
        client, start = self._clients.cloudwatch(), now - _LAG_LOOK_BACK
        try:
            found = read(client, [query], start=start, end=now, what=f"lag of {name}")["lag"]
        except FilmOpsError as fault:
            return Missing(reason=fault.message)
        lag = found.points[max(found.points)] if found.points else None
        # RDS reports -1 while it cannot tell (replication has not begun, or has stopped).
        return lag if lag is not None and lag >= 0 else None
