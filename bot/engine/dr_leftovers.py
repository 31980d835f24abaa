"""Test instances that nobody takes away any more: the last net under a DR test's own clean-up.

Before it: a scheduler, every few minutes; of several one. After it: an instance is deleted that
carries exactly our tag, a name that only its run gives, and an expiry that is over, if its run is
not open. What carries the tag and is anything else is left alone and said in the log.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from bot.domain.audit import Entry
from bot.domain.dr_test import left_alone
from bot.domain.instance import DR_TEST_TAG
from bot.domain.timeline import FILMOPS
from bot.engine.world import World
from bot.errors import OperationFailed, Refused, Temporary

log = logging.getLogger("filmops.dr")

SWEPT = "dr-test"
EVERY = timedelta(minutes=5)
NEEDS = ("instances.tagged", "instances.remove")


async def sweep_dr_tests(world: World) -> tuple[str, ...]:
    """Delete what is left over; which. Raises Temporary when AWS or the store does not answer."""
    now = world.clock.now()
    if not await world.store.pulse.turn(SWEPT, since=now - EVERY, now=now):
        return ()
    try:
        found = await world.aws.instances.tagged(DR_TEST_TAG)
    except OperationFailed as fault:
        # It will not be otherwise in five minutes; `filmops check` says the same with its fix.
        log.warning("leftovers of DR tests cannot be looked for: %s", fault.message)
        return ()
    if not found:
        return ()
    open_runs = {run.id for run in await world.store.runs.open()}
    deleted = []
    for instance in found:
        if instance.status == "deleting":
            continue
        why = left_alone(instance, databases=world.topology.databases, open_runs=open_runs, now=now)
        if why:
            log.info("%s carries our tag and is left alone: %s", instance.id, why)
        elif await _deleted(world, instance.id):
            deleted.append(instance.id)
    return tuple(deleted)


async def _deleted(world: World, name: str) -> bool:
    """The audit row first: what cannot be written down is not done."""
    log.warning("%s is left over from a DR test: it is deleted", name)
    entry = Entry(
        actor=FILMOPS,
        action="dr_test.swept",
        subject=name,
        detail={"tag": "=".join(DR_TEST_TAG)},
    )
    await world.store.audit.append(entry, world.clock.now())
    try:
        await world.aws.instances.remove(name, tag=DR_TEST_TAG, fence=_nobody_elses)
    except (Temporary, Refused, OperationFailed) as failure:
        log.warning("%s could not be deleted: %s", name, failure.message)
        return False
    return True


def _nobody_elses() -> None:
    """The fence of what no run does: another scheduler would delete the very same."""
