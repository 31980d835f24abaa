"""The port People: roles from the topology, and from Slack's user groups.

A group is read once a minute at most (Slack allows 20 such calls a minute). When Slack cannot
be asked, what was last known stands for an hour; after that nobody is in the group.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.adapters.slack.api import SlackApi, listed
from bot.errors import OperationFailed, Temporary
from bot.ports import Clock
from bot.topology import Topology

FRESH = timedelta(seconds=60)
STALE = timedelta(hours=1)
_AGAIN = timedelta(seconds=10)  # after a failed look, unless Slack named a time

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Members:
    """Who is in a group, when Slack said so, and when to ask again."""

    users: frozenset[str]
    read_at: datetime
    ask_at: datetime


class SlackPeople:
    """See `bot.ports.People`."""

    def __init__(self, api: SlackApi, topology: Topology, clock: Clock) -> None:
        self._api = api
        self._topology = topology
        self._clock = clock
        self._members: dict[str, _Members] = {}
        self._asking = asyncio.Lock()

    async def roles(self, user: str) -> frozenset[str]:
        """The user's roles. Raises Temporary when nothing is known of them and Slack is silent."""
        roles = set(self._topology.roles_of(user))
        silent: Temporary | None = None
        for name, role in self._topology.roles.items():
            for group in role.groups:
                try:
                    if user in await self._users(group):
                        roles.add(name)
                except Temporary as error:
                    silent = error
        if silent is not None and not roles:
            # "You have no role" would be a lie: we could not look.
            raise silent
        return frozenset(roles)

    async def _users(self, group: str) -> frozenset[str]:
        async with self._asking:
            now = self._clock.now()
            known = self._members.get(group)
            if known is not None and now < known.ask_at:
                return known.users
            try:
                answer = await self._api.read("usergroups.users.list", {"usergroup": group})
                users = frozenset(listed(answer, "users"))
            except OperationFailed as error:
                # A lasting no (deleted group, missing scope) gives nobody a right.
                _log.error("slack.group_unreadable", group=group, said=error.message)
                users = frozenset()
            except Temporary as error:
                return self._last_known(group, error, now)
            self._members[group] = _Members(users=users, read_at=now, ask_at=now + FRESH)
            return users

    def _last_known(self, group: str, error: Temporary, now: datetime) -> frozenset[str]:
        known = self._members.get(group)
        if known is None or now - known.read_at > STALE:
            raise error
        _log.warning("slack.group_stale", group=group, said=error.message)
        wait = timedelta(seconds=error.retry_after) if error.retry_after else _AGAIN
        self._members[group] = _Members(users=known.users, read_at=known.read_at, ask_at=now + wait)
        return known.users
