"""A deployment's traffic: share by share onto the release, and the way back from anywhere.

Before: the release is up and tried on the idle colour. After: the watch. Somebody else who moves
the weights meanwhile freezes the service: two hands on one wheel is worse than either.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.rollback import healthy_enough, is_on
from bot.domain.run import RunState
from bot.engine.failing import freeze_failed
from bot.engine.step import Done, Hold, Outcome, Work
from bot.engine.switching import service_of, switch, switched
from bot.engine.trying import fine, look_again, wrong_with
from bot.engine.workflow import ended
from bot.errors import OperationFailed
from handlers.deploy.charting import chart_what_turned_it
from handlers.deploy.preparing import live

STALE = "plan_stale"


def switched_at(work: Work) -> datetime:
    """When all traffic had moved onto the release."""
    moves = work.results.get("deploy.traffic") or work.results["deploy.landed"]
    return datetime.fromisoformat(str(moves["at"]))


async def moved(work: Work) -> Done | None:
    """Whether the route is at its share; with the moment of that."""
    done = await switched(work)
    return None if done is None else replace(done, detail={"at": work.now.isoformat()})


async def traffic(work: Work) -> Outcome:
    """One route to one share."""
    try:
        return await switch(work)
    except OperationFailed as failure:
        if failure.code == STALE:
            await freeze(work, failure.message)
        raise


async def freeze(work: Work, reason: str) -> RunState | None:
    """Freeze the service because of this run; the state that the run will end in, if it turned."""
    run = await work.world.store.runs.get(work.run)
    if run is None:
        return None
    came_to = {None: "was held", RunState.ABORTED: "was aborted"}.get(run.turned, "failed")
    await freeze_failed(work.world, service_of(work).key, run=run, reason=reason, came_to=came_to)
    return run.turned


async def put_back(work: Work) -> Done | None:
    """Whether the route is all on the old colour, or was never this run's to move."""
    done = await switched(work)
    if done is not None or await _moved_any(work):
        return done
    return Done(said="This run has moved no traffic: the route is left as it is.")


async def _moved_any(work: Work) -> bool:
    """Whether it has begun to move traffic: a step that failed or died may have moved some."""
    run = await work.world.store.runs.get(work.run)
    steps = () if run is None else run.steps
    return any(step.attempt and step.spec.name in _MOVES for step in steps)


_MOVES = ("deploy.traffic", "deploy.dispatch")


async def back(work: Work) -> Outcome:
    """All of a route to the old colour, unless that could not serve: never onto a broken one."""
    targets = await work.world.aws.traffic.targets(service_of(work), live(work))
    if not healthy_enough(targets, work.world.topology.thresholds):
        return Hold(
            said=f"{targets.healthy} of {targets.total} targets of {live(work)} are healthy: "
            "traffic stays where it is until a person decides."
        )
    return await switch(work)


async def _not_over(work: Work) -> Outcome | None:
    """While a workflow may still move traffic, and when somebody or something has meanwhile."""
    goes_on = await ended(work)
    if goes_on is not None:
        return goes_on
    routes = await work.world.aws.traffic.routes(service_of(work))
    moved = [route.label for route in routes if not is_on(route, live(work))]
    if not moved:
        return None
    said = f"{', '.join(moved)} is not on {live(work)} any more: put it back, then Resume."
    return Hold(said=said)


async def settle(work: Work) -> Outcome:
    """The old release answers; and nobody deploys here until somebody says why they may."""
    service, version = service_of(work), str(work.args["old_version"])
    flows = service.cheap_flows
    wrong = await wrong_with(work.world, service, version, flows=flows)
    if wrong:
        return look_again(work, wrong)
    gone_back = await _moved_any(work)
    what = "rolled back" if gone_back else "not brought to traffic"
    ends = await freeze(work, f"{work.args['version']} was {what}")
    not_over = await _not_over(work) if gone_back else None
    if not_over is not None:
        return not_over
    await chart_what_turned_it(work)
    outcome = "aborted" if ends is RunState.ABORTED else "rolled_back" if gone_back else "failed"
    return Done(
        said=f"{fine(service, version, flows)} Changes of {service.key} are frozen.",
        detail={
            "change": {
                "version": work.args["version"],
                "back_to": version,
                "colour": str(live(work)),
                "outcome": outcome,
            }
        },
    )
