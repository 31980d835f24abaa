"""A worker dies at any call of `/filmops db …`: the next goes on, and everything is made once.

On twins, as test_every_call_of_a_deployment.py. A schema that two tasks change at once breaks, a
restore made twice costs a database, and a page of SQL told twice is read as two.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.domain.run import RunState
from tests.chaos.mortal import Mortal
from tests.data import SNAPSHOT, Data

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120)]

STORIES = {
    "db backup": ["create_db_snapshot"],
    f"db restore {SNAPSHOT} as films-look": ["restore_db_instance_from_db_snapshot"],
    "db migrations": ["run_task"] * 2,
    "db migrate": ["create_db_snapshot", *["run_task"] * 2],
    "db downgrade": ["create_db_snapshot", *["run_task"] * 2],
}
_BEGAN = re.compile(r"(?<=-)\d{8}(-?\d{6})?")
"""Snapshots and tasks are named for when their step began."""


class Doomed(Mortal, Data):
    """One whose workers die. What takes time in AWS takes some."""

    async def begins(self, command: str) -> int:
        """Agreed to. Before a downgrade somebody has looked; that look is not what is told."""
        if command == "db downgrade":
            await self.done("db migrations")
            self.production.calls.clear()
        self.production.errands_listed_after = timedelta(seconds=1)
        return (await self.agreed(command)).id

    def left(self, run: int) -> list[str]:
        """All that it leaves behind, in words that are the same whenever it was."""
        tables, production = self.tables, self.production
        steps = [(s.spec.name, s.state, dict(s.result)) for s in tables.runs[run].steps]
        lines = [
            *(f"effect: {one}" for one in self.effected()),
            *(f"task: {one}" for one in self.commands()),
            *(f"step: {one}" for one in steps),
            *(f"note: {key} {row.note.message.text}" for key, row in tables.notes.items()),
            *(f"snapshot: {one.id}" for one in production.snapshots["prod-db"]),
            *(f"instance: {name} {one.tags}" for name, one in production.instances.items()),
            *(f"change: {one.run} {one.summary} {one.detail}" for one in tables.changes),
            *(f"audit: {row.entry.action} {row.entry.subject}" for row in tables.audit),
        ]
        return [_BEGAN.sub("", line) for line in lines]

    def effected(self) -> list[str]:
        """The calls that changed production; for ECS two RunTask of a token are one."""
        made = {
            str(call.parameters.get("clientToken", number)): call.action
            for number, call in enumerate(self.production.effects)
            if call.action != "register_task_definition"
        }
        return list(made.values())


@pytest.mark.parametrize("command", STORIES)
async def test_wherever_a_worker_dies_a_database_operation_leaves_what_it_would_have_left(
    command: str,
) -> None:
    stage, places = Doomed(), list[str]()
    number = await stage.begins(command)
    stage.worker(places.append)
    run = await stage.carried(number)
    assert run.state is RunState.SUCCEEDED, run.note
    assert stage.effected() == STORIES[command]
    wanted = stage.left(number)
    assert len(places) > 20, places
    wrong = {place: what for place in places if (what := await _died(command, place, wanted))}
    assert not wrong, "\n".join(f"{place}: {what}" for place, what in wrong.items())


async def _died(command: str, place: str, wanted: list[str]) -> str:
    """Die there and let another go on; what was wrong then, if anything."""
    stage = Doomed()
    number = await stage.begins(command)
    run = await stage.carried_past(place, number)
    if run is None:
        return "the worker never came by"
    found = stage.left(number)
    wrong = [f"- {line}" for line in wanted if line not in found]
    wrong += [f"+ {line}" for line in found if found.count(line) > wanted.count(line)]
    if stage.jobs.waiting:
        wrong.append(f"jobs are left: {stage.jobs.waiting}")
    return "\n  ".join(wrong)
