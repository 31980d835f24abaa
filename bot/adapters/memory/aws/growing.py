"""Groups and autoscaling of a memory production.

Before it come tests, which set and read it, and `production`; after it the twins.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

from bot.adapters.memory.aws.keeping import Keeping
from bot.adapters.memory.aws.running import Half
from bot.domain.capacity import Autoscaling, Fleet, Member
from bot.domain.live import GroupState
from bot.topology import Topology


class Growing(Keeping):
    """See `MemoryProduction`. Everything public may be set.

    `scaled` (who else sets a colour's tasks) goes by service key and colour; `groups`, `members`
    and `group_scaling` by group key, whose bounds are those in `groups`. `busy` has instances by
    id. Instances come and go at once, or with `settle_group` when `groups_settle` is False.
    """

    def __init__(self, topology: Topology, now: Callable[[], datetime] | None = None) -> None:
        super().__init__(topology, now)
        self.scaled: dict[Half, Autoscaling] = {}
        self.groups = {
            key: GroupState(desired=2, minimum=1, maximum=6, in_service=2)
            for key in topology.groups
        }
        self.members = {key: [_member(1), _member(2)] for key in topology.groups}
        self.group_scaling = {key: Autoscaling(minimum=0, maximum=0) for key in topology.groups}
        self.busy: set[str] = set()
        self.groups_settle = True
        self._launched = 2

    def fleet(self, key: str) -> Fleet:
        """The group as it is described."""
        state = self.groups[key]
        bounds = replace(self.group_scaling[key], minimum=state.minimum, maximum=state.maximum)
        return Fleet(desired=state.desired, members=tuple(self.members[key]), autoscaling=bounds)

    def desire(self, key: str, desired: int) -> None:
        """What SetDesiredCapacity comes to."""
        self.groups[key] = replace(self.groups[key], desired=desired)
        if self.groups_settle:
            self.settle_group(key)

    def limit(self, key: str, minimum: int | None, maximum: int | None) -> None:
        """What UpdateAutoScalingGroup comes to: a count outside the bounds moves."""
        old = self.groups[key]
        low = old.minimum if minimum is None else minimum
        high = old.maximum if maximum is None else maximum
        self.groups[key] = replace(old, minimum=low, maximum=high)
        self.desire(key, min(max(old.desired, low), high))

    def protect(self, key: str, ids: Collection[str], *, protected: bool) -> None:
        """What SetInstanceProtection comes to: what may go now, goes."""
        self.members[key] = [
            replace(each, protected=protected) if each.id in ids else each
            for each in self.members[key]
        ]
        if self.groups_settle:
            self.settle_group(key)

    def settle_group(self, key: str) -> None:
        """Instances come or go until there are as many as wanted; protected ones stay."""
        members, desired = self.members[key], self.groups[key].desired
        while len(members) < desired:
            self._launched += 1
            members = [*members, _member(self._launched)]
        for each in list(members):
            if len(members) > desired and not each.protected:
                members = [other for other in members if other is not each]
        self.members[key] = members
        self.groups[key] = replace(self.groups[key], in_service=len(members))

    def bound(self, half: Half, minimum: int | None, maximum: int | None) -> None:
        """What RegisterScalableTarget comes to: a count outside the bounds moves."""
        old = self.scaled.get(half)
        low = minimum if minimum is not None else (old.minimum if old else 0)
        high = maximum if maximum is not None else (old.maximum if old else low)
        known = old or Autoscaling(minimum=low, maximum=high)
        self.scaled[half] = replace(known, minimum=low, maximum=high)
        tasks = self.tasks[half]
        within = min(max(tasks.desired, low), high)
        if within != tasks.desired:
            self.tasks[half] = replace(tasks, desired=within, running=within)


def _member(number: int) -> Member:
    return Member(id=f"i-{number:04}", state="InService", healthy=True, protected=False)
