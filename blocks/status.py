"""The answer to `/filmops status`: what needs attention first, then everything that was read.

Before: the handler reads all parts at once into a `StatusView`. After: the Slack adapter shows
it to the one who asked. Missing parts stand in their place with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from blocks import incident_parts, parts
from blocks.elements import Block, bullets, context, divider, fit, header, section
from blocks.status_service import service_blocks, unread
from blocks.text import count, cut, inline, mention, moment, utc
from bot.domain.attention import attention
from bot.domain.incident import Incident
from bot.domain.live import DatabaseState, GroupState, Missing, OpenIncident, QueueState
from bot.domain.lock import Lock
from bot.domain.message import Message
from bot.domain.request import Request
from bot.domain.run import Run
from bot.domain.view import StatusView
from bot.topology import Topology

T = TypeVar("T")
Line = Callable[[T], str]
_ADDRESS = re.compile(r"https?://[!-;=?-_a-{}~]{1,300}")
"""What may be a link: printable ASCII without what would end Slack's `<…|…>` or begin code."""
_FOR_SERVICES = 36
"""Blocks kept for services; the other parts need at most twelve, whatever they hold."""


def status(view: StatusView, topology: Topology) -> Message:
    """Everything on one page. The text is the verdict and the first things to look at."""
    needs = attention(view, topology)
    things = count(len(needs), "thing needs", "things need")
    verdict = f"{things} attention" if needs else "Nothing needs attention"
    per_service = [
        block
        for service, state in view.services
        for block in service_blocks(service, state, topology.metrics)
    ]
    more = "One service alone: `/filmops status NAME`."
    blocks = [
        header(f"{'⚠️' if needs else '✅'} {verdict}"),
        *([bullets("", [inline(sentence) for sentence in needs])] if needs else []),
        *fit(per_service, _FOR_SERVICES, more),
        *([divider()] if per_service else []),
        *_resources(view),
        *_people(view),
        context(f"Read {moment(view.read_at)}. Metrics lag {topology.metrics.lag_seconds:g} s."),
    ]
    said = " ".join(inline(sentence, 300) for sentence in needs[:5])
    return Message(
        text=cut(f"{verdict}, as of {utc(view.read_at)}. {said}".strip(), 3000),
        blocks=tuple(blocks),
    )


def _resources(view: StatusView) -> list[Block]:
    return [
        *_part("Databases", view.databases, _database),
        *_part("Queues", view.queues, _queue),
        *_part("Worker groups", view.groups, _group),
    ]


def _part(title: str, states: Mapping[str, T | Missing], line: Line[T]) -> list[Block]:
    lines = [
        f"{inline(key, 100)}: {unread(state) if isinstance(state, Missing) else line(state)}"
        for key, state in states.items()
    ]
    return [bullets(f"*{title}*", lines)] if lines else []


def _database(state: DatabaseState) -> str:
    words = [
        inline(state.status, 60),
        inline(f"{state.engine} on {state.instance_class}", 120),
        "two zones" if state.multi_az else "one zone",
        _connections(state.connections),
        _backup(state.latest_backup_at),
    ]
    if state.pending:
        changes = ", ".join(f"{name} {value}" for name, value in state.pending.items())
        words.append(f"pending: {inline(changes, 200)}")
    return ", ".join(words)


def _connections(connections: int | Missing | None) -> str:
    if isinstance(connections, Missing):
        return f"connections {unread(connections)}"
    return "connections unknown" if connections is None else count(connections, "connection")


def _backup(at: datetime | Missing | None) -> str:
    if isinstance(at, Missing):
        return f"the newest backup {unread(at)}"
    return "no backup is known" if at is None else f"restorable to {moment(at)}"


def _queue(state: QueueState) -> str:
    dead = "no dead-letter queue" if state.dead is None else count(state.dead, "dead letter")
    return f"{state.waiting:,} waiting, {state.in_flight:,} in flight, {dead}"


def _group(state: GroupState) -> str:
    return (
        f"{state.in_service} of {state.desired} instances in service "
        f"(between {state.minimum} and {state.maximum})"
    )


def _people(view: StatusView) -> list[Block]:
    return [
        _listed("Open incidents", view.ours, own_line),
        *(
            [_listed("Open at PagerDuty alone", view.incidents, incident_line)]
            if view.incidents
            else []
        ),
        _listed("Open runs", view.runs, run_line),
        _listed("Waiting for approval", view.waiting, request_line),
        _listed("Locks and freezes", view.locks, lock_line),
    ]


def _listed(title: str, items: tuple[T, ...] | Missing, line: Line[T]) -> Block:
    if isinstance(items, Missing):
        return section(f"*{title}:* {unread(items)}")
    return bullets(f"*{title}*", map(line, items)) if items else section(f"*{title}:* none")


def own_line(incident: Incident) -> str:
    """An open incident of ours."""
    return (
        f"{inline(incident_parts.headline(incident), 300)}, since {moment(incident.opened_at)}, "
        f"who has it: {incident_parts.owner(incident)}, `/filmops incident show {incident.name}`"
    )


def incident_line(incident: OpenIncident) -> str:
    """One that is open at PagerDuty, with its link."""
    people = ", ".join(inline(name, 80) for name in incident.assigned_to) or "nobody"
    return (
        f"{link(incident.url, incident.title)}: {inline(incident.status, 40)}, "
        f"{inline(incident.urgency, 40)} urgency, on {people}, since {moment(incident.opened_at)}"
    )


def link(url: str, words: str) -> str:
    """A link that looks like what it is; the words alone when the address is none."""
    label = inline(words, 200).replace("|", "¦")
    return f"<{url.replace('&', '&amp;')}|{label}>" if _ADDRESS.fullmatch(url) else label


def run_line(run: Run) -> str:
    """An open run."""
    where = inline(parts.resource(run.resource), 100)
    return (
        f"{run.name} {inline(run.operation, 60)} {where}: {run.state}, "
        f"since {moment(run.started_at)}, `/filmops show {run.name}`"
    )


def request_line(request: Request) -> str:
    """A request that waits for people."""
    return (
        f"{inline(parts.subject(request), 200)}: {count(request.still_needed, 'approval')} needed "
        f"until {moment(request.expires_at)}, asked by {mention(request.actor)}"
    )


def lock_line(lock: Lock) -> str:
    """A lock or freeze with its owner and reason."""
    what = inline(parts.resource(lock.resource), 100)
    return (
        f"{lock.kind} on {what} by {mention(lock.owner)} {lock.until(moment(lock.expires_at))}: "
        f"{inline(lock.reason, 300)}"
    )
