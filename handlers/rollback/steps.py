"""The steps of a rollback: guard, switch, targets, probe, watch.

Names are in journals: a name is never reused for something else. Traffic moves first; what
looks wrong afterwards holds the run and pages, it never moves traffic again by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.live import Minute
from bot.domain.rollback import healthy_enough, is_on
from bot.domain.verdict import Verdict, closed, error_rate, judge, judged_at
from bot.engine.step import Done, Hold, Outcome, StepCode, Wait, Work
from bot.engine.switching import service_of, switch, switched
from bot.engine.trying import fine, look_again, wrong_with
from bot.engine.workflow import dispatch, follow
from bot.errors import Temporary
from bot.topology import Colour

SOONEST_LOOK = 0.5
"""Seconds until a closed minute is asked for again that CloudWatch did not tell yet."""


def _colour(work: Work) -> Colour:
    return Colour(work.args["colour"])


async def _guard(work: Work) -> Outcome:
    """Never onto a broken colour: looked at again right before traffic moves."""
    targets = await work.world.aws.traffic.targets(service_of(work), _colour(work))
    said = f"{targets.healthy} of {targets.total} targets of {_colour(work)} are healthy"
    if healthy_enough(targets, work.world.topology.thresholds):
        return Done(said=f"{said}.")
    return Hold(said=f"{said}: no traffic was moved onto it.")


async def _landed(work: Work) -> Outcome:
    """After a workflow has moved the traffic: whether all of it really is there."""
    routes = await work.world.aws.traffic.routes(service_of(work))
    off = [route.label for route in routes if not is_on(route, _colour(work))]
    if off or not routes:
        return look_again(work, f"{', '.join(off) or 'no route'} is not on {_colour(work)}")
    return Done(said=f"All traffic is on {_colour(work)}.")


async def _targets(work: Work) -> Outcome:
    targets = await work.world.aws.traffic.targets(service_of(work), _colour(work))
    said = f"{targets.healthy} of {targets.total} targets healthy"
    if healthy_enough(targets, work.world.topology.thresholds):
        return Done(said=f"{said}.")
    return look_again(work, f"{said}; {'; '.join(targets.reasons[:3])}")


async def _probe(work: Work) -> Outcome:
    service, version = service_of(work), str(work.args["version"])
    flows = service.critical_flows
    wrong = await wrong_with(work.world, service, version, flows=flows)
    return look_again(work, wrong) if wrong else Done(said=fine(service, version, flows))


async def _watch(work: Work) -> Outcome:
    """Judge each closed minute since traffic moved; a breach means the old colour is bad too."""
    topology = work.world.topology
    wanted = int(work.args["minutes"])
    starts = closed(since=work.started_at, now=work.now, metrics=topology.metrics, limit=wanted)
    try:
        found = await _minutes(work, starts)
    except Temporary as fault:
        return _wait(work, starts, f"BLIND: CloudWatch does not answer ({fault.message})")
    verdicts = [judge(found.get(start), topology.thresholds) for start in starts]
    said = _said(verdicts, list(found.values()), wanted)
    if Verdict.BREACH in verdicts:
        return Hold(said=f"{said} {_colour(work)} is bad too: traffic stays there for a person.")
    if len(starts) == wanted and Verdict.BLIND not in verdicts:
        return Done(said=said, detail={"verdicts": [str(verdict) for verdict in verdicts]})
    return _wait(work, starts, said)


async def _minutes(work: Work, starts: tuple[datetime, ...]) -> Mapping[datetime, Minute]:
    if not starts:
        return {}
    period = timedelta(seconds=work.world.topology.metrics.period_seconds)
    read = await work.world.aws.metrics.minutes(
        service_of(work), start=starts[0], end=starts[-1] + period
    )
    return {minute.start: minute for minute in read.get(_colour(work), ())}


def _wait(work: Work, starts: tuple[datetime, ...], said: str) -> Outcome:
    if (work.now - work.started_at).total_seconds() > float(work.args["give_up_seconds"]):
        return Hold(said=f"Not known to be well after {work.args['give_up_seconds']:g} s. {said}")
    metrics = work.world.topology.metrics
    due = judged_at(since=work.started_at, metrics=metrics, number=len(starts))
    seconds = (due - work.now).total_seconds()
    return Wait(seconds=max(seconds, SOONEST_LOOK), progress={"said": said})


def _said(verdicts: list[Verdict], minutes: list[Minute], wanted: int) -> str:
    if not verdicts:
        return f"Watching: 0 of {wanted} closed minutes so far."
    counts = ", ".join(
        f"{verdicts.count(verdict)} {verdict}" for verdict in Verdict if verdict in verdicts
    )
    rate = error_rate(minutes)
    known = "no requests" if rate is None else f"{rate:.1%} errors"
    slow = max((m.p95_seconds for m in minutes if m.p95_seconds is not None), default=None)
    p95 = "" if slow is None else f", worst p95 {slow * 1000:.0f} ms"
    return f"{len(verdicts)} of {wanted} closed minutes: {counts}; {known}{p95}."


STEPS: Mapping[str, StepCode] = {
    "rollback.guard": StepCode(act=_guard),
    "rollback.switch": StepCode(act=switch, done=switched),
    "rollback.dispatch": StepCode(act=dispatch),
    "rollback.follow": StepCode(act=follow),
    "rollback.landed": StepCode(act=_landed),
    "rollback.targets": StepCode(act=_targets),
    "rollback.probe": StepCode(act=_probe),
    "rollback.watch": StepCode(act=_watch),
}
