"""RDS' instances in memory. Before it come engine and handlers under test.

After it `production`, and the real adapter's own `instance_calls`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.adapters.aws import instance_calls
from bot.adapters.memory.aws.production import MemoryProduction
from bot.adapters.memory.aws.there import there
from bot.domain.instance import REPLICA_TAG, Instance, Network
from bot.domain.plan import Call
from bot.domain.reasons import Reason
from bot.errors import OperationFailed, Refused, Temporary
from bot.ports import Fence

_READY = ("available", "storage-optimization")


class MemoryInstances:
    """See `bot.ports.instances.Instances`."""

    def __init__(self, production: MemoryProduction) -> None:
        self._production = production

    async def find(self, name: str) -> Instance | None:
        """As set; how it stands, as `databases` has it."""
        self._production.noted("instances.find", name=name)
        found = self._production.instances.get(name)
        return found and replace(found, status=self._status(name))

    async def tagged(self, tag: tuple[str, str]) -> tuple[Instance, ...]:
        """Of all that are set."""
        self._production.noted("instances.tagged")
        found = sorted(self._production.instances.values(), key=lambda each: each.id)
        ours = (each for each in found if tag in each.tags.items())
        return tuple(replace(each, status=self._status(each.id)) for each in ours)

    async def classes(self, name: str) -> tuple[str, ...]:
        """As set."""
        self._production.noted("instances.classes", name=name)
        there(self._production.instances, name)
        return self._production.classes

    def resize_call(
        self, name: str, instance_class: str, *, now: bool
    ) -> tuple[str, Mapping[str, Any]]:
        """The real adapter's own words."""
        return instance_calls.resize(name, instance_class, now=now)

    async def resize(self, name: str, instance_class: str, *, now: bool, fence: Fence) -> None:
        """At once, or when `open_window` says so."""
        self._begin("resize", self.resize_call(name, instance_class, now=now), fence)
        self._ready(name)
        self._production.resize(name, instance_class, now=now)
        self._production.raise_armed("instances.resize", after=True)

    def replicate_call(
        self, source: str, name: str, *, instance_class: str, zone: str | None
    ) -> tuple[str, Mapping[str, Any]]:
        """The real adapter's own words."""
        return instance_calls.replicate(source, name, instance_class=instance_class, zone=zone)

    async def replicate(
        self, source: str, name: str, *, instance_class: str, zone: str | None, fence: Fence
    ) -> None:
        """Without a zone it is the source's."""
        call = self.replicate_call(source, name, instance_class=instance_class, zone=zone)
        self._begin("replicate", call, fence)
        of = there(self._production.instances, source)
        if (taken := self._production.instances.get(name)) is not None:
            if taken.source != source:
                raise OperationFailed(f"{name}: the name is another's", code="taken")
            return
        self._ready(source)
        made = replace(
            self._production.instance(name, zone=zone or of.zone),
            instance_class=instance_class,
            network=replace(of.network, multi_az=False),
            source=source,
            tags=dict([REPLICA_TAG]),
            created_at=self._production.now(),
        )
        self._production.add(made)
        self._production.raise_armed("instances.replicate", after=True)

    def restore_call(
        self, snapshot: str, name: str, *, network: Network, tags: Mapping[str, str]
    ) -> tuple[str, Mapping[str, Any]]:
        """The real adapter's own words."""
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
        """Of any database's snapshot."""
        call = self.restore_call(snapshot, name, network=network, tags=tags)
        self._begin("restore", call, fence)
        of, status = self._snapshot(snapshot)
        if (taken := self._production.instances.get(name)) is not None:
            if not tags.items() <= taken.tags.items():
                raise OperationFailed(f"{name}: the name is another's", code="taken")
            return
        if status != "available":
            raise Temporary(f"{snapshot} is {status}")
        source = there(self._production.instances, of)
        made = replace(
            self._production.instance(name, zone=source.zone),
            instance_class=source.instance_class,
            network=network,
            tags=dict(tags),
            created_at=self._production.now(),
        )
        self._production.add(made)
        self._production.raise_armed("instances.restore", after=True)

    def remove_call(self, name: str) -> tuple[str, Mapping[str, Any]]:
        """The real adapter's own words."""
        return instance_calls.remove(name)

    async def remove(self, name: str, *, tag: tuple[str, str], fence: Fence) -> None:
        """One that is on its way out stays so."""
        found = there(self._production.instances, name)
        if tag not in found.tags.items():
            raise Refused(f"{name} does not carry {tag[0]}={tag[1]}.", code=Reason.NOT_OURS)
        if found.status == "deleting":
            return
        self._begin("remove", self.remove_call(name), fence)
        self._production.delete(name)
        self._production.raise_armed("instances.remove", after=True)

    def _begin(self, method: str, call: tuple[str, Mapping[str, Any]], fence: Fence) -> None:
        fence()
        noted = Call(service="rds", action=call[0], parameters=call[1])
        self._production.noted(f"instances.{method}", noted)

    def _ready(self, name: str) -> None:
        """RDS changes and copies an instance in these states only."""
        there(self._production.instances, name)
        if self._status(name) not in _READY:
            raise Temporary(f"{name} is {self._status(name)}")

    def _status(self, name: str) -> str:
        known = self._production.databases.get(name)
        return known.status if known else there(self._production.instances, name).status

    def _snapshot(self, name: str) -> tuple[str, str]:
        """Whose it is, and how it stands."""
        for database, found in self._production.snapshots.items():
            for each in found:
                if each.id == name:
                    return database, each.status
        raise OperationFailed(f"{name}: there is no such snapshot", code="not_found")
