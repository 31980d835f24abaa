"""Killing the worker of a rollback at one place, and what came of it.

The places are those that a first, undisturbed worker came by, so a step added later is killed in
too. The test (test_killed_worker.py) judges what is left; the benchmark (benchmarks/takeover.py)
how long it took.
"""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.scene import Scene
from tests.chaos.stage import Stage

JOURNAL = ("runs.start", "runs.claim", "runs.finish", "runs.wait", "runs.move")
BEFORE = ("runs.start", "runs.move")
AFTER = (*JOURNAL, "traffic.set_weights", "jobs.step(0)", "jobs.step(5)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """What came of one: `wrong` is "" when nothing is; `stop` in seconds without a journal line."""

    place: str
    wrong: str
    stop: float = 0.0


async def places(scene: Scene, record: Path) -> list[str]:
    """The boundaries that the worker of a whole, undisturbed rollback comes by."""
    async with scene.stage() as stage:
        await stage.approved()
        worker = await stage.worker(record=str(record))
        await stage.until("succeeded")
        assert await worker.stop() == 0
        assert set((await stage.effects()).values()) == {1}
    came_by = await asyncio.to_thread(record.read_text, encoding="utf-8")
    return _boundaries(came_by.splitlines())


def _boundaries(came_by: list[str]) -> list[str]:
    """Those at the journal, the queue and the effect. How often a watching step looks varies:
    two looks of it are killed in.
    """
    found: list[str] = []
    for place in came_by:
        moment, _, call = place.partition(" ")
        label, _, number = call.partition("#")
        name = label.partition("(")[0]
        most = 1 if name == "runs.wait" else 2
        wanted = BEFORE if moment == "before" else AFTER
        if (name in wanted or label in wanted) and int(number) <= most:
            found.append(place)
    return found


async def killed_at(scene: Scene, place: str) -> Killed:
    """Kill a worker there with SIGKILL and let an ordinary one go on."""
    async with scene.stage() as stage:
        return await _killed_at(stage, place)


async def _killed_at(stage: Stage, place: str) -> Killed:
    await stage.ask()
    dying = await stage.worker(at=place)
    try:
        await dying.up()
        await stage.approve()
        assert await dying.end() == -signal.SIGKILL
    except (AssertionError, TimeoutError):
        said = f"the worker was not killed: {await stage.summary()}\n{dying.said()[-500:]}"
        return Killed(place=place, wrong=said)
    other = await stage.worker()
    try:
        await stage.until("succeeded")
        await stage.card_says("done in")
    except (AssertionError, TimeoutError) as error:
        said = f"{error!r}: {await stage.summary()}\n{other.said()[-500:]}"
        return Killed(place=place, wrong=said)
    status = await other.stop()
    history = await stage.history()
    effects = await stage.effects()
    facts = {
        f"it ended with {status}": status != 0,
        f"effects: {effects}": len(effects) < 2 or set(effects.values()) != {1},
        f"{history.deaths} deaths": history.deaths > 1,
        f"audit: {await stage.audit_is_broken()}": await stage.audit_is_broken() is not None,
        f"journal: {history.contradictions()}": bool(history.contradictions()),
    }
    wrong = "; ".join(what for what, is_so in facts.items() if is_so)
    return Killed(place=place, wrong=wrong, stop=history.longest_stop())
