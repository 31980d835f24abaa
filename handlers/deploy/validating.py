"""A deployment's validation, after its first watch: error logs, the database, the queue.

Runbook, *Post-Deployment Validation*. Before: all traffic has moved. After: the long watch. Whoever
resumes it after it was held answers for the logs: they would be the same once more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.checklist import Check, Found
from bot.domain.live import DatabaseState, Missing, QueueState
from bot.domain.release import LogPage
from bot.engine.dispatch import redact
from bot.engine.look import part
from bot.engine.step import Done, Hold, Outcome, Work
from bot.engine.switching import service_of
from handlers.deploy.moving import switched_at

MOST_LINES = 500
"""Lines of errors that are counted; more are said to be more."""


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
    if work.resumed:
        return Check(
            title=title, found=Found.UNKNOWN, said="Error logs were left to whoever resumed it."
        )
    start, before = switched_at(work), datetime.fromisoformat(work.results["deploy.guard"]["at"])
    length = min(work.now - start, _longest(work))
    after = await _found(work, start, length)
    earlier = await _found(work, before - length, length)
    allowed = work.world.topology.deploy.error_lines
    said = (
        f"{_number(after)} lines of errors since the switch, {_number(earlier)} in as long before "
        "the deployment began."
    )
    # Cut off, it is not known how many there are: two numbers that are cut off are not the same.
    if not after.more and len(after.lines) <= max(allowed, len(earlier.lines)):
        return Check(title=title, found=Found.OK, said=said)
    last = redact(after.lines[-1].text[:300])
    return Check(title=title, found=Found.FAILED, said=f"{said} One of them: {last}")


def _longest(work: Work) -> timedelta:
    """As long as the watch: what is looked at late is not compared over hours."""
    topology = work.world.topology
    seconds = topology.deploy.watch_minutes * topology.metrics.period_seconds
    return timedelta(seconds=seconds + topology.metrics.lag_seconds)


async def _found(work: Work, start: datetime, length: timedelta) -> LogPage:
    service = service_of(work)
    return await work.world.aws.logs.search(
        service.log_group,
        pattern=service.deploy.error_pattern if service.deploy is not None else "",
        start=start,
        end=start + length,
        limit=MOST_LINES,
    )


def _number(page: LogPage) -> str:
    return f"{len(page.lines)}{'+' if page.more else ''}"


def _database(key: str, state: DatabaseState | Missing) -> str:
    if isinstance(state, Missing):
        return f"{key} could not be read ({state.reason})."
    match state.connections:
        case Missing(reason=reason):
            return f"{key} is {state.status}, its connections could not be read ({reason})."
        case None:
            return f"{key} is {state.status}."
        case connections:
            return f"{key} is {state.status}, {connections} connections."


def _queue(key: str, state: QueueState | Missing, warning: int) -> str:
    if isinstance(state, Missing):
        return f"{key} could not be read ({state.reason})."
    deep = f", MORE than {warning}" if state.waiting > warning else ""
    return f"{key} holds {state.waiting}{deep}."
