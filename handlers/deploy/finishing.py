"""A deployment's last steps: validation, the checklist afterwards, and the old colour kept warm.

Runbook, *Post-Deployment Validation*, *Post-Deployment Checklist*.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.checklist import Check, Found
from bot.domain.live import DatabaseState, Missing, QueueState
from bot.domain.message import Message
from bot.domain.release import LogPage
from bot.domain.verdict import error_rate, worst_p95
from bot.domain.window import window
from bot.engine.look import part
from bot.engine.retiring import retire_later
from bot.engine.step import Done, Hold, Outcome, Work
from bot.engine.switching import service_of
from bot.ports import ThreadNote
from handlers.deploy.preparing import idle

MOST_LINES = 500
"""Lines of errors that are counted; more are said to be more."""


def _since(work: Work) -> datetime:
    """When all traffic had moved."""
    return datetime.fromisoformat(str(work.results["deploy.watch"]["since"]))


async def validate(work: Work) -> Outcome:
    """Error logs against the same time before, the database, the queue."""
    service, world = service_of(work), work.world
    errors = await _errors(work)
    said = [errors.said]
    if service.database is not None:
        database = await part(world.aws.databases.state(world.topology.databases[service.database]))
        said.append(_database(service.database, database))
        if isinstance(database, DatabaseState) and database.status not in _WORKING:
            return Hold(said=f"{' '.join(said)} It does not serve.")
    if service.queue is not None:
        queue = world.topology.queues[service.queue]
        said.append(
            _queue(service.queue, await part(world.aws.queues.state(queue)), queue.depth_warning)
        )
    if errors.found is Found.FAILED:
        return Hold(said=" ".join(said))
    return Done(said=" ".join(said))


_WORKING = ("available", "backing-up", "storage-optimization")
"""States in which RDS serves."""


async def _errors(work: Work) -> Check:
    """More lines of errors than allowed, and more than there were before."""
    service, title = service_of(work), "Error logs"
    if not service.log_group or service.deploy is None:
        return Check(title=title, found=Found.UNKNOWN, said="No log group is named to look at.")
    since, now = _since(work), work.now
    logs, pattern = work.world.aws.logs, service.deploy.error_pattern
    after = await logs.search(
        service.log_group, pattern=pattern, start=since, end=now, limit=MOST_LINES
    )
    before = await logs.search(
        service.log_group, pattern=pattern, start=since - (now - since), end=since, limit=MOST_LINES
    )
    said = (
        f"{_number(after)} lines of errors since the switch, {_number(before)} in as long before."
    )
    allowed = work.world.topology.deploy.error_lines
    if len(after.lines) <= allowed or len(after.lines) <= len(before.lines):
        return Check(title=title, found=Found.OK, said=said)
    return Check(
        title=title, found=Found.FAILED, said=f"{said} One of them: {after.lines[-1].text[:300]}"
    )


def _number(page: LogPage) -> str:
    return f"{len(page.lines)}{'+' if page.more else ''}"


def _database(key: str, state: DatabaseState | Missing) -> str:
    if isinstance(state, Missing):
        return f"{key} could not be read ({state.reason})."
    connections = "" if state.connections is None else f", {state.connections} connections"
    return f"{key} is {state.status}{connections}."


def _queue(key: str, state: QueueState | Missing, warning: int) -> str:
    if isinstance(state, Missing):
        return f"{key} could not be read ({state.reason})."
    deep = f", MORE than {warning}" if state.waiting > warning else ""
    return f"{key} holds {state.waiting}{deep}."


async def finish(work: Work) -> Outcome:
    """The checklist into the thread, the old colour's end into the calendar."""
    checks = await _checklist(work)
    lines = [f"{'✔' if c.found is Found.OK else '✘ NOT'} {c.title}: {c.said}" for c in checks]
    note = ThreadNote(
        key=f"R{work.run}:checklist",
        subject=f"R{work.run}",
        message=Message(
            text="Post-deployment checklist. " + " ".join(f"{line}." for line in lines)
        ),
    )
    await work.world.store.cards.note(note, work.now)
    retired = await retire_later(work.world, service_of(work), run=work.run)
    bad = [c.title for c in checks if c.found is not Found.OK]
    mind = f" NOT in order: {'; '.join(bad)}." if bad else " The checklist is in order."
    return Done(
        said=f"{work.args['version']} serves on {idle(work)}.{mind} {retired}".rstrip(),
        detail={
            "change": {
                "version": work.args["version"],
                "from": work.args["old_version"],
                "colour": str(idle(work)),
                "revision": work.results.get("deploy.register", {}).get("arn", ""),
                "outcome": "deployed",
            }
        },
    )


async def _checklist(work: Work) -> Sequence[Check]:
    world, service, deploy = work.world, service_of(work), work.world.topology.deploy
    start, end = window(work.now, world.topology.metrics)
    read = await part(world.aws.metrics.minutes(service, start=max(start, _since(work)), end=end))
    targets = await part(world.aws.traffic.targets(service, idle(work)))
    minutes = () if isinstance(read, Missing) else tuple(read.get(idle(work), ()))
    rate, p95 = error_rate(minutes), worst_p95(minutes)
    bad = [
        incident.name
        for incident in await world.store.incidents.unresolved()
        if incident.service == service.key and incident.severity in ("P1", "P2")
    ]
    healthy = not isinstance(targets, Missing) and targets.healthy and not targets.unhealthy
    return (
        _line(
            "All health checks passing",
            targets.reason
            if isinstance(targets, Missing)
            else f"{targets.healthy} of {targets.total}",
            ok=bool(healthy),
        ),
        _line(
            f"Error rate below {deploy.error_rate:.0%}",
            "unknown" if rate is None else f"{rate:.2%}",
            ok=rate is not None and rate < deploy.error_rate,
        ),
        _line(
            f"p95 below {deploy.p95_seconds * 1000:.0f} ms",
            "unknown" if p95 is None else f"{p95 * 1000:.0f} ms",
            ok=p95 is not None and p95 < deploy.p95_seconds,
        ),
        _line("No critical alerts triggered", ", ".join(bad) or "none", ok=not bad),
        _line("Deployment logged in change log", f"R{work.run}", ok=True),
    )


def _line(title: str, said: str, *, ok: bool) -> Check:
    return Check(title=title, found=Found.OK if ok else Found.FAILED, said=said)
