"""What the supervisor says: where to look, as whom, what to try."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.topology import Topology, load
from sandbox.world import World


def banner(world: World, outside: Sequence[str]) -> str:
    """The text once everything stands. `outside` are variables that were not passed on."""
    topology = load(world.topology)
    service = next(iter(topology.services))
    lines = [
        "",
        f"  {topology.studio.name}'s production, in miniature. The bot is the real one.",
        "",
        *(
            f"  {title:<10} {_page(world, part)}"
            for part, title in (("slack", "Slack"), ("pagerduty", "PagerDuty"))
            if part in world.children
        ),
        f"  Logs       {world.logs}/",
        "",
        f"  Act as     {_people(topology)}",
        "",
        f"  Try, in #{topology.studio.channel.removeprefix('#')}:",
        "    /filmops help",
        f"    /filmops status {service}",
        f"    /filmops rollback {service}      then act as somebody else and approve it",
        "",
        "  Ctrl-C stops everything.",
        "",
    ]
    if outside:
        names = ", ".join(outside)
        lines.insert(-1, f"  Left outside, as they look like real credentials: {names}\n")
    return "\n".join(lines)


def farewell(left: Sequence[str], kept: Path | None) -> str:
    """The last line. `left` are processes that could not be ended."""
    if left:
        return f"Could not be stopped: {', '.join(left)}"
    where = f" Logs and data are in {kept}." if kept else ""
    return f"Stopped; no process is left.{where}"


def _page(world: World, part: str) -> str:
    said = world.announced(part)
    return str(said.get("page") or said["url"])


def _people(topology: Topology) -> str:
    roles: dict[str, list[str]] = {key: [] for key in topology.people}
    for name, role in topology.roles.items():
        for person in role.people:
            roles[person].append(name)
    return ", ".join(
        f"{topology.people[key].name.split()[0]} ({', '.join(held) or 'no role'})"
        for key, held in roles.items()
    )
