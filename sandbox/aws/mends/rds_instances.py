"""rds: an instance that is resized, copied or removed.

A class is changed at once or waits as pending for the maintenance window, which `open_window`
opens. A replica lags while it is made and follows soon after: `AWS/RDS ReplicaLag`.
"""

from __future__ import annotations

import time
from typing import Any

from moto.core.responses import ActionResult, PaginatedResult
from moto.core.utils import utcnow
from moto.rds.responses import RDSResponse

from sandbox.aws.mends import Own, mend
from sandbox.aws.metrics import put_gauges
from sandbox.aws.plant import Plant
from sandbox.aws.refusal import refusal

# Seconds of the schedule's clock.
MODIFY_SECONDS = 3.0
REPLICA_SECONDS = 3.0
DELETE_SECONDS = 2.0
# RDS changes, copies and saves a database in these two states only.
READY = ("available", "storage-optimization")
CLASSES = ("db.t4g.medium", "db.r6g.large", "db.r6g.xlarge", "db.r6g.2xlarge", "db.r6g.4xlarge")
# What this plant changes of an instance; anything else is refused, not ignored.
MODIFIABLE = {"DBInstanceIdentifier", "DBInstanceClass", "ApplyImmediately"}


def install(plant: Plant) -> None:
    """Mend the calls that change an instance, and the list of classes."""

    def modify_db_instance(call: Any, own: Own) -> ActionResult:
        return _modify(plant, call.params)

    def create_db_instance_read_replica(call: Any, own: Own) -> ActionResult:
        return _replicate(plant, call.params, own)

    def delete_db_instance(call: Any, own: Own) -> ActionResult:
        return _delete(plant, call.params)

    def describe_orderable_db_instance_options(call: Any, own: Own) -> ActionResult:
        return PaginatedResult({"OrderableDBInstanceOptions": _orderable(call.params)})

    for action in (
        modify_db_instance,
        create_db_instance_read_replica,
        delete_db_instance,
        describe_orderable_db_instance_options,
    ):
        mend(RDSResponse, action.__name__, action)


def settle(plant: Plant, thing: Any, meanwhile: str, seconds: float) -> None:
    """`meanwhile` for so long, then available, unless something else came between."""
    thing.status = meanwhile

    def ready() -> None:
        if thing.status == meanwhile:
            thing.status = "available"
            thing.percent_progress = 100

    plant.schedule.after(seconds, ready)


def open_window(plant: Plant, name: str) -> None:
    """The maintenance window has come: what waits is done. Raises KeyError without the instance."""
    _change(plant, plant.rds.databases[name])


def live(plant: Plant, second: int) -> None:
    """Write one second of how far behind each replica is."""
    for name, instance in plant.rds.databases.items():
        if instance.is_replica and instance.status != "creating":
            lag = {"ReplicaLag": 0.0}
            put_gauges(plant.store, second, "AWS/RDS", {"DBInstanceIdentifier": name}, lag)


def _modify(plant: Plant, params: Any) -> ActionResult:
    unknown = {key for key in params if key[:1].isupper()} - MODIFIABLE
    if unknown:
        text = f"The sandbox cannot modify {', '.join(sorted(unknown))}."
        raise refusal("rds", "InvalidParameterCombination", text)
    instance, wanted = _ready(plant, params.get("DBInstanceIdentifier")), params["DBInstanceClass"]
    if wanted not in CLASSES:
        raise refusal("rds", "InvalidParameterValue", f"Invalid DB Instance class: {wanted}")
    instance.pending_modified_values = {**_pending(instance), "DBInstanceClass": wanted}
    if params.get("ApplyImmediately"):
        _change(plant, instance)
    return ActionResult({"DBInstance": instance})


def _pending(instance: Any) -> dict[str, Any]:
    """moto's instances have no such attribute until somebody gives them one."""
    return dict(getattr(instance, "pending_modified_values", {}) or {})


def _change(plant: Plant, instance: Any) -> None:
    wanted = _pending(instance).get("DBInstanceClass", instance.db_instance_class)
    settle(plant, instance, "modifying", MODIFY_SECONDS)

    def changed() -> None:
        instance.db_instance_class, instance.pending_modified_values = wanted, {}

    # A little before it is available again: the class is what to look at, not the status.
    plant.schedule.after(MODIFY_SECONDS * 0.9, changed)


def _replicate(plant: Plant, params: Any, own: Own) -> ActionResult:
    name, source = params.get("DBInstanceIdentifier"), params.get("SourceDBInstanceIdentifier")
    if name in plant.rds.databases:
        raise refusal("rds", "DBInstanceAlreadyExists", f"DB instance already exists: {name}")
    _ready(plant, source)
    result = own()
    replica: Any = plant.rds.databases[name]
    # moto copies the source, its lists included.
    replica.tags, replica.multi_az = list(params.get("Tags") or []), False
    replica.availability_zone = params.get("AvailabilityZone") or f"{plant.region}a"
    replica.created = replica.instance_create_time = utcnow()
    settle(plant, replica, "creating", REPLICA_SECONDS)

    def follows() -> None:
        live(plant, int(time.time()))

    plant.schedule.after(REPLICA_SECONDS * 1.1, follows)
    return result


def _delete(plant: Plant, params: Any) -> ActionResult:
    name = str(params.get("DBInstanceIdentifier"))
    if name in plant.rds.databases and plant.rds.databases[name].status == "deleting":
        raise refusal("rds", "InvalidDBInstanceState", f"Instance {name} is already being deleted.")
    instance = plant.rds.find_db_from_id(name)
    if not params.get("SkipFinalSnapshot"):
        raise refusal("rds", "InvalidParameterCombination", "FinalDBSnapshotIdentifier is required")
    instance.status = "deleting"

    def gone() -> None:
        there = plant.rds.databases.pop(name, None)
        # moto saves an instance when it is made; its automated snapshots go with it.
        for each in list(plant.rds.database_snapshots):
            if each.startswith(f"rds:{name}-"):
                del plant.rds.database_snapshots[each]
        source = plant.rds.databases.get(getattr(there, "source_db_instance_identifier", "") or "")
        if there is not None and source is not None and name in source.replicas:
            source.remove_replica(there)

    plant.schedule.after(DELETE_SECONDS, gone)
    return ActionResult({"DBInstance": instance})


def _ready(plant: Plant, name: Any) -> Any:
    """The instance, which must be in a state to be changed or copied."""
    instance = plant.rds.find_db_from_id(name)
    if instance.status not in READY:
        text = f"Instance {name} is not currently available."
        raise refusal("rds", "InvalidDBInstanceState", text)
    return instance


def _orderable(params: Any) -> list[dict[str, Any]]:
    about = {name: params.get(name) for name in ("Engine", "EngineVersion")}
    return [{**about, "DBInstanceClass": name, "Vpc": True} for name in CLASSES]
