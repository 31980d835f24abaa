"""A DR test's steps: each looks before it acts, and what fails turns the run round to clean up.

Only two things hold the run for a person: an instance that cannot be deleted, and what the engine
itself gives up on (deaths, faults). The sweep deletes the instance in the end all the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import wraps

from bot.domain.dr_test import Asked, instance_name, is_ours, meets, tags_of
from bot.domain.instance import DR_TEST_TAG, LOST, Address, Instance, Network
from bot.domain.live import Snapshot
from bot.engine.step import Back, Done, Outcome, Work
from bot.engine.trying import look_again, over, wait_on
from bot.errors import OperationFailed, Refused, Temporary
from bot.topology import Database, Integrity

QUERY_SECONDS = 60.0
TABLES = Integrity(
    sql="SELECT count(*) FROM information_schema.tables WHERE table_schema NOT IN"
    " ('pg_catalog', 'information_schema')",
    expect=">= 1",
)
"""What is asked when the topology has no queries: an empty database answers, too."""

_CLEAN_SECONDS = 7200.0
"""How long an instance may take to let itself be deleted: RDS takes no other while it is made."""

Act = Callable[[Work], Awaitable[Outcome]]


def turning(act: Act) -> Act:
    """What the world refuses for good turns the run round: there is something to clean up."""

    @wraps(act)
    async def turned(work: Work) -> Outcome:
        try:
            return await act(work)
        except (OperationFailed, Refused) as failure:
            return Back(said=failure.advice)

    return turned


def newest_automated(snapshots: Sequence[Snapshot]) -> Snapshot | None:
    """What would be restored: taken by RDS itself, and whole."""
    automated = [s for s in snapshots if s.kind == "automated" and s.status == "available"]
    return max(automated, key=lambda each: each.created_at, default=None)


@turning
async def choose(work: Work) -> Outcome:
    """The beginning: from here the RTO counts, and how old the snapshot is now is the RPO."""
    newest = newest_automated(await work.world.aws.databases.snapshots(_database(work)))
    if newest is None:
        return Back(said=f"There is no automated snapshot of {_database(work).key} any more.")
    began = work.started_at
    return Done(
        said=f"{newest.id}, {newest.created_at:%Y-%m-%d %H:%M} UTC.",
        detail={
            "snapshot": newest.id,
            "created_at": newest.created_at.isoformat(),
            "began_at": began.isoformat(),
        },
    )


async def restored(work: Work) -> Done | None:
    """Whether this run's instance is there, however it stands. What cannot be read turns the run
    in `restore`, which finds it as little.
    """
    try:
        instance = await _instance(work)
    except OperationFailed:
        return None
    if instance is None or not is_ours(instance, work.run):
        return None
    return Done(said=f"{instance.id} is {instance.status}.")


@turning
async def restore(work: Work) -> Outcome:
    """One call, tagged from birth with the run and with when it is to be gone."""
    hours = work.world.topology.backup.dr_hours
    await work.world.aws.instances.restore(
        str(work.results["backup.dr-test.choose"]["snapshot"]),
        _name(work),
        network=_network(work),
        tags=tags_of(work.run, expires=_began(work) + timedelta(hours=hours)),
        fence=work.fence,
    )
    return Done(said="RDS has taken it.")


@turning
async def ready(work: Work) -> Outcome:
    """RDS makes it, changes it, and backs it up before it is available."""
    instance = await _instance(work)
    if instance is None:
        return Back(said=f"{_name(work)} is gone: somebody deleted it.")
    said = f"{instance.id} is {instance.status}"
    if instance.status == "available" and instance.endpoint:
        return Done(
            said=f"{said} at {instance.endpoint}:{instance.port}.",
            detail={
                "host": instance.endpoint,
                "port": instance.port,
                "class": instance.instance_class,
            },
        )
    seconds = work.world.topology.backup.dr_restore_seconds
    if instance.status in LOST or over(work, seconds):
        return Back(said=f"{said} after {_minutes(work)} min: it does not become available.")
    return wait_on(work, f"{said}.", seconds)


@turning
async def integrity(work: Work) -> Outcome:
    """Connect as ever, to the restored server, and ask what only the product's own data answer."""
    database, at = _database(work), _address(work)
    wanted = dict(database.integrity) or {"tables": TABLES}
    try:
        asked = [await _ask(work, database, name, each, at) for name, each in wanted.items()]
    except Temporary as silent:
        return look_again(work, f"{at} does not answer yet ({silent.message})", then=Back)
    wrong = [each for each in asked if not each.ok]
    said = f"{len(asked) - len(wrong)} of {len(asked)} integrity queries are as they should be"
    named = "; ".join(f"{e.name} is {e.found}, NOT {e.expect}" for e in wrong)
    detail = {
        "integrity": [asdict(each) for each in asked],
        "wrong": named,
        "seen_at": work.now.isoformat(),
    }
    return Done(said=f"{said}. {named}".rstrip(), detail=detail)


@turning
async def application(work: Work) -> Outcome:
    """The flow that the topology names, pointed at the restored server; else that nobody tried.

    Data that are not whole turn the run here: their step has written down what it found.
    """
    wrong = str(work.results["backup.dr-test.integrity"]["wrong"])
    if wrong:
        return Back(said=f"The restored data are not what they should be: {wrong}.")
    wanted, at = _database(work).application, _address(work)
    if wanted is None:
        said = "NOT tested: the topology names no flow for it."
        return Done(said=said, detail={"application": said})
    service = work.world.topology.services[wanted.service]
    flow = wanted.against(at.host, at.port)
    result = await work.world.probe.flow(service, flow)
    if not result.ok:
        said = f"{flow.name} of {service.key} says {result.error or f'HTTP {result.status}'}"
        return look_again(work, said, then=Back)
    said = f"{flow.name} of {service.key} works with it."
    return Done(said=said, detail={"application": said})


async def cleaned(work: Work) -> Done | None:
    """Whether nothing of this run's is there any more; what is another's stays."""
    instance = await _instance(work)
    if instance is None:
        return Done(said=f"{_name(work)} is not there (any more).")
    if not is_ours(instance, work.run):
        return Done(said=f"{instance.id} is not this test's: it is left alone.")
    return None


async def clean(work: Work) -> Outcome:
    """Delete it, as often as it takes: RDS deletes nothing that is just being made or backed up."""
    said = f"{_name(work)} is being deleted."
    try:
        await work.world.aws.instances.remove(_name(work), tag=DR_TEST_TAG, fence=work.fence)
    except Temporary as busy:
        said = f"{_name(work)} cannot be deleted yet: {busy.message}"
    except OperationFailed as failure:
        if failure.code != "not_found":
            raise
    return wait_on(work, said, _CLEAN_SECONDS)


async def _ask(work: Work, database: Database, name: str, wanted: Integrity, at: Address) -> Asked:
    """One query. One that cannot be asked is a finding: a table may be missing."""
    try:
        rows = await work.world.sql.read(
            database, wanted.sql, limit=1, seconds=QUERY_SECONDS, at=at
        )
    except OperationFailed as failure:
        if failure.code == "denied":
            raise
        return Asked(name=name, expect=wanted.expect, found=failure.message, ok=False)
    value = rows.rows[0][0] if rows.rows and rows.rows[0] else None
    found = "nothing" if value is None else value[:200]
    return Asked(name=name, expect=wanted.expect, found=found, ok=meets(wanted, value))


async def _instance(work: Work) -> Instance | None:
    return await work.world.aws.instances.find(_name(work))


def _database(work: Work) -> Database:
    return work.world.topology.databases[work.args["database"]]


def _name(work: Work) -> str:
    return instance_name(str(work.args["database"]), work.run)


def _network(work: Work) -> Network:
    given = work.args["network"]
    return Network(**{**given, "security_groups": tuple(given["security_groups"])})


def _address(work: Work) -> Address:
    found = work.results["backup.dr-test.ready"]
    return Address(host=str(found["host"]), port=int(found["port"]))


def _began(work: Work) -> datetime:
    return datetime.fromisoformat(str(work.results["backup.dr-test.choose"]["began_at"]))


def _minutes(work: Work) -> int:
    return round((work.now - work.started_at).total_seconds() / 60)
