"""rds: what is made, changed or removed takes a while, and a busy database takes nothing else.

A database that is being saved is `backing-up` and takes no second snapshot meanwhile. What is done
to an instance besides is in `rds_instances`.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.rds.models import DBInstance
from moto.rds.responses import RDSResponse

from sandbox.aws.mends import Own, mend, rds_instances
from sandbox.aws.mends.rds_instances import READY, settle
from sandbox.aws.plant import Plant
from sandbox.aws.refusal import refusal

# Seconds of the schedule's clock.
RESTORE_SECONDS = 3.0
SNAPSHOT_SECONDS = 2.0


def install(plant: Plant) -> None:
    """Mend create_db_snapshot and restore_db_instance_from_db_snapshot."""

    def restore_db_instance_from_db_snapshot(call: Any, own: Own) -> ActionResult:
        return _restore(plant, call.params, own)

    def create_db_snapshot(call: Any, own: Own) -> ActionResult:
        return _snapshot(plant, call.params, own)

    moto: Any = DBInstance.address
    # A name of AWS' resolves nowhere here.
    named = property(lambda self: getattr(self, "answers_at", None) or moto.fget(self))
    setattr(DBInstance, "address", named)  # noqa: B010 - a property is no attribute to mypy
    for action in (restore_db_instance_from_db_snapshot, create_db_snapshot):
        mend(RDSResponse, action.__name__, action)
    rds_instances.install(plant)


def _snapshot(plant: Plant, params: Any, own: Own) -> ActionResult:
    """One of a database, which is `backing-up` until it is there."""
    instance = plant.rds.databases.get(params.get("DBInstanceIdentifier"))
    if instance is not None and instance.status not in READY:
        text = f"Instance {params.get('DBInstanceIdentifier')} is not currently available."
        raise refusal("rds", "InvalidDBInstanceState", text)
    result = own()
    snapshot: Any = plant.rds.database_snapshots[params.get("DBSnapshotIdentifier").lower()]
    snapshot.percent_progress = 0
    settle(plant, snapshot, "creating", SNAPSHOT_SECONDS)
    settle(plant, instance, "backing-up", SNAPSHOT_SECONDS)
    return result


def _restore(plant: Plant, params: Any, own: Own) -> ActionResult:
    """A restore takes time, and has one zone unless asked otherwise."""
    result = own()
    name = str(params.get("DBInstanceIdentifier"))
    instance = plant.rds.databases[name]
    # moto saves it the moment it is made, under the minute's name: the next one would find that.
    for taken in [each for each in plant.rds.database_snapshots if each.startswith(f"rds:{name}-")]:
        del plant.rds.database_snapshots[taken]
    instance.multi_az = bool(params.get("MultiAZ"))
    # moto hands the original's lists on: a restored one is a copy of nobody and has its own tags.
    instance.replicas, instance.source_db_instance_identifier = [], None
    instance.tags = list(params.get("Tags") or [])
    instance.created = instance.instance_create_time = utcnow()
    if (address := plant.restored_address) is not None:
        restored: Any = instance
        restored.answers_at, restored.port = address
    settle(plant, instance, "creating", RESTORE_SECONDS)
    return result
