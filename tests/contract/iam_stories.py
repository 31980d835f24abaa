"""Every operation that needs something of AWS, and every duty of the schedulers, told to its end.

A story is what is done one after the other; each act is tried until it ends well. What it needs to
be there somebody who may do everything has prepared.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.domain.dr_test import tags_of
from bot.domain.vitals import Rows
from bot.engine.backups import verify_daily
from bot.engine.dr_leftovers import sweep_dr_tests
from bot.engine.patrol import patrol
from bot.errors import FilmOpsError
from handlers.backup.dr_steps import TABLES
from tests.data import FIRST, HISTORY, SECOND
from tests.deploying import COMMAND, NEW
from tests.permitted import Account, Permitted, Told

Act = Callable[[Permitted], Awaitable[Told]]


def nothing(account: Account) -> None:
    """The plant as seeded will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """`prepare` is done to each plant as seeded. What a scheduler does it does on a stage of its
    own each time (`anew`): it does nothing twice in a period.
    """

    acts: tuple[Act, ...]
    prepare: Callable[[Account], None] = nothing
    anew: bool = False


def typed(text: str) -> Act:
    """A command; what changes something is agreed to and carried out."""
    return lambda stage: stage.attempt(text)


def told(*texts: str) -> Story:
    """Nothing but commands."""
    return Story(acts=tuple(map(typed, texts)))


def released(account: Account) -> None:
    """v1.4.3 is pushed, and in staging."""
    account.plant.tell("release", service="backend", version=NEW)
    account.plant.tell("colour", service="backend-staging", colour="blue", version=NEW)


def working(account: Account) -> None:
    """One of the two workers runs a job."""
    account.plant.tell("workers", group="gpu", busy=1)


def left_over(account: Account) -> None:
    """A DR test's instance that should have been gone for long."""
    tags = tags_of(1, expires=datetime.now(UTC) - timedelta(hours=1))
    account.console("rds").restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="prod-db-dr-test-r1",
        DBSnapshotIdentifier="prod-db-before-release",
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )


async def rolled_back(stage: Permitted) -> Told:
    """Green has the release before, and answers as such."""
    stage.answer_with("v1.4.1")
    return await stage.attempt("rollback backend")


async def dr_tested(stage: Permitted) -> Told:
    """The restored database has tables."""
    stage.sql.known.add("prod-db")
    stage.sql.answers[TABLES.sql] = Rows(columns=("count",), rows=(("17",),))
    return await stage.attempt("backup dr-test")


async def downgraded(stage: Permitted) -> Told:
    """Somebody who may has looked before, and tidied up: a revision for it is to be made again. The
    plant's tasks do not tell what alembic would.
    """
    if not await stage.world.store.runs.recent(limit=1):
        looking = Permitted(stage.account, tables=stage.tables, everything=True)
        looked = await looking.attempt("db migrations --version v1.4.0")
        assert looked.well, looked.text
        ecs = stage.account.console("ecs")
        made = ecs.list_task_definitions(familyPrefix="backend-migrate", sort="DESC")
        ecs.deregister_task_definition(taskDefinition=made["taskDefinitionArns"][0])
        _alembic_said(stage)
    return await stage.attempt("db downgrade --version v1.4.0")


def _alembic_said(stage: Permitted) -> None:
    run = stage.tables.runs[1]
    status, undo = run.steps
    lines = [line for line in HISTORY if " -> " in line]
    found = {"wanted": "-1", "to": FIRST, "losses": [], "said": f"{SECOND} to {FIRST}"}
    steps = (
        replace(status, result={**status.result, "history": lines}),
        replace(undo, result={**undo.result, **found}),
    )
    stage.tables.runs[1] = replace(run, steps=steps)


async def patrolled(stage: Permitted) -> Told:
    """Blue is bad: an incident, and a rollback that is asked for."""
    said = await _heard("filmops.patrol", lambda: patrol(stage.world, stage.dispatch))
    incidents = await stage.world.store.incidents.recent()
    shown = [await stage.card(one.name) for one in incidents]
    asked = await stage.world.store.requests.recent()
    shown += [await stage.card(one.name) for one in asked]
    # On its card when it is over.
    shown += [offer for one in asked for offer in one.plan.offers]
    return Told(text="\n".join((said, *shown)), well=bool(asked))


async def verified(stage: Permitted) -> Told:
    """All backups are as they should be."""
    said = await _heard("filmops.backups", lambda: verify_daily(stage.world))
    return Told(text=said, well=not said)


async def swept(stage: Permitted) -> Told:
    """What was left over is being deleted."""
    said = await _heard("filmops.dr", lambda: sweep_dr_tests(stage.world))
    rows = await stage.actions()
    return Told(text=said, well="dr_test.swept" in rows and "could not" not in said)


class _Ear(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


async def _heard(name: str, duty: Callable[[], Awaitable[object]]) -> str:
    """What a scheduler says of it in its log, and of its failure."""
    log, ear = logging.getLogger(name), _Ear()
    log.addHandler(ear)
    try:
        await duty()
    except FilmOpsError as failure:
        ear.lines.append(failure.message)
    finally:
        log.removeHandler(ear)
    return "\n".join(ear.lines)


STORIES: Mapping[str, Story] = {
    "status": told("status"),
    "rollback": Story(acts=(rolled_back,)),
    "deploy": Story(acts=(typed(COMMAND),), prepare=released),
    "retire": told("retire backend"),
    "releases": told("releases"),
    "scale": Story(
        acts=tuple(
            map(
                typed,
                (
                    "scale backend 2 --max 8",
                    "scale gpu 1 --max 7",
                    "scale db db.r6g.xlarge",
                    "scale db replica add",
                    "scale db replica remove",
                ),
            )
        ),
        prepare=working,
    ),
    "autoscaling": told("autoscaling"),
    "db backups": told("db backups"),
    "db backup": told("db backup"),
    "db restore": told("db restore prod-db-before-release as prod-db-look"),
    "db migrations": told("db migrations --version v1.4.0"),
    "db migrate": told("db migrate --version v1.4.0"),
    "db downgrade": Story(acts=(downgraded,)),
    "backup verify": told("backup verify"),
    "backup dr-test": Story(acts=(dr_tested,)),
    "backup replication": told("backup replication"),
    "patrol": Story(acts=(patrolled,), anew=True),
    "verification of backups": Story(acts=(verified,), anew=True),
    "leftovers of DR tests": Story(acts=(swept,), prepare=left_over, anew=True),
}
"""By the operation's or the duty's name."""
