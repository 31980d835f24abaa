"""rds: snapshots and restored databases are there after a while, not at once.

A database that is being saved is `backing-up` and takes no second snapshot meanwhile.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.responses import RDSResponse

from sandbox.aws.mends import Own, mend
from sandbox.aws.plant import Plant
from sandbox.aws.refusal import refusal

# Seconds of the schedule's clock.
RESTORE_SECONDS = 3.0
SNAPSHOT_SECONDS = 2.0
# RDS takes a snapshot in these two states only.
SAVED = ("available", "storage-optimization")


def install(plant: Plant) -> None:
    """Mend create_db_snapshot and restore_db_instance_from_db_snapshot."""

    def restore_db_instance_from_db_snapshot(call: Any, own: Own) -> ActionResult:
        return _restore(plant, call.params, own)

    def create_db_snapshot(call: Any, own: Own) -> ActionResult:
        return _snapshot(plant, call.params, own)

    for action in (restore_db_instance_from_db_snapshot, create_db_snapshot):
        mend(RDSResponse, action.__name__, action)


def _snapshot(plant: Plant, params: Any, own: Own) -> ActionResult:
    """One of a database, which is `backing-up` until it is there."""
    instance = plant.rds.databases.get(params.get("DBInstanceIdentifier"))
    if instance is not None and instance.status not in SAVED:
        text = f"Instance {params.get('DBInstanceIdentifier')} is not currently available."
        raise refusal("rds", "InvalidDBInstanceState", text)
    result = own()
    snapshot: Any = plant.rds.database_snapshots[params.get("DBSnapshotIdentifier").lower()]
    snapshot.percent_progress = 0
    _later(plant, snapshot, "creating", SNAPSHOT_SECONDS)
    _later(plant, instance, "backing-up", SNAPSHOT_SECONDS)
    return result


def _restore(plant: Plant, params: Any, own: Own) -> ActionResult:
    """A restore takes time, and has one zone unless asked otherwise."""
    result = own()
    instance = plant.rds.databases[params.get("DBInstanceIdentifier")]
    instance.multi_az = bool(params.get("MultiAZ"))
    _later(plant, instance, "creating", RESTORE_SECONDS)
    return result


def _later(plant: Plant, thing: Any, meanwhile: str, seconds: float) -> None:
    """`meanwhile` for so long, then available, unless something else came between."""
    thing.status = meanwhile

    def ready() -> None:
        if thing.status == meanwhile:
            thing.status = "available"
            thing.percent_progress = 100

    plant.schedule.after(seconds, ready)
