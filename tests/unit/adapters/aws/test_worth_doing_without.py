"""What a method shows more with (`OPTIONAL`): denied, that part is Missing with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.stub import Stubber

from bot.adapters.aws import AwsClients
from bot.adapters.aws.databases import AwsDatabases
from bot.adapters.aws.instances import AwsInstances
from bot.domain.live import Missing
from bot.topology import Database, load

pytestmark = pytest.mark.unit

FOUND = {
    "DBInstances": [
        {
            "DBInstanceIdentifier": "prod-db",
            "DBInstanceStatus": "available",
            "ReadReplicaSourceDBInstanceIdentifier": "another",
        }
    ],
    "ResponseMetadata": {
        "HTTPHeaders": {"date": f"{datetime(2026, 3, 1, tzinfo=UTC):%a, %d %b %Y %H:%M:%S GMT}"}
    },
}


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsClients]:
    """RDS knows the instance and nothing else; CloudWatch tells nobody."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    made = AwsClients(load(Path("filmops.toml")))
    with Stubber(made.rds()) as rds, Stubber(made.cloudwatch()) as cloudwatch:
        rds.add_response("describe_db_instances", FOUND)
        rds.add_client_error("describe_db_snapshots", "AccessDenied")
        cloudwatch.add_client_error("get_metric_data", "AccessDenied")
        yield made
    made.close()


def reason(part: object) -> str:
    """Why it is not there."""
    assert isinstance(part, Missing)
    return part.reason


async def test_a_database_without_its_newest_backup_and_its_connections(
    clients: AwsClients,
) -> None:
    state = await AwsDatabases(clients).state(Database(key="prod-db"))
    assert state.status == "available"
    assert reason(state.latest_backup_at).startswith("AWS rds:DescribeDBSnapshots (")
    assert reason(state.connections).startswith("AWS cloudwatch:GetMetricData (")


async def test_a_replica_without_its_lag(clients: AwsClients) -> None:
    found = await AwsInstances(clients).find("prod-db")
    assert found is not None
    assert reason(found.replica_lag_seconds).startswith("AWS cloudwatch:GetMetricData (")
