"""The plant's knobs: one function for each `POST /_control/<name>` that changes the world.

`control` finds them by name and holds the plant's lock. Raises KeyError, TypeError or ValueError
when the body does not fit, which is 400.

    release   {"service", "version", …}  a version's character, for wherever it is deployed next:
              any of error_rate, p95_seconds, unhealthy_targets, unhealthy_share, fails_health,
              refuses_database, wrong_version, crashes, migration_exit_code. Pushes its image,
              unless "image": false
    colour    {"service", "colour", …}   what runs now: any of the first seven, running, version
    scale     {"service", "colour", "desired"}  as Application Auto Scaling would: tasks follow
    weights   {"service", "blue", "green"}      as a person in the console would
    workflow  {"service", "colour", "version"}  as a workflow of GitHub: the colour runs it, all
              traffic is on it
    customers {"requests_per_second"}           of the first service; the others see a fifth
    task-exit {"family", "exitCode"}            of one-off tasks, before a release's own
    real-migrations {"on": bool}                one-off tasks really run Alembic, or only say so
    schema    {"at": revision}                  where it stands when nobody runs Alembic
    metrics   {"lag": seconds, "partial": bool} how CloudWatch answers
    window    {"database"}                      its maintenance window has come
    workers   {"group", "busy"}                 how many instances of a group run jobs
    subnets   {"free_addresses"}                what all subnets have left together
    object    {"bucket", "key", "status"}       S3's replication status, COMPLETED, PENDING, FAILED
    objects   {"bucket", "count"}               CloudWatch's daily count, as of a second ago
    restored  {"host", "port"}                  where databases restored from now on answer
                                                (unsaid: at the product's, if that is real)
    speed     {"factor"}                        deployments, drains, snapshots: so much faster
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from moto.core.utils import utcnow

from bot.topology import Colour, Service
from sandbox.aws import capacity, definitions, fleet, images, names, network, rollouts, routing
from sandbox.aws.mends import rds_instances
from sandbox.aws.metrics import put_gauges
from sandbox.aws.plant import Plant
from sandbox.aws.releases import checked, read_release

Knob = Callable[[Plant, dict[str, Any]], Any]


def _service(plant: Plant, body: dict[str, Any]) -> Service:
    return plant.topology.services[body.pop("service")]


def _release(plant: Plant, body: dict[str, Any]) -> None:
    service, version = _service(plant, body), str(body.pop("version"))
    image = body.pop("image", True)
    plant.releases[service.key, version] = read_release(body)
    if image:
        images.push(plant, names.repository(service), version, utcnow())


def _colour(plant: Plant, body: dict[str, Any]) -> None:
    service, colour = _service(plant, body), Colour(body.pop("colour"))
    running, version = body.pop("running", None), body.pop("version", None)
    ecs_service = fleet.ecs_service(plant, service, colour)
    if version is not None:
        images.push(plant, names.repository(service), str(version), utcnow())
        rollouts.replace_now(plant, ecs_service, definitions.register(plant, service, str(version)))
    if running is not None:
        fleet.scale(plant, ecs_service, int(running))
    # After the version, which brings a quality of its own.
    old = plant.qualities[service.key, colour]
    plant.qualities[service.key, colour] = checked(replace(old, **body))


def _scale(plant: Plant, body: dict[str, Any]) -> None:
    service, colour = _service(plant, body), Colour(body.pop("colour"))
    desired = int(body["desired"])
    if desired < 0:
        raise ValueError("desired is 0 or more")
    ecs_service = fleet.ecs_service(plant, service, colour)
    ecs_service.desired_count = desired
    rollouts.rescale(plant, ecs_service)


def _weights(plant: Plant, body: dict[str, Any]) -> None:
    service = _service(plant, body)
    new = {colour: int(body[colour]) for colour in Colour}
    if not all(0 <= weight <= 999 for weight in new.values()):
        raise ValueError("weights are 0 to 999")
    routing.set_weights(plant, service, new)


def _workflow(plant: Plant, body: dict[str, Any]) -> None:
    service, colour = plant.topology.services[body["service"]], Colour(body["colour"])
    _colour(plant, body)
    routing.set_weights(plant, service, {colour: 100, colour.other: 0})


def _customers(plant: Plant, body: dict[str, Any]) -> None:
    plant.customers = float(body["requests_per_second"])
    if plant.customers < 0:
        raise ValueError("requests_per_second is 0 or more")


def _object(plant: Plant, body: dict[str, Any]) -> None:
    status = str(body["status"])
    if status not in ("COMPLETED", "PENDING", "FAILED"):
        raise ValueError("status is COMPLETED, PENDING or FAILED")
    plant.replicated[str(body["bucket"]), str(body["key"])] = status


def _restored(plant: Plant, body: dict[str, Any]) -> None:
    plant.restored_at = (str(body["host"]), int(body["port"]))


def _objects(plant: Plant, body: dict[str, Any]) -> None:
    dimensions = {"BucketName": str(body["bucket"]), "StorageType": "AllStorageTypes"}
    readings = {"NumberOfObjects": float(body["count"])}
    put_gauges(plant.store, int(time.time()) - 1, "AWS/S3", dimensions, readings)


def _task_exit(plant: Plant, body: dict[str, Any]) -> None:
    plant.exit_codes[str(body["family"])] = int(body["exitCode"])


def _real_migrations(plant: Plant, body: dict[str, Any]) -> None:
    if plant.product is None:
        raise ValueError("the plant was started without --product-database")
    plant.real_migrations = bool(body["on"])


def _schema(plant: Plant, body: dict[str, Any]) -> None:
    plant.written.stand_at(str(body["at"]))


def _metrics(plant: Plant, body: dict[str, Any]) -> None:
    changed = replace(plant.cloudwatch, **body)
    if changed.lag < 0 or not isinstance(changed.partial, bool):
        raise ValueError("lag is 0 or more, partial is true or false")
    plant.cloudwatch = changed


def _subnets(plant: Plant, body: dict[str, Any]) -> None:
    network.leave_free(plant, int(body["free_addresses"]))


def _window(plant: Plant, body: dict[str, Any]) -> None:
    rds_instances.open_window(plant, str(body["database"]))


def _workers(plant: Plant, body: dict[str, Any]) -> None:
    group = plant.topology.groups[body["group"]]
    plant.jobs[group.autoscaling_group] = int(body["busy"])
    capacity.tell(plant, group)


def _speed(plant: Plant, body: dict[str, Any]) -> None:
    plant.schedule.run_at(float(body["factor"]))


KNOBS: dict[str, Knob] = {
    "release": _release,
    "colour": _colour,
    "scale": _scale,
    "weights": _weights,
    "workflow": _workflow,
    "customers": _customers,
    "task-exit": _task_exit,
    "real-migrations": _real_migrations,
    "schema": _schema,
    "metrics": _metrics,
    "window": _window,
    "workers": _workers,
    "subnets": _subnets,
    "object": _object,
    "objects": _objects,
    "restored": _restored,
    "speed": _speed,
}
