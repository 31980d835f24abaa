"""The steps of a rollback: guard, switch, targets, probe, watch.

Names are in journals: a name is never reused for something else. Traffic moves first; what
looks wrong afterwards holds the run and pages, it never moves traffic again by itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.live import Minute, ProbeResult, Route
from bot.domain.rollback import healthy_enough
from bot.domain.verdict import Verdict, closed, error_rate, judge, judged_at
from bot.engine.step import Done, Hold, Outcome, StepCode, Wait, Work
from bot.errors import OperationFailed, Temporary
from bot.topology import Colour, Service

LOOKS = 15
"""How often targets and the product are looked at before a person is asked."""

BETWEEN_LOOKS = 2.0

SOONEST_LOOK = 0.5
"""Seconds until a closed minute is asked for again that CloudWatch did not tell yet."""


def _service(work: Work) -> Service:
    key = str(work.args["service"])
    service = work.world.topology.services.get(key)
    if service is None:
        raise OperationFailed(f"filmops.toml has no service {key} any more.", code="not_found")
    return service


def _colour(work: Work) -> Colour:
    return Colour(work.args["colour"])


async def _guard(work: Work) -> Outcome:
    """Never onto a broken colour: looked at again right before traffic moves."""
    targets = await work.world.aws.traffic.targets(_service(work), _colour(work))
    said = f"{targets.healthy} of {targets.total} targets of {_colour(work)} are healthy"
    if healthy_enough(targets, work.world.topology.thresholds):
        return Done(said=f"{said}.")
    return Hold(said=f"{said}: no traffic was moved onto it.")


async def _route(work: Work) -> Route:
    routes = await work.world.aws.traffic.routes(_service(work))
    route = next((r for r in routes if r.arn == work.args["route"]), None)
    if route is None:
        raise OperationFailed("The listener or rule is gone.", code="not_found")
    return route


def _weights(value: Mapping[str, int]) -> Mapping[Colour, int]:
    return {Colour(name): int(weight) for name, weight in value.items()}


async def _switched(work: Work) -> Done | None:
    route = await _route(work)
    after = _weights(work.args["after"])
    if {colour: route.weights.get(colour, 0) for colour in after} != after:
        return None
    shown = ", ".join(f"{colour} {after.get(colour, 0)}" for colour in Colour)
    return Done(said=f"{route.label} read back as {shown}.")


async def _switch(work: Work) -> Outcome:
    route = await _route(work)
    before = _weights(work.args["before"])
    if dict(route.weights) != dict(before):
        raise OperationFailed(
            f"Somebody changed {route.label} since the approval: it is at "
            f"{dict(route.weights)}, the plan began at {dict(before)}. Not touched.",
            code="plan_stale",
        )
    await work.world.aws.traffic.set_weights(route, _weights(work.args["after"]), fence=work.fence)
    return Done(said=f"{route.label} switched.")


async def _targets(work: Work) -> Outcome:
    targets = await work.world.aws.traffic.targets(_service(work), _colour(work))
    said = f"{targets.healthy} of {targets.total} targets healthy"
    if healthy_enough(targets, work.world.topology.thresholds):
        return Done(said=f"{said}.")
    return _look_again(work, f"{said}; {'; '.join(targets.reasons[:3])}")


async def _probe(work: Work) -> Outcome:
    service, probe = _service(work), work.world.probe
    version = await probe.get(service, service.version_path)
    wrong = _wrong_version(version, str(work.args["version"]))
    if wrong:
        return _look_again(work, wrong)
    health = await probe.get(service, service.health_path)
    if not health.ok:
        return _look_again(work, f"{service.health_path} says {_answer(health)}")
    for flow in service.critical_flows:
        result = await probe.flow(service, flow)
        if not result.ok:
            return _look_again(work, f"{flow.name} says {_answer(result)}")
    flows = "".join(f", {flow.name} works" for flow in service.critical_flows)
    return Done(
        said=f"{service.version_path} says {work.args['version']}, "
        f"{service.health_path} is fine{flows}."
    )


def _wrong_version(result: ProbeResult, expected: str) -> str:
    """What is wrong with an answer of the version path; empty when nothing is.

    A product that answers in another form than JSON with "version" cannot be compared.
    """
    if not result.ok:
        return f"the version path says {_answer(result)}"
    try:
        found = json.loads(result.body).get("version", expected)
    except (ValueError, AttributeError):
        return ""
    return "" if expected in (found, "untagged") else f"{found} answers, not {expected}"


def _answer(result: ProbeResult) -> str:
    return result.error or f"HTTP {result.status}"


def _look_again(work: Work, said: str) -> Outcome:
    looks = int(work.progress.get("looks", 0)) + 1
    if looks >= LOOKS:
        return Hold(said=f"{said} ({looks} looks).")
    return Wait(seconds=BETWEEN_LOOKS, progress={"looks": looks, "said": said})


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
        _service(work), start=starts[0], end=starts[-1] + period
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
    "rollback.switch": StepCode(act=_switch, done=_switched),
    "rollback.targets": StepCode(act=_targets),
    "rollback.probe": StepCode(act=_probe),
    "rollback.watch": StepCode(act=_watch),
}
