"""RDS instances of a memory production.

Before it come tests, which set and read it, and `production`; after it the twins. What status
knows of an instance (`databases`) and what scaling knows of it (`instances`) change together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.adapters.memory.aws.running import LONG_AGO
from bot.adapters.memory.aws.writing import Writing
from bot.domain.instance import Instance, Network
from bot.domain.live import DatabaseState
from bot.topology import Topology

CLASSES = ("db.r6g.large", "db.r6g.xlarge", "db.r6g.2xlarge", "db.r6g.4xlarge")
NETWORK = Network(
    subnet_group="prod-db-subnets",
    security_groups=("sg-1",),
    parameter_group="prod-postgres15",
    multi_az=True,
)


class Keeping(Writing):
    """See `MemoryProduction`. Everything public may be set.

    `databases` and `instances` go by identifier. Changes wait for `settle(name)` when
    `instances_settle` is False; otherwise they are over at once. Those for the maintenance window
    wait for `open_window(name)`.
    """

    def __init__(self, topology: Topology, now: Callable[[], datetime] | None = None) -> None:
        super().__init__(topology, now)
        self.instances_settle = True
        self.classes = CLASSES
        self.databases = {
            key: DatabaseState(
                status="available",
                instance_class=CLASSES[0],
                engine="postgres 15.8",
                multi_az=True,
                pending={},
                latest_backup_at=LONG_AGO,
                connections=42,
            )
            for key in topology.databases
        }
        self.instances = {
            key: self.instance(key, zone=f"{topology.studio.region}a") for key in self.databases
        }

    def instance(self, name: str, *, zone: str) -> Instance:
        """One as the first ones are."""
        region = zone[:-1]
        return Instance(
            id=name,
            status="available",
            instance_class=CLASSES[0],
            engine="postgres 15.8",
            network=NETWORK,
            zone=zone,
            zones=(f"{region}a", f"{region}b"),
            endpoint=f"{name}.abc.{region}.rds.amazonaws.com",
            port=5432,
            maintenance_window="wed:06:38-wed:07:08",
            created_at=LONG_AGO,
        )

    def resize(self, name: str, instance_class: str, *, now: bool) -> None:
        """What ModifyDBInstance comes to; `now` takes whatever waits along."""
        waiting = {**self.instances[name].pending, "DBInstanceClass": instance_class}
        self._put(name, replace(self.instances[name], pending=waiting))
        if now:
            self._change(name)

    def open_window(self, name: str) -> None:
        """The maintenance window has come: what waits is done."""
        self._change(name)

    def add(self, instance: Instance) -> None:
        """One more, which is being made; a replica's source has it among its own at once."""
        made = replace(instance, status="creating")
        self._put(made.id, made)
        source = self.instances.get(made.source or "")
        if source is not None:
            self._put(source.id, replace(source, replicas=(*source.replicas, made.id)))
        self._settle_at_once(made.id)

    def delete(self, name: str) -> None:
        """It is on its way out, and gone when it has settled."""
        self._put(name, replace(self.instances[name], status="deleting"))
        self._settle_at_once(name)

    def settle(self, name: str) -> None:
        """What is under way with it is over."""
        instance = self.instances[name]
        if instance.status == "deleting":
            self._gone(instance)
            return
        if instance.status == "modifying":
            wanted = instance.pending.get("DBInstanceClass", instance.instance_class)
            instance = replace(instance, instance_class=wanted, pending={})
        # RDS says nothing of a lag before a replica follows.
        lag = 0.0 if instance.source else None
        self._put(name, replace(instance, status="available", replica_lag_seconds=lag))

    def _change(self, name: str) -> None:
        self._put(name, replace(self.instances[name], status="modifying"))
        self._settle_at_once(name)

    def _settle_at_once(self, name: str) -> None:
        if self.instances_settle:
            self.settle(name)

    def _gone(self, instance: Instance) -> None:
        del self.instances[instance.id]
        self.databases.pop(instance.id, None)
        source = self.instances.get(instance.source or "")
        if source is not None:
            left = tuple(name for name in source.replicas if name != instance.id)
            self._put(source.id, replace(source, replicas=left))

    def _put(self, name: str, instance: Instance) -> None:
        self.instances[name] = instance
        known = self.databases.get(name)
        self.databases[name] = DatabaseState(
            status=instance.status,
            instance_class=instance.instance_class,
            engine=instance.engine,
            multi_az=instance.network.multi_az,
            pending=instance.pending,
            latest_backup_at=known.latest_backup_at if known else None,
            connections=known.connections if known else 0,
        )
