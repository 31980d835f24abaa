"""The twin of `bot.adapters.slack.people`: the file's roles, and groups one sets."""

from __future__ import annotations

from collections.abc import Iterable

from bot.errors import Temporary
from bot.topology import Topology


class MemoryPeople:
    """See `bot.ports.People`. Nothing is cached: what `set_group` says holds at once."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._groups: dict[str, frozenset[str]] = {}
        self.silent: Temporary | None = None

    def set_group(self, group: str, users: Iterable[str]) -> None:
        """Say who is in a Slack user group, by its id."""
        self._groups[group] = frozenset(users)

    async def roles(self, user: str) -> frozenset[str]:
        """The user's roles; with `silent` set, groups nobody has read yet cannot be asked."""
        grouped = {
            name
            for name, role in self._topology.roles.items()
            if any(user in self._groups.get(group, ()) for group in role.groups)
        }
        roles = self._topology.roles_of(user) | grouped
        unread = any(
            group not in self._groups
            for role in self._topology.roles.values()
            for group in role.groups
        )
        if self.silent is not None and unread and not roles:
            raise self.silent
        return roles
