"""The rest of the account: databases, queues, workers, images, logs and buckets.

Called by `seed` after the services stand. Only what moto needs to be believable.
"""

from __future__ import annotations

import json
import time
from datetime import timedelta

from moto.core.utils import utcnow

from bot.topology import Bucket, Colour, Service
from sandbox.aws import capacity, images, names
from sandbox.aws.plant import GOOD_VERSION, NEW_VERSION, Plant

OLDER_VERSION = "v1.4.0"
MESSAGES, DEAD_MESSAGES = 7, 2
FILMS = 3


def fill_rest(plant: Plant, scenario: str) -> None:
    """Create everything the topology names that is not a service."""
    for name in plant.topology.databases:
        _database(plant, name)
    for name, queue in plant.topology.queues.items():
        _queue(plant, name, queue.dead_letter)
    for group in plant.topology.groups.values():
        _workers(plant, group.autoscaling_group)
    capacity.fill(plant)
    for bucket in plant.topology.buckets.values():
        _bucket(plant, bucket)
    for index, service in enumerate(plant.topology.services.values()):
        _images(plant, service)
        _log_lines(plant, service, errors=scenario == "bad-release" and index == 0)


def _database(plant: Plant, name: str) -> None:
    subnets, parameters = f"{name}-subnets", f"{name}-postgres15"
    plant.rds.create_subnet_group(
        subnets, "Both zones", plant.ec2.describe_subnets(subnet_ids=plant.network.subnets), []
    )
    plant.rds.create_db_parameter_group(
        {
            "db_parameter_group_name": parameters,
            "db_parameter_group_family": "postgres15",
            "description": "Production's own",
        }
    )
    instance = plant.rds.create_db_instance(
        {
            "db_instance_identifier": name,
            "db_instance_class": "db.r6g.large",
            "engine": "postgres",
            "engine_version": "15.8",
            "allocated_storage": 200,
            "multi_az": True,
            "master_username": "filmops",
            "manage_master_user_password": True,
            "db_name": "app",
            "db_subnet_group_name": subnets,
            "db_parameter_group_name": parameters,
            "backup_retention_period": 7,
            "vpc_security_group_ids": [plant.network.security_group],
        }
    )
    now = utcnow()
    instance.created = instance.instance_create_time = now - timedelta(days=400)
    # moto takes one the moment the instance is made; ours have a past.
    plant.rds.database_snapshots.clear()
    today = now.strftime("%Y-%m-%d")
    for hours, snapshot_id, kind in (
        (9, f"rds:{name}-{today}-03-10", "automated"),
        (30, f"{name}-before-release", "manual"),
    ):
        snapshot = plant.rds.create_db_snapshot(name, snapshot_id, snapshot_type=kind)
        snapshot.created = snapshot.original_snapshot_create_time = now - timedelta(hours=hours)


def _bucket(plant: Plant, bucket: Bucket) -> None:
    """Versioned, with a rule for everything, and a copy of each film in the other region."""
    names = [(bucket.name, plant.region), (bucket.replica, bucket.replica_region or plant.region)]
    for name, region in names:
        if name is None:
            continue
        plant.s3.create_bucket(name, region)
        plant.s3.put_bucket_versioning(name, "Enabled")
        for number in range(1, FILMS + 1):
            plant.s3.put_object(name, f"films/{number:04}.mp4", b"film" * number)
    if bucket.replica is not None:
        rule = {
            "ID": "to-dr",
            "Priority": 1,
            "Status": "Enabled",
            "Destination": {"Bucket": f"arn:aws:s3:::{bucket.replica}"},
        }
        role = f"arn:aws:iam::{plant.account}:role/replication"
        plant.s3.put_bucket_replication(bucket.name, {"Role": role, "Rule": [rule]})


def _queue(plant: Plant, name: str, dead_letter: str | None) -> None:
    attributes: dict[str, str] = {"VisibilityTimeout": "300"}
    if dead_letter is not None:
        target = plant.sqs.create_queue(dead_letter, MessageRetentionPeriod="1209600")
        for index in range(DEAD_MESSAGES):
            plant.sqs.send_message(dead_letter, json.dumps({"job": f"failed-{index + 1}"}))
        policy = {"deadLetterTargetArn": target.queue_arn, "maxReceiveCount": 3}
        attributes["RedrivePolicy"] = json.dumps(policy)
    plant.sqs.create_queue(name, None, **attributes)
    for index in range(MESSAGES):
        plant.sqs.send_message(name, json.dumps({"job": f"render-{index + 1}"}))


def _workers(plant: Plant, name: str) -> None:
    plant.autoscaling.create_launch_configuration(
        name=f"{name}-launch",
        image_id=plant.ec2.register_image("studio-worker").id,
        key_name=None,
        kernel_id="",
        ramdisk_id="",
        security_groups=[plant.network.security_group],
        user_data=None,
        instance_type="g5.xlarge",
        instance_monitoring=True,
        instance_profile_name=None,
        spot_price=None,
        ebs_optimized=False,
        associate_public_ip_address=False,
        block_device_mappings=[],
    )
    plant.autoscaling.create_auto_scaling_group(
        name=name,
        availability_zones=[],
        desired_capacity=2,
        max_size=6,
        min_size=1,
        launch_config_name=f"{name}-launch",
        launch_template={},
        vpc_zone_identifier=",".join(plant.network.subnets),
        default_cooldown=60,
        health_check_period=0,
        health_check_type="EC2",
        load_balancers=[],
        target_group_arns=[],
        placement_group=None,
        termination_policies=["Default"],
        tags=[],
    )


def _images(plant: Plant, service: Service) -> None:
    repository = names.repository(service)
    if repository not in plant.ecr.repositories:
        plant.ecr.create_repository(repository, None, {}, None, "IMMUTABLE", [])
    now = utcnow()
    for days, version in ((20, OLDER_VERSION), (6, GOOD_VERSION), (0, NEW_VERSION)):
        images.push(plant, repository, version, now - timedelta(days=days, minutes=40))
    if plant.options.next_release:
        images.push(plant, repository, plant.options.next_release, now - timedelta(minutes=10))


def _log_lines(plant: Plant, service: Service, *, errors: bool) -> None:
    """Ten minutes of requests; a bad release complains every half minute."""
    group, now = plant.log_group(service), int(time.time() * 1000)
    for colour in Colour:
        stream = f"ecs/{service.key}/{colour}"
        plant.logs.ensure_log_stream(group, stream)
        lines = []
        for ago in range(600, 0, -30):
            stamp = now - ago * 1000
            lines.append({"timestamp": stamp, "message": f"INFO {colour} GET /api/v1/films 200"})
            if errors and colour is Colour.BLUE:
                text = "ERROR KeyError: 'render_profile' (films/serializer.py:88)"
                lines.append({"timestamp": stamp + 7, "message": text})
        plant.logs.put_log_events(group, stream, lines)
