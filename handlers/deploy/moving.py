"""A deployment's traffic: share by share onto the release, and the way back from anywhere.

Before: the release is up and tried on the idle colour. After: the watch. Somebody else who moves
the weights meanwhile freezes the service: two hands on one wheel is worse than either.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.rollback import healthy_enough
from bot.domain.run import RunState
from bot.engine.failing import freeze_failed
from bot.engine.step import Done, Hold, Outcome, Work
from bot.engine.switching import service_of, switch, switched
from bot.engine.trying import fine, look_again, wrong_with
from bot.errors import OperationFailed
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
    await freeze_failed(work.world, service_of(work).key, run=run, reason=reason)
    return run.turned


async def back(work: Work) -> Outcome:
    """All of a route to the old colour, unless that could not serve: never onto a broken one."""
    targets = await work.world.aws.traffic.targets(service_of(work), live(work))
    if not healthy_enough(targets, work.world.topology.thresholds):
        return Hold(
            said=f"{targets.healthy} of {targets.total} targets of {live(work)} are healthy: "
            "traffic stays where it is until a person decides."
        )
    return await switch(work)


async def settle(work: Work) -> Outcome:
    """The old release answers; and nobody deploys here until somebody says why they may."""
    service, version = service_of(work), str(work.args["old_version"])
    flows = service.critical_flows
    wrong = await wrong_with(work.world, service, version, flows=flows)
    if wrong:
        return look_again(work, wrong)
    moved = {"deploy.traffic", "deploy.dispatch"} & set(work.results)
    reason = f"{work.args['version']} was {'rolled back' if moved else 'not brought to traffic'}"
    ends = await freeze(work, reason)
    outcome = "aborted" if ends is RunState.ABORTED else "rolled_back" if moved else "failed"
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
