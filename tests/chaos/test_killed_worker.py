"""kill -9 of the worker at any step of a rollback, and another finishes.

Here real processes are killed with SIGKILL, at the boundaries of every step of a whole rollback
and of its launch: after each claim, after each effect, after each line of the journal (so before
the next job), after the first and the last next job, before and after the run's start and end.
They are those that a first, undisturbed worker came by, so a step added later is killed in too.
Each kill has its own service and database; the leases and heartbeats are production's. The
finest grain, before and after every call of every port, is tests/chaos/test_every_call.py, in
one process.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.chaos.scene import Scene
from tests.chaos.stage import Stage

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(240)]

AT_A_TIME = 8
STUCK = 25.0
"""Seconds without a line in the journal that mean that nobody took over. The promise is 10 s on a
machine with room; here eight kills at a time share two cores with the rest of the suite, so the
worst is printed (`pytest -s`, figures in benchmarks/README.md) and only a loss fails the test."""

JOURNAL = ("runs.start", "runs.claim", "runs.finish", "runs.wait", "runs.move")
BEFORE = ("runs.start", "runs.move")
AFTER = (*JOURNAL, "traffic.set_weights", "jobs.step(0)", "jobs.step(5)")


async def test_whatever_step_boundary_its_worker_is_killed_at_a_rollback_is_done_once(
    scene: Scene, tmp_path: Path
) -> None:
    places = boundaries(await undisturbed(scene, tmp_path / "places"))
    assert len(places) > 18, places
    gate = asyncio.Semaphore(AT_A_TIME)

    async def killed(place: str) -> str:
        async with gate, scene.stage() as stage:
            return await killed_at(stage, place)

    said = await asyncio.gather(*(killed(place) for place in places))
    wrong = {place: what for place, what in zip(places, said, strict=True) if what}
    assert not wrong, "\n".join(f"{place}: {what}" for place, what in wrong.items())


async def undisturbed(scene: Scene, record: Path) -> list[str]:
    """The places a worker comes by that carries a whole rollback."""
    async with scene.stage() as stage:
        await stage.approved()
        worker = await stage.worker(record=str(record))
        await stage.until("succeeded")
        assert await worker.stop() == 0
        assert set((await stage.effects()).values()) == {1}
    return (await asyncio.to_thread(record.read_text, encoding="utf-8")).splitlines()


def boundaries(places: list[str]) -> list[str]:
    """Those at the journal, the queue and the effect. How often a watching step looks varies:
    two looks of it are killed in.
    """
    found: list[str] = []
    for place in places:
        moment, _, call = place.partition(" ")
        label, _, number = call.partition("#")
        name = label.partition("(")[0]
        most = 1 if name == "runs.wait" else 2
        wanted = BEFORE if moment == "before" else AFTER
        if (name in wanted or label in wanted) and int(number) <= most:
            found.append(place)
    return found


async def killed_at(stage: Stage, place: str) -> str:
    """Kill a worker there, let an ordinary one go on; what was wrong then, if anything."""
    await stage.ask()
    dying = await stage.worker(at=place)
    try:
        await dying.up()
        await stage.approve()
        assert await dying.end() == -signal.SIGKILL
    except (AssertionError, TimeoutError):
        return f"the worker was not killed: {await stage.summary()}\n{dying.said()[-500:]}"
    other = await stage.worker()
    try:
        await stage.until("succeeded")
        await stage.card_says("done in")
    except (AssertionError, TimeoutError) as error:
        return f"{error!r}: {await stage.summary()}\n{other.said()[-500:]}"
    status = await other.stop()
    history = await stage.history()
    effects = await stage.effects()
    stop = history.longest_stop()
    sys.stdout.write(f"{place}: {stop:.1f} s\n")
    facts = {
        f"it ended with {status}": status != 0,
        f"effects: {effects}": len(effects) < 2 or set(effects.values()) != {1},
        f"{history.deaths} deaths": history.deaths > 1,
        f"nothing happened for {stop:.1f} s": stop > STUCK,
        f"audit: {await stage.audit_is_broken()}": await stage.audit_is_broken() is not None,
        f"journal: {history.contradictions()}": bool(history.contradictions()),
    }
    return "; ".join(what for what, wrong in facts.items() if wrong)
