"""What in a status needs a person's attention, most pressing first.

Before: a `StatusView` as read. After: the first lines of `/filmops status`. Judged by the
topology's thresholds. What could not be read needs attention too: unknown is never fine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.domain.live import ColourState, Minute, Missing, Route, ServiceState, Targets, Tasks
from bot.domain.request import RequestState
from bot.domain.run import RunState
from bot.domain.verdict import Verdict, judge
from bot.domain.view import StatusView
from bot.topology import Colour, Thresholds, Topology


def attention(view: StatusView, topology: Topology) -> tuple[str, ...]:
    """Sentences, plain; empty when everything was read and nothing is out of order."""
    return (
        *_ours(view),
        *_held(view),
        *_services(view, topology.thresholds),
        *_incidents(view),
        *_databases(view),
        *_queues(view, topology),
        *_groups(view),
        *_waiting(view),
    )


def live_colours(routes: Iterable[Route]) -> frozenset[Colour]:
    """The colours that any route sends traffic to."""
    return frozenset(
        colour for route in routes for colour, weight in route.weights.items() if weight > 0
    )


def differing(routes: Iterable[Route]) -> tuple[Route, ...]:
    """Routes whose shares are not those of the first default action (or of the first route)."""
    listed = tuple(routes)
    main = next((route for route in listed if route.is_default), listed[0] if listed else None)
    return tuple(r for r in listed if main is not None and shares(r) != shares(main))


def shares(route: Route) -> dict[Colour, float]:
    """Each colour's share of a route, 0..1; all 0 when it sends nothing to either."""
    total = sum(route.weights.values())
    return {c: route.weights.get(c, 0) / total if total else 0.0 for c in Colour}


def _held(view: StatusView) -> Iterator[str]:
    if isinstance(view.runs, Missing):
        yield f"Runs could not be read: {view.runs.reason}."
        return
    for run in view.runs:
        if run.state is RunState.HELD:
            yield f"{run.name} ({run.operation}) is HELD and waits for a person."


def _services(view: StatusView, thresholds: Thresholds) -> Iterator[str]:
    for service, state in view.services:
        for sentence in _service(state, thresholds):
            yield f"{service.title}: {sentence}"


def _service(state: ServiceState, thresholds: Thresholds) -> Iterator[str]:
    if isinstance(state.routes, Missing):
        yield f"the load balancer could not be read ({state.routes.reason}); live is unknown."
        live = frozenset(Colour)
    else:
        live = live_colours(state.routes)
        if not live:
            yield "no route sends traffic to blue or green."
        if differing(state.routes):
            yield "its routes do not agree on where traffic goes."
    for colour in Colour:
        if colour in live:
            yield from _colour(colour, state.colours[colour], thresholds)


def _colour(colour: Colour, state: ColourState, thresholds: Thresholds) -> Iterator[str]:
    if isinstance(state.targets, Missing):
        yield f"{colour}'s targets could not be read ({state.targets.reason})."
    else:
        yield from _targets(colour, state.targets)
    if isinstance(state.tasks, Missing):
        yield f"{colour}'s tasks could not be read ({state.tasks.reason})."
    else:
        yield from _tasks(colour, state.tasks)
    if isinstance(state.minutes, Missing):
        yield f"{colour}'s metrics could not be read ({state.minutes.reason})."
    else:
        yield from _minutes(colour, state.minutes, thresholds)


def _targets(colour: Colour, targets: Targets) -> Iterator[str]:
    if not targets.healthy:
        yield f"{colour} has no healthy target."
    elif targets.unhealthy:
        yield f"{targets.unhealthy} of {colour}'s {targets.total} targets are unhealthy."


def _tasks(colour: Colour, tasks: Tasks) -> Iterator[str]:
    if tasks.running < tasks.desired:
        yield f"{colour} runs {tasks.running} of {tasks.desired} tasks."
    newest = tasks.deployments[0] if tasks.deployments else None
    if newest is not None and newest.rollout == "FAILED":
        yield f"{colour}'s newest deployment failed."


def _minutes(colour: Colour, minutes: tuple[Minute, ...], thresholds: Thresholds) -> Iterator[str]:
    verdicts = [judge(minute, thresholds) for minute in minutes]
    busy = sum(1 for minute in minutes if minute.requests)
    bad, blind = verdicts.count(Verdict.BREACH), verdicts.count(Verdict.BLIND)
    if bad:
        yield (
            f"{colour} was bad in {bad} of {busy} minutes (more than "
            f"{thresholds.error_rate:.0%} errors or p95 above {thresholds.p95_seconds:g} s)."
        )
    if blind:
        yield f"CloudWatch told {colour}'s metrics only in part for {blind} minutes."


def _ours(view: StatusView) -> Iterator[str]:
    """One sentence an incident that pages; a storm's others are counted in it."""
    if isinstance(view.ours, Missing):
        yield f"FilmOps' own incidents could not be read: {view.ours.reason}."
        return
    for incident in sorted(view.ours, key=lambda one: (one.severity, one.id)):
        if incident.parent is not None:
            continue
        state = "UNOWNED" if incident.unowned_at is not None else str(incident.state)
        yield f"{incident.severity} {incident.name} is {state}: {incident.title}"


def _incidents(view: StatusView) -> Iterator[str]:
    if isinstance(view.incidents, Missing):
        yield f"Incidents could not be read: {view.incidents.reason}."
    elif view.incidents:
        number = len(view.incidents)
        are = "incident is" if number == 1 else "incidents are"
        yield f"{number} {are} open in PagerDuty alone."


def _databases(view: StatusView) -> Iterator[str]:
    for key, database in view.databases.items():
        if isinstance(database, Missing):
            yield f"Database {key} could not be read: {database.reason}."
        elif database.status != "available":
            yield f"Database {key} is {database.status}."


def _queues(view: StatusView, topology: Topology) -> Iterator[str]:
    for key, queue in view.queues.items():
        if isinstance(queue, Missing):
            yield f"Queue {key} could not be read: {queue.reason}."
            continue
        warning = topology.queues[key].depth_warning
        if queue.waiting > warning:
            yield f"Queue {key} holds {queue.waiting} messages, more than {warning}."
        if queue.dead:
            yield f"Queue {key} has given up {queue.dead} messages (dead letters)."


def _groups(view: StatusView) -> Iterator[str]:
    for key, group in view.groups.items():
        if isinstance(group, Missing):
            yield f"Group {key} could not be read: {group.reason}."
        elif group.in_service < group.desired:
            yield f"Group {key} has {group.in_service} of {group.desired} instances in service."


def _waiting(view: StatusView) -> Iterator[str]:
    if isinstance(view.waiting, Missing):
        yield f"Waiting approvals could not be read: {view.waiting.reason}."
    else:
        planned = [r.name for r in view.waiting if r.state is RequestState.PLANNED]
        if planned:
            yield f"Waiting for approval: {', '.join(planned)}."
    if isinstance(view.locks, Missing):
        yield f"Locks could not be read: {view.locks.reason}."
