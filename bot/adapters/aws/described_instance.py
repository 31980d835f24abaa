"""An instance as RDS describes it → the value. Pure; before it comes `instances`."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from bot.adapters.aws.databases import pending_changes
from bot.domain.instance import Instance, Network
from bot.domain.live import Missing

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef


def described(found: DBInstanceTypeDef, *, lag: float | Missing | None) -> Instance:
    """The value; RDS leaves out what it does not know yet while it makes an instance."""
    endpoint, made = found.get("Endpoint", {}), found.get("InstanceCreateTime")
    source = found.get("ReadReplicaSourceDBInstanceIdentifier")
    return Instance(
        id=found["DBInstanceIdentifier"],
        status=found.get("DBInstanceStatus", ""),
        instance_class=found.get("DBInstanceClass", ""),
        engine=f"{found.get('Engine', '')} {found.get('EngineVersion', '')}".strip(),
        network=_network(found),
        zone=found.get("AvailabilityZone", ""),
        zones=_zones(found),
        endpoint=endpoint.get("Address", ""),
        port=endpoint.get("Port", 0),
        maintenance_window=found.get("PreferredMaintenanceWindow", ""),
        pending=pending_changes(found),
        replicas=tuple(sorted(found.get("ReadReplicaDBInstanceIdentifiers", []))),
        # Another region's is named by its ARN.
        source=source.rpartition(":")[2] if source else None,
        replica_lag_seconds=lag,
        created_at=made.astimezone(UTC) if made else None,
        tags={tag.get("Key", ""): tag.get("Value", "") for tag in found.get("TagList", [])},
    )


def _network(found: DBInstanceTypeDef) -> Network:
    groups = found.get("VpcSecurityGroups", [])
    parameters = found.get("DBParameterGroups", [])
    return Network(
        subnet_group=found.get("DBSubnetGroup", {}).get("DBSubnetGroupName", ""),
        security_groups=tuple(each.get("VpcSecurityGroupId", "") for each in groups),
        parameter_group=parameters[0].get("DBParameterGroupName", "") if parameters else "",
        multi_az=found.get("MultiAZ", False),
    )


def _zones(found: DBInstanceTypeDef) -> tuple[str, ...]:
    subnets = found.get("DBSubnetGroup", {}).get("Subnets", [])
    named = (each.get("SubnetAvailabilityZone", {}).get("Name", "") for each in subnets)
    return tuple(sorted({name for name in named if name}))
