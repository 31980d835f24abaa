"""What changes production's capacity and data (runbook, *Scaling*, *Database*, *Backup*): a row an
operation, a field a condition.

Before: the issue's list of what each must bear. After, told of every row: `test_capacity_refused`
(refusal, approval, not found, wrong state, drift, a read denied), `test_capacity_faults`
(throttling, denial by both codes, an answer that is lost) and `test_capacity_deaths` (a crash at
every step). What only answers is in `test_capacity_answers`. The finest grain, a death at every
call, is in tests/chaos/test_every_call_of_*.py, on twins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import boto3
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.scenario.studio import until, url_of
from tests.scenario.telling import Move, Story, Telling, Wrong, call, knob

DB, COPY, FIRST_COPY = "prod-db", "prod-db-read-replica-1", "prod-db-read-replica-2"
SAVED, RESTORED = "before-the-premiere", "prod-db-look"
GROUP = "prod-gpu-workers"
HEAD, BEFORE = "8c41de7a0b95", "3f2a9c1b7d20"

QUERIES = """
[databases.prod-db.integrity.requests]
sql = "SELECT count(*) FROM requests"
expect = ">= 1"
"""
"""The product is played by the bot's own database: it has made one request by then."""

PLAYED = pytest.mark.parametrize("studio", [{"more": QUERIES}], indirect=True, ids=[""])
"""A studio whose topology has these; with `variables`, which a test file imports, too."""


@pytest.fixture
def variables(database_dsn: str) -> Mapping[str, str]:
    """The product's database is one that there is."""
    return {"PRODUCT_DATABASE_URL": url_of(database_dsn)}


def copied(name: str, *, tagged: bool) -> Move:
    """Somebody has had a replica made."""
    tags = [{"Key": "filmops", "Value": "replica"}] if tagged else []
    return call(
        "rds",
        "create_db_instance_read_replica",
        DBInstanceIdentifier=name,
        SourceDBInstanceIdentifier=DB,
        Tags=tags,
    )


def becomes(name: str, **wanted: object) -> Move:
    """RDS says that of an instance by now."""

    async def move(telling: Telling) -> None:
        async def there() -> bool:
            found = await telling.studio.app.world.aws.instances.find(name)
            return all(getattr(found, key) == value for key, value in wanted.items())

        await until(there, f"{name} is {wanted}")

    return move


async def a_second_later(telling: Telling) -> None:
    """RDS writes a snapshot's time to the second: another of its name must not be of the same."""
    studio = telling.studio
    database = studio.app.world.topology.databases[DB]
    known = await studio.app.world.aws.databases.snapshots(database)
    (taken,) = (each.created_at for each in known if each.id == SAVED)

    async def over() -> bool:
        return studio.clock.now() >= taken + timedelta(seconds=1)

    await until(over, "another second")


async def saved(telling: Telling) -> None:
    """Somebody has taken a snapshot by hand."""
    snapshots = telling.studio.app.world.aws.snapshots
    about = {"DBInstanceIdentifier": DB, "DBSnapshotIdentifier": SAVED}
    await call("rds", "create_db_snapshot", **about)(telling)

    async def there() -> bool:
        return await snapshots.state(DB, SAVED) == "available"

    await until(there, f"{SAVED} is made")


async def deleted(telling: Telling) -> None:
    """Somebody has deleted the database."""
    about: Mapping[str, Any] = {"DBInstanceIdentifier": DB, "SkipFinalSnapshot": True}
    await call("rds", "delete_db_instance", **about)(telling)

    async def gone() -> bool:
        return await telling.studio.app.world.aws.instances.find(DB) is None

    await until(gone, f"{DB} is gone")


async def looked_at(telling: Telling) -> None:
    """Somebody has looked what going back would take away."""
    answer = await telling.studio.types("U0ANA", "/filmops db migrations")
    assert "needs no approval" in answer
    await telling.studio.card_says("done in", request=1)
    telling.by_hand.update(await telling.aws.changes())


async def answering(telling: Telling) -> None:
    """What is restored answers, as the bot's own database."""
    server = conninfo_to_dict(telling.studio.dsn)
    at = {"host": server["host"], "port": int(server.get("port") or 5432)}
    await telling.aws.tell("restored", **at)


async def no_automated(telling: Telling) -> None:
    """Somebody has deleted the automated snapshots."""
    database = telling.studio.app.world.topology.databases[DB]
    for one in await telling.studio.app.world.aws.databases.snapshots(database):
        if one.kind == "automated":
            await call("rds", "delete_db_snapshot", DBSnapshotIdentifier=one.id)(telling)


async def emptied(telling: Telling) -> None:
    """Nothing waits for workers."""
    sqs = boto3.client("sqs", region_name=telling.studio.app.world.topology.studio.region)
    where = await asyncio.to_thread(sqs.get_queue_url, QueueName="prod-jobs")
    sqs.close()
    await call("sqs", "purge_queue", QueueUrl=where["QueueUrl"])(telling)


def stopped(said: str) -> Wrong:
    """Somebody has stopped the database."""
    about: Mapping[str, Any] = {"DBInstanceIdentifier": DB}
    return Wrong(
        comes=[call("rds", "stop_db_instance", **about)],
        said=said,
        ends=[call("rds", "start_db_instance", **about)],
    )


def mixed(said: str) -> Wrong:
    """Traffic is on both colours."""
    return Wrong(
        comes=[knob("weights", service="backend", blue=50, green=50)],
        said=said,
        ends=[knob("weights", service="backend", blue=100, green=0)],
    )


LOOK = Story(
    text="/filmops db migrations",
    approvers=(),
    reads="ecs.DescribeServices",
    absent={},
    wrong=None,
    drift=(),
    moved="",
    effects={"ecs.RegisterTaskDefinition": 1, "ecs.RunTask": 2},
    denied="ecs.RunTask",
    done=[f"The schema stands at {HEAD}", "ALTER TABLE films DROP COLUMN render_profile"],
    ready=[knob("schema", at=HEAD)],
    logged=False,
)
"""It only looks, and nobody need agree; but by tasks, which must be run once, too."""

STORIES = (
    Story(
        text="/filmops scale backend 8",
        approvers=("U0BEN", "U0CHLOE"),
        planned="3 → 8 tasks is more than 2 times as many",
        reads="ecs.DescribeServices",
        absent={"/filmops scale backnd 8": "Did you mean backend?"},
        wrong=mixed("Traffic of Backend API is on both colours"),
        drift=[knob("scale", service="backend", colour="blue", desired=5)],
        moved="blue's tasks: 3 → 5",
        effects={"ecs.UpdateService": 1},
        denied="ecs.UpdateService",
        done=["8 of 8 tasks run, 8 of 8 targets are healthy"],
    ),
    Story(
        text="/filmops scale gpu 1",
        approvers=("U0BEN",),
        planned="2 of 2 in service, 1 run jobs",
        reads="autoscaling.DescribeAutoScalingGroups",
        absent={"/filmops scale gpus 1": "Did you mean gpu?"},
        wrong=Wrong(
            comes=[
                call(
                    "autoscaling",
                    "suspend_processes",
                    AutoScalingGroupName=GROUP,
                    ScalingProcesses=["Terminate"],
                )
            ],
            said="Somebody has suspended terminating instances",
            ends=[call("autoscaling", "resume_processes", AutoScalingGroupName=GROUP)],
        ),
        drift=[
            call(
                "autoscaling",
                "set_desired_capacity",
                AutoScalingGroupName=GROUP,
                DesiredCapacity=4,
            )
        ],
        moved="instances wanted: 2 → 4",
        effects={"autoscaling.SetInstanceProtection": 2, "autoscaling.SetDesiredCapacity": 1},
        denied="autoscaling.SetDesiredCapacity",
        done=["1 of 1 instance in service"],
        ready=[knob("workers", group="gpu", busy=1)],
    ),
    Story(
        text="/filmops scale gpu 3 for 2h",
        approvers=("U0BEN",),
        planned="Have it taken back in 2 h: scale gpu 2",
        reads="autoscaling.DescribePolicies",
        absent={"/filmops scale gpuu 3 for 2h": "Did you mean gpu?"},
        wrong=Wrong(text="/filmops scale gpu 8 for 2h", said="its max is 6"),
        drift=[
            call(
                "autoscaling",
                "set_desired_capacity",
                AutoScalingGroupName=GROUP,
                DesiredCapacity=5,
            )
        ],
        moved="instances wanted: 2 → 5",
        effects={"autoscaling.SetDesiredCapacity": 2},
        denied="autoscaling.SetDesiredCapacity",
        done=["3 of 3 instances in service", "takes it back at"],
        ready=[emptied],
        later="2 of 2 instances in service",
    ),
    Story(
        text="/filmops scale db db.r6g.2xlarge --when now",
        approvers=("U0BEN", "U0CHLOE"),
        planned="OUTAGE: connections are cut",
        reads="rds.DescribeOrderableDBInstanceOptions",
        absent={
            "/filmops scale dbb db.r6g.2xlarge": "Did you mean prod-db?",
            "/filmops scale db db.r6g.2xlrge --when now": "Did you mean db.r6g.2xlarge?",
        },
        wrong=stopped("prod-db is stopped: RDS takes no change meanwhile."),
        drift=[
            call(
                "rds",
                "modify_db_instance",
                DBInstanceIdentifier=DB,
                DBInstanceClass="db.r6g.xlarge",
                ApplyImmediately=True,
            ),
            becomes(DB, instance_class="db.r6g.xlarge", status="available"),
        ],
        moved="class: db.r6g.large → db.r6g.xlarge",
        effects={"rds.ModifyDBInstance": 1},
        denied="rds.ModifyDBInstance",
        done=["prod-db reads as db.r6g.2xlarge, available"],
    ),
    Story(
        text="/filmops scale db replica add",
        approvers=("U0BEN",),
        planned="in us-east-1b",
        reads="rds.DescribeDBInstances",
        absent={"/filmops scale pord-db replica add": "Did you mean prod-db?"},
        wrong=stopped("prod-db is stopped: RDS takes no change meanwhile."),
        drift=[copied(COPY, tagged=False), becomes(COPY, status="available")],
        moved=f"replicas: none → {COPY}",
        effects={"rds.CreateDBInstanceReadReplica": 1},
        denied="rds.CreateDBInstanceReadReplica",
        done=[f"{COPY} is available, 0 s behind"],
    ),
    Story(
        text="/filmops scale db replica remove",
        approvers=("U0BEN", "U0CHLOE"),
        planned="It cannot be had back; who reads from it fails.",
        reads="rds.DescribeDBInstances",
        absent={"/filmops scale db replica remove films-look": f"films-look. It has: {COPY}"},
        wrong=Wrong(
            comes=[
                copied(FIRST_COPY, tagged=False),
                becomes(FIRST_COPY, status="available"),
            ],
            text=f"/filmops scale db replica remove {FIRST_COPY}",
            said="FilmOps removes only what it has made.",
        ),
        drift=[copied("by-hand", tagged=False), becomes("by-hand", status="available")],
        moved=f"replicas: {COPY}, {FIRST_COPY} → ",
        effects={"rds.DeleteDBInstance": 1},
        denied="rds.DeleteDBInstance",
        done=[f"{COPY} is gone"],
        ready=[copied(COPY, tagged=True), becomes(COPY, status="available")],
    ),
    Story(
        text="/filmops db backup",
        approvers=("U0BEN",),
        planned="It goes on serving meanwhile.",
        reads="rds.DescribeDBSnapshots",
        absent={"/filmops db backup pord-db": "Did you mean prod-db?"},
        wrong=stopped("prod-db is stopped: RDS may not take a snapshot now."),
        # A snapshot rests on nothing but that there is a database.
        drift=[deleted],
        moved="DBInstance prod-db not found",
        effects={"rds.CreateDBSnapshot": 1},
        denied="rds.CreateDBSnapshot",
        done=["is made."],
    ),
    Story(
        text=f"/filmops db restore {SAVED} as {RESTORED}",
        approvers=("U0BEN",),
        planned=f"{RESTORED} costs what prod-db does until somebody deletes it.",
        reads="rds.DescribeDBSnapshots",
        absent={f"/filmops db restore before-the-premere as {RESTORED}": f"Did you mean {SAVED}?"},
        wrong=Wrong(
            text=f"/filmops db restore {SAVED} as {DB}", said="a restore is never in place"
        ),
        drift=[
            a_second_later,
            call("rds", "delete_db_snapshot", DBSnapshotIdentifier=SAVED),
            saved,
        ],
        moved="snapshot: ",
        effects={"rds.RestoreDBInstanceFromDBSnapshot": 1},
        denied="rds.RestoreDBInstanceFromDBSnapshot",
        done=["with the network and groups of prod-db"],
        ready=[saved],
    ),
    Story(
        text="/filmops db migrate",
        approvers=("U0BEN",),
        planned="the old code must bear the new schema",
        thread="Running upgrade",
        reads="ecs.DescribeTaskDefinition",
        absent={"/filmops db migrate --version v1.4.22": "Did you mean v1.4.2?"},
        wrong=mixed("Traffic of Backend API is on both colours"),
        drift=[knob("colour", service="backend", colour="blue", version="v1.4.1")],
        moved="image: ",
        effects={"ecs.RegisterTaskDefinition": 1, "ecs.RunTask": 2},
        denied="ecs.RunTask",
        done=[f"It stands at {HEAD} (head)."],
    ),
    Story(
        text="/filmops db downgrade",
        approvers=("U0CHLOE", "U0DANA"),
        planned="LOST: ALTER TABLE films DROP COLUMN render_profile",
        thread="Running downgrade",
        reads="elasticloadbalancing.DescribeRules",
        absent={"/filmops db downgrade 0000": "another way back"},
        wrong=mixed("Traffic of Backend API is on both colours"),
        drift=[knob("colour", service="backend", colour="blue", version="v1.4.1")],
        moved="looked by the code of v1.4.2; it would be taken back by that of v1.4.1",
        effects={"rds.CreateDBSnapshot": 1, "ecs.RunTask": 2},
        denied="ecs.RunTask",
        done=[f"It stands at {BEFORE}."],
        ready=[knob("schema", at=HEAD), looked_at],
    ),
    Story(
        text="/filmops backup dr-test",
        approvers=("U0BEN",),
        planned="It costs what a db.r6g.large in one zone",
        thread="DR test of prod-db: passed.",
        reads="rds.DescribeDBInstances",
        absent={"/filmops backup dr-test pord-db": "Did you mean prod-db?"},
        wrong=None,
        drift=[no_automated],
        moved="There is no automated snapshot of prod-db to restore.",
        effects={"rds.RestoreDBInstanceFromDBSnapshot": 1, "rds.DeleteDBInstance": 1},
        denied="rds.DeleteDBInstance",
        done=["1 of 1 integrity queries are as they should be", "is not there (any more)"],
        ready=[answering],
    ),
)
