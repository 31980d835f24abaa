"""One service of the status: what is live, and both colours side by side.

Before: a `ServiceState` as read. After: `blocks.status`. No traffic is never shown as 0 %, and
a part that could not be read says so in its place.
"""

from __future__ import annotations

from datetime import datetime

from blocks.elements import Block, bullets, section
from blocks.text import clock, count, inline, percent, seconds, typed
from bot.domain.attention import differing, live_colours, shares
from bot.domain.listing import both
from bot.domain.live import ColourState, Minute, Missing, Route, ServiceState, Targets, Tasks
from bot.domain.verdict import error_rate, worst_p95
from bot.domain.window import periods, window
from bot.topology import Colour, Metrics, Service

ICONS = {Colour.BLUE: ":large_blue_circle:", Colour.GREEN: ":large_green_circle:"}


def service_blocks(service: Service, state: ServiceState, metrics: Metrics) -> list[Block]:
    """The service's headline, its routes if they differ, and its colours as two fields."""
    live = frozenset() if isinstance(state.routes, Missing) else live_colours(state.routes)
    title = f"*{inline(service.title, 200)}* ({typed(service.key, 80)}): {_live(state)}"
    halves = [
        {"type": "mrkdwn", "text": _colour(colour, state, metrics, live=colour in live)[:2000]}
        for colour in Colour
    ]
    return [section(title), *_routes(state), {"type": "section", "fields": halves}]


def unread(missing: Missing) -> str:
    """How a missing part is shown everywhere."""
    return f"could not be read: {inline(missing.reason, 300)}"


def _live(state: ServiceState) -> str:
    if isinstance(state.routes, Missing):
        return f"which colour is live {unread(state.routes)}"
    if not state.routes:
        return "no listener forwards to either colour"
    live = [str(colour) for colour in Colour if colour in live_colours(state.routes)]
    if not live:
        return "no route sends traffic to either colour"
    routes = count(len(state.routes), "route")
    if len(live) == 1 and not differing(state.routes):
        return f"*{live[0]} is live* on {routes}"
    return f"traffic goes to *{both(live)}* over {routes}"


def _routes(state: ServiceState) -> list[Block]:
    """The weights, one line a route, when one line cannot tell it: shared or differing routes."""
    if isinstance(state.routes, Missing) or not state.routes:
        return []
    odd = differing(state.routes)
    if not odd and len(live_colours(state.routes)) == 1:
        return []
    lines = [_route(route, odd=route in odd) for route in state.routes]
    return [bullets("", lines)]


def _route(route: Route, *, odd: bool) -> str:
    share = shares(route)
    weights = ", ".join(f"{colour} {percent(share[colour])}" for colour in Colour)
    return f"{inline(route.label, 150)}: {weights}" + (
        " :warning: *differs from the default route*" if odd else ""
    )


def _colour(colour: Colour, state: ServiceState, metrics: Metrics, *, live: bool) -> str:
    half = state.colours[colour]
    role = "live" if live else "no traffic by its weights"
    if isinstance(state.routes, Missing):
        role = "live or not is unknown"
    return "\n".join(
        [
            f"{ICONS[colour]} *{colour}* ({role})",
            *_tasks(half.tasks),
            f"Targets: {_targets(half.targets)}",
            f"Traffic: {_traffic(half, state.read_at, metrics)}",
        ]
    )


def _tasks(tasks: Tasks | Missing) -> list[str]:
    if isinstance(tasks, Missing):
        return [f"Tasks: {unread(tasks)}"]
    pending = f", {tasks.pending} pending" if tasks.pending else ""
    revision = tasks.task_definition.rpartition("/")[2]
    lines = [
        f"Tasks: {tasks.running} of {tasks.desired} running{pending}",
        f"Version: {typed(tasks.version, 60)} ({inline(revision, 100)})",
        f"Image: {inline(tasks.image, 300)}",
    ]
    if tasks.deployments:
        newest = tasks.deployments[0]
        words = inline(newest.rollout, 40).lower().replace("_", " ")
        lines.append(f"Rollout: {words}, begun {newest.created_at:%Y-%m-%d %H:%M} UTC")
    return lines


def _targets(targets: Targets | Missing) -> str:
    if isinstance(targets, Missing):
        return unread(targets)
    if not targets.total:
        return "none registered"
    draining = f", {targets.draining} draining" if targets.draining else ""
    why = f" ({inline(', '.join(targets.reasons), 200)})" if targets.reasons else ""
    return f"{targets.healthy} healthy, {targets.unhealthy} unhealthy{draining}{why}"


def _traffic(half: ColourState, read_at: datetime, metrics: Metrics) -> str:
    if isinstance(half.minutes, Missing):
        return unread(half.minutes)
    start, end = window(read_at, metrics)
    span = f"{clock(start)} to {clock(end)} UTC"
    rate = error_rate(half.minutes)
    if rate is None:
        return f"none, {span}"
    return f"{_rates(half.minutes, rate)}, {span}{_gaps(half.minutes, metrics)}"


def _rates(minutes: tuple[Minute, ...], rate: float) -> str:
    errors, requests = sum(m.errors for m in minutes), sum(m.requests for m in minutes)
    p95 = worst_p95(minutes)
    slow = "p95 unknown" if p95 is None else f"worst p95 {seconds(p95)}"
    return f"*{percent(rate)} errors* ({errors:,} of {requests:,} requests), {slow}"


def _gaps(minutes: tuple[Minute, ...], metrics: Metrics) -> str:
    expected = periods(metrics)
    silent = expected - sum(1 for minute in minutes if minute.requests or not minute.complete)
    partly = sum(1 for minute in minutes if not minute.complete)
    notes = [
        f"{silent} of {expected} periods without traffic" if silent > 0 else "",
        f"{partly} told in part" if partly else "",
    ]
    words = ", ".join(note for note in notes if note)
    return f" ({words})" if words else ""
