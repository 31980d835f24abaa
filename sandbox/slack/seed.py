"""Who and what is there before anything happens, from the topology.

Before: `bot.topology`. After: `workspace` starts, and starts over, from these.
"""

from __future__ import annotations

import time

from bot.topology import Topology
from sandbox.slack.values import (
    BOT_NAME,
    BOT_USER_ID,
    OTHER_TEAM_ID,
    Channel,
    Person,
    UserGroup,
)


def people(topology: Topology) -> dict[str, Person]:
    """Everybody in the file, the bot, and a guest of another team."""
    found = [
        Person(id=person.slack, name=key, real_name=person.name, email=person.email)
        for key, person in topology.people.items()
    ]
    found.append(Person(id=BOT_USER_ID, name=BOT_NAME, real_name="FilmOps", email="", is_bot=True))
    found.append(
        Person(
            id="U0GUEST",
            name="guest",
            real_name="Gus Elsewhere",
            email="gus@elsewhere.example",
            team_id=OTHER_TEAM_ID,
        )
    )
    return {person.id: person for person in found}


def groups(topology: Topology) -> dict[str, UserGroup]:
    """A user group for each role: the ids it names, or one made from its name."""
    found: dict[str, UserGroup] = {}
    for role, members in topology.roles.items():
        users = [topology.people[person].slack for person in members.people]
        for group_id in members.groups or (f"S0{role.upper().replace('-', '')}",):
            found[group_id] = UserGroup(id=group_id, handle=role, users=users)
    return found


def channels(topology: Topology) -> dict[str, Channel]:
    """The studio's channel and two more; the bot is in all of them."""
    names = dict.fromkeys((topology.studio.channel.removeprefix("#"), "engineering", "general"))
    now = int(time.time())
    ids = {name: "C0" + "".join(c for c in name.upper() if c.isalnum()) for name in names}
    return {ids[name]: Channel(id=ids[name], name=name, created=now) for name in names}
