"""The exact parameters of what is changed in RDS: pure, no calls.

Before it come `instances` and its memory twin, and with them a plan, which shows exactly these.
Source: *RDS API Reference*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.instance import REPLICA_TAG, Network

Call = tuple[str, dict[str, Any]]


def resize(name: str, instance_class: str, *, now: bool) -> Call:
    """Not `now`: RDS does it in the maintenance window."""
    return "modify_db_instance", {
        "DBInstanceIdentifier": name,
        "DBInstanceClass": instance_class,
        "ApplyImmediately": now,
    }


def replicate(source: str, name: str, *, instance_class: str, zone: str | None) -> Call:
    """Security and parameter groups are the source's, without our saying so."""
    place = {} if zone is None else {"AvailabilityZone": zone}
    return "create_db_instance_read_replica", {
        "DBInstanceIdentifier": name,
        "SourceDBInstanceIdentifier": source,
        "DBInstanceClass": instance_class,
        **place,
        "Tags": [{"Key": REPLICA_TAG[0], "Value": REPLICA_TAG[1]}],
    }


def restore(snapshot: str, name: str, *, network: Network, tags: Mapping[str, str]) -> Call:
    """Never reachable from outside, whatever the subnets would make of it."""
    given = {
        "DBSubnetGroupName": network.subnet_group,
        "VpcSecurityGroupIds": list(network.security_groups),
        "DBParameterGroupName": network.parameter_group,
    }
    return "restore_db_instance_from_db_snapshot", {
        "DBInstanceIdentifier": name,
        "DBSnapshotIdentifier": snapshot,
        **{key: value for key, value in given.items() if value},
        "MultiAZ": network.multi_az,
        "PubliclyAccessible": False,
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }


def remove(name: str) -> Call:
    """Its automated backups go with it: they are copies of its source's, or of a snapshot."""
    return "delete_db_instance", {
        "DBInstanceIdentifier": name,
        "SkipFinalSnapshot": True,
        "DeleteAutomatedBackups": True,
    }
