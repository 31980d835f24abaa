"""A database's snapshot, made once a run: before a migration, or because somebody asked for it.

Before: a step of a deployment or of `/filmops db …`. After: the Snapshots port. The name is the
run's and its step's, so that who comes after a death finds what was begun.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain.plan import Call
from bot.engine.step import Done, Hold, Outcome, Work
from bot.engine.trying import wait_on

NEEDS = ("databases.snapshots", "snapshots.state", "snapshots.take")
"""What a snapshot asks of AWS, for the `needs` of operations that take one."""

LATER = "known when its step is reached"
"""In a call shown before approval: what the run's own number, or an earlier step, makes."""


def snapshot_call(database: str) -> Call:
    """The call as a plan shows it."""
    return Call(
        service="rds",
        action="create_db_snapshot",
        parameters={"DBInstanceIdentifier": database, "DBSnapshotIdentifier": LATER},
    )


async def saved(work: Work, database: str, *, young_hours: float = 0.0) -> Outcome:
    """A snapshot that is young enough, or one of this run's own."""
    world = work.world
    if young_hours:
        known = await world.aws.databases.snapshots(world.topology.databases[database])
        if known and work.now - known[0].created_at <= timedelta(hours=young_hours):
            return Done(said=f"{known[0].id} is from {known[0].created_at:%Y-%m-%d %H:%M} UTC.")
    # With its time: another database of ours, or a step begun anew, counts its runs from 1 again.
    name = f"filmops-{database}-r{work.run}-{work.started_at:%Y%m%d-%H%M%S}"
    state = await world.aws.snapshots.state(database, name)
    if state == "available":
        return Done(said=f"{name} is made.", detail={"snapshot": name})
    if state is None:
        tags = {"filmops": f"R{work.run}"}
        await world.aws.snapshots.take(database, name, tags=tags, fence=work.fence)
    elif state != "creating":
        return Hold(said=f"{name} is {state}. Resume takes another.")
    return wait_on(work, f"{name} is being made.", world.topology.deploy.backup_seconds)
