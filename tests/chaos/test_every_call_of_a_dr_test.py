"""A worker dies before, at or after any call of a DR test: its instance is gone all the same.

In one process, on twins. Of a test that passes and of one that fails; wherever the worker dies, one
instance was made, it is deleted, production is as it was, and the report is there once.
"""

from __future__ import annotations

import pytest

from bot.domain.run import Run, RunState
from tests.chaos.mortal import Mortal
from tests.drtests import FILMS, STAGING, WHOLE, DrTests, topology

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120)]

SHARED = topology(integrity=WHOLE, application=STAGING)
EFFECTS = ["restore_db_instance_from_db_snapshot", "delete_db_instance"]


class Theatre(DrTests, Mortal):
    """A DR test that is approved; RDS has done what it was told whenever somebody looks."""

    def __init__(self, ends: RunState) -> None:
        super().__init__(topology=SHARED)
        self.ends = ends
        if ends is RunState.FAILED:
            self.gives(FILMS, "0")

    async def begins(self) -> int:
        """Launched; nothing of it has been carried out."""
        return (await self.started("backup dr-test")).id

    async def meanwhile(self, run: Run) -> None:
        """RDS goes on."""
        self.settle()


@pytest.mark.parametrize("ends", [RunState.SUCCEEDED, RunState.FAILED])
async def test_wherever_a_worker_dies_nothing_is_left_and_one_report_is_there(
    ends: RunState,
) -> None:
    stage = Theatre(ends)
    places: list[str] = []
    stage.worker(places.append)
    run = await stage.carried(await stage.begins(), stage.meanwhile)
    assert (run.state, stage.called()) == (ends, EFFECTS)
    assert len(places) > 80, places
    wrong = {place: what for place in places if (what := await died(ends, place))}
    assert not wrong, "\n".join(f"{place}: {what}" for place, what in wrong.items())


async def died(ends: RunState, place: str) -> str:
    """Die there and let another go on; what was wrong then, if anything."""
    stage = Theatre(ends)
    run = await stage.carried_past(place, await stage.begins(), stage.meanwhile)
    if run is None:
        return "the worker never came by"
    notes = [note for note in stage.tables.notes.values() if "dr-report" in note.note.key]
    facts = {
        f"{run.state}: {run.note}": run.state is not ends,
        f"effects: {stage.called()}": stage.called() != EFFECTS,
        f"there: {list(stage.production.instances)}": set(stage.production.instances)
        != {"prod-db"},
        f"{len(notes)} files": len(notes) != 2,
        f"{len(stage.tables.changes)} changes": len(stage.tables.changes) != 1,
        f"jobs are left: {stage.jobs.waiting}": bool(stage.jobs.waiting),
    }
    return "; ".join(what for what, is_wrong in facts.items() if is_wrong)
