"""A deployment's watches: with a share of the traffic, after all has moved, and until minute 30.

Each closed minute is judged; the runbook's triggers turn the run round if the old colour would
help, and hold it if not. What is judged is read anew from CloudWatch at every look, so a worker
that dies in minute 4 of 10 leaves nothing behind that the next one needs.
"""

from __future__ import annotations

from datetime import datetime

from bot.domain.attention import shares
from bot.domain.run import RESUMED
from bot.domain.verdict import Verdict, closed, judged_at
from bot.domain.watch import Trigger, fired, settled
from bot.domain.watch_words import found, watched
from bot.domain.way_back import Stay, would_help
from bot.engine.look import part
from bot.engine.step import Back, Done, Hold, Outcome, Wait, Work
from bot.engine.switching import service_of, weights_text
from bot.errors import Temporary
from bot.topology import Colour
from handlers.deploy.charting import chart_this
from handlers.deploy.looking import Seen, look_at, weights_of
from handlers.deploy.moving import freeze
from handlers.deploy.preparing import live

SOONEST_LOOK = 0.5
"""Seconds until a closed minute is asked for again that CloudWatch did not tell yet."""

BLIND_LOOK = 5.0
"""Seconds until CloudWatch is asked again when it did not answer at all."""


async def watch(work: Work) -> Outcome:
    """Judge every closed minute since this step began."""
    return await _watched(work, work.started_at, read=0)


async def monitor(work: Work) -> Outcome:
    """The same minutes and those that follow; resumed, it begins anew as every watch does."""
    if work.resumed:
        return await watch(work)
    before = work.results["deploy.watch"]
    since = datetime.fromisoformat(str(before["since"]))
    return await _watched(work, since, read=int(before["read"]))


async def _watched(work: Work, since: datetime, *, read: int) -> Outcome:
    """`read`: how many of the minutes since then an earlier step has judged already."""
    moved = await _moved_by_others(work)
    if moved:
        await freeze(work, moved)
        return Hold(said=f"{moved} Nothing is moved while two hands are on it.")
    starts = _closed(work, since)
    known = int(work.progress.get("read", read))
    try:
        seen = await look_at(work, since, starts, weights_of(work.args), known)
    except Temporary as fault:
        return _blind(work, len(starts) - known, fault.message)
    outcome = await _judge(work, seen)
    if isinstance(outcome, Done | Hold):
        # One that turns the run round is drawn when traffic is back: drawing takes seconds.
        await chart_this(work, seen)
    return outcome


async def _moved_by_others(work: Work) -> str:
    """A sentence when a route is not at the weights this step watches; else empty."""
    weights = weights_of(work.args)
    wanted = {colour: weights.get(colour, 0) / sum(weights.values()) for colour in Colour}
    routes = await work.world.aws.traffic.routes(service_of(work))
    ours = [route for route in routes if route.arn in work.args["routes"]]
    moved = [
        f"{route.label} is at {weights_text(route.weights)}"
        for route in ours
        if shares(route) != wanted
    ]
    if len(ours) < len(work.args["routes"]):
        moved.append("a rule is gone")
    if not moved:
        return ""
    return f"Somebody else moved traffic: {'; '.join(moved)}, not {weights_text(weights)}."


def _closed(work: Work, since: datetime) -> tuple[datetime, ...]:
    """The closed minutes so far: those asked for, and as many more as a breach or blindness that
    began in the last of them takes to be one.
    """
    topology, watching = work.world.topology, work.world.topology.watch
    more = max(watching.trigger_minutes, watching.blind_minutes)
    limit = int(work.args["minutes"]) + more
    return closed(since=since, now=work.now, metrics=topology.metrics, limit=limit)


def _blind(work: Work, unread: int, why: str) -> Outcome:
    """CloudWatch did not answer: neither success nor failure, and not for ever."""
    said = f"BLIND: CloudWatch does not answer ({why}); {unread} closed minutes are not judged"
    if unread >= work.world.topology.watch.blind_minutes:
        return Hold(said=f"{said}. It is not known how the release does.")
    return Wait(seconds=BLIND_LOOK, progress={**work.progress, "said": f"{said} yet."})


async def _judge(work: Work, seen: Seen) -> Outcome:
    watching, said = work.world.topology.watch, _said(work, seen)
    trigger = fired(seen.new, watching)
    if trigger is not None:
        return await _fired(work, seen, trigger, said)
    if seen.unread >= watching.blind_minutes:
        return Hold(said=f"{said}. BLIND: it is not known how the release does.")
    if work.promoted_by and settled(seen.new):
        return _done(seen, f"{said}. Promoted by <@{work.promoted_by}>.")
    left = int(work.args["minutes"]) - len(seen.new)
    return _wait(work, seen, said) if left > 0 else _full(work, seen, said, over=-left)


def _full(work: Work, seen: Seen, said: str, *, over: int) -> Outcome:
    """All minutes asked for have closed, and `over` more: done when the last ones are well and
    somebody was served in one. Figures may come late, so it is waited a little for either.
    """
    watching = work.world.topology.watch
    served = any(one.verdict is Verdict.OK for one in seen.new)
    if served and settled(seen.new) and not seen.unread:
        return _done(seen, f"{said}.")
    if over < max(watching.trigger_minutes, watching.blind_minutes):
        return _wait(work, seen, said)
    if served:
        return Hold(said=f"{said}. Still not known to be well.")
    return Hold(
        said=f"{said}. Nobody used it, and no data is not success. Resume watches anew, and "
        "Promote now then goes on."
    )


def _said(work: Work, seen: Seen) -> str:
    return watched(
        seen.new,
        wanted=int(work.args["minutes"]),
        now=work.now,
        period_seconds=work.world.topology.metrics.period_seconds,
    )


def _done(seen: Seen, said: str) -> Done:
    detail = {"since": seen.since.isoformat(), "read": len(seen.new) - seen.unread}
    return Done(said=said, detail=detail)


def _wait(work: Work, seen: Seen, said: str) -> Outcome:
    """Until the next minute may be judged; for one that is late, a moment."""
    metrics = work.world.topology.metrics
    due = judged_at(since=seen.since, metrics=metrics, number=len(seen.new))
    seconds = max((due - work.now).total_seconds(), SOONEST_LOOK)
    read = len(seen.new) - seen.unread
    progress = {"said": f"{said}.", "read": read, RESUMED: work.resumed}
    return Wait(seconds=seconds, progress=progress)


async def _fired(work: Work, seen: Seen, trigger: Trigger, said: str) -> Outcome:
    """Back, if that would help; otherwise it stands still, and a person is called."""
    topology = work.world.topology
    help_ = would_help(
        trigger,
        old=live(work),
        minutes=seen.old,
        targets=await part(work.world.aws.traffic.targets(service_of(work), live(work))),
        reversible=bool(work.args["reversible"]),
        database_before=work.results["deploy.guard"].get("database_failures"),
        thresholds=topology.thresholds,
        watching=topology.watch,
    )
    # What it was and what follows come first: an incident's line and a phone show the beginning.
    row = f", {topology.watch.trigger_minutes} closed minutes in a row" if trigger.lasts else ""
    why = f"{found(trigger, seen.new)}{row}."
    if isinstance(help_, Stay):
        return Hold(said=f"{why} Going back would not help: {help_.reason} Seen: {said}.")
    return Back(said=f"{why} {help_.reason} Seen: {said}.")
