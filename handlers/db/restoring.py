"""A restore's steps: make it once, wait, and see that it is what was asked for.

The new instance carries the run's number as its tag: by that a step begun again knows its own.
"""

from __future__ import annotations

from bot.domain.instance import LOST, Instance, Network
from bot.engine.step import Done, Hold, Outcome, Work
from bot.engine.trying import wait_on


def _tags(work: Work) -> dict[str, str]:
    return {"filmops": f"R{work.run}"}


def _name(work: Work) -> str:
    return str(work.args["name"])


def _network(work: Work) -> Network:
    given = work.args["network"]
    return Network(**{**given, "security_groups": tuple(given["security_groups"])})


def _ours(work: Work, instance: Instance) -> bool:
    return _tags(work).items() <= instance.tags.items()


async def guard(work: Work) -> Outcome:
    """Somebody may have taken the name in the second between plan and step."""
    taken = await work.world.aws.instances.find(_name(work))
    if taken is None or _ours(work, taken):
        return Done(said=f"{_name(work)} is free.")
    return Hold(said=f"{_name(work)} is somebody else's by now: a restore is never in place.")


async def made(work: Work) -> Done | None:
    """Whether this run's instance is there, in whatever state."""
    instance = await work.world.aws.instances.find(_name(work))
    if instance is None or not _ours(work, instance):
        return None
    return Done(said=f"{_name(work)} is {instance.status}.")


async def make(work: Work) -> Outcome:
    """One call. Raises OperationFailed("taken") when the name is another's."""
    await work.world.aws.instances.restore(
        str(work.args["snapshot"]),
        _name(work),
        network=_network(work),
        tags=_tags(work),
        fence=work.fence,
    )
    return Done(said="RDS has taken it.")


async def ready(work: Work) -> Outcome:
    """RDS makes it, changes it and backs it up before it is available."""
    instance = await work.world.aws.instances.find(_name(work))
    if instance is None:
        return Hold(said=f"{_name(work)} is gone: somebody deleted it.")
    if instance.status == "available":
        return Done(said=f"{_name(work)} is available.")
    if instance.status in LOST:
        return Hold(said=f"{_name(work)} is {instance.status}. Delete it, and restore anew.")
    return wait_on(work, f"{_name(work)} is {instance.status}.", float(work.args["seconds"]))


async def verify(work: Work) -> Outcome:
    """Group by group; then what is left to a person."""
    instance = await work.world.aws.instances.find(_name(work))
    if instance is None:
        return Hold(said=f"{_name(work)} is gone: somebody deleted it.")
    wrong = _differences(instance.network, _network(work))
    if wrong:
        return Hold(said=f"{_name(work)} is not like its source: {'; '.join(wrong)}.")
    return Done(
        said=f"{_name(work)} answers at {instance.endpoint}:{instance.port}, with the network and "
        f"groups of {work.args['database']}. Left to do: look whether the data are right, then "
        "point the application there (or copy from there what was lost), and delete what is not "
        f"needed. The password is {work.args['database']}'s as it was then.",
        detail={"change": {"endpoint": f"{instance.endpoint}:{instance.port}"}},
    )


def _differences(found: Network, wanted: Network) -> list[str]:
    pairs = {
        "subnet group": (found.subnet_group, wanted.subnet_group),
        "security groups": (sorted(found.security_groups), sorted(wanted.security_groups)),
        "parameter group": (found.parameter_group, wanted.parameter_group),
        "two zones": (found.multi_az, wanted.multi_az),
    }
    return [f"{name} {is_} instead of {was}" for name, (is_, was) in pairs.items() if is_ != was]
