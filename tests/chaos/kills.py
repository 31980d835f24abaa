"""Killing the worker of a run at one place, and what came of it.

The places of a rollback are those that a first, undisturbed worker came by, so a step added later
is killed in too. A deployment takes longer, so its are named here, a handful: after effects, in
its watch, where it turns round, on its way back. Every other one is in
test_every_call_of_a_deployment.py. The tests judge what is left; the benchmark
(benchmarks/takeover.py) how long it took.
"""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.scene import Scene
from tests.chaos.stage import Stage

JOURNAL = ("runs.start", "runs.claim", "runs.finish", "runs.wait", "runs.move")
BEFORE = ("runs.start", "runs.move")
AFTER = (*JOURNAL, "traffic.set_weights", "jobs.step(0)", "jobs.step(5)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tale:
    """What is asked for, how it ends, and how often production is changed for it by then. Places
    are named by steps: `{watch}` is where the step of that name is.
    """

    name: str
    command: str
    ends: str
    says: str
    acts: Mapping[str, int]
    words: str = ""
    release: Mapping[str, Any] | None = None
    places: tuple[str, ...] = ()
    frozen: bool = False
    charts: int = 0
    leaves: tuple[str, ...] = field(default=())
    """Operations that are asked for by the run itself."""


ROLLBACK = Tale(
    name="rollback",
    command="rollback",
    ends="succeeded",
    says="done in",
    acts={"ModifyListener": 1, "ModifyRule": 1},
)
UP = {"RegisterTaskDefinition": 2, "RunTask": 1, "UpdateService": 1}
"""The migration's revision and the release's."""

DEPLOYMENT = Tale(
    name="deployment",
    command="deploy",
    words="{version} --schema reversible",
    release={},
    ends="succeeded",
    says="done in",
    acts={**UP, "ModifyListener": 1, "ModifyRule": 1},
    leaves=("retire",),
    charts=2,
    places=(
        "after rollers.update#1",
        "after traffic.set_weights#1",
        "after runs.wait({watch})#2",
        "after requests.open#1",
    ),
)
WAY_BACK = Tale(
    name="way back",
    command="deploy",
    words="{version} --schema reversible",
    release={"error_rate": 0.95},
    ends="failed",
    says="failed",
    acts={**UP, "ModifyListener": 2, "ModifyRule": 2},
    frozen=True,
    charts=1,
    places=(
        "after runs.finish({watch})#1",
        "after traffic.set_weights#3",
        "after locks.take#1",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """What came of one: `wrong` is "" when nothing is; `stop` in seconds without a journal line."""

    place: str
    wrong: str
    stop: float = 0.0


async def begin(stage: Stage, tale: Tale) -> None:
    """Ask for it."""
    if tale.release is not None:
        await stage.release(**tale.release)
    await stage.ask(tale.words.format(version=stage.version), tale.command)


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


async def killed_at(scene: Scene, place: str, tale: Tale = ROLLBACK) -> Killed:
    """Kill a worker there with SIGKILL and let an ordinary one go on."""
    async with scene.stage() as stage:
        return await _killed_at(stage, place, tale)


async def _killed_at(stage: Stage, place: str, tale: Tale) -> Killed:
    await begin(stage, tale)
    steps = [step.name.partition(".")[2] for step in (await stage.asked()).plan.steps]
    place = place.format(**{name: position for position, name in enumerate(steps)})
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
        await stage.until(tale.ends)
        await stage.card_says(tale.says)
        await stage.notes_are_posted()
    except (AssertionError, TimeoutError) as error:
        said = f"{error!r}: {await stage.summary()}\n{other.said()[-500:]}"
        return Killed(place=place, wrong=said)
    status = await other.stop()
    history = await stage.history()
    wrong = await wrong_with(stage, tale)
    if status:
        wrong.append(f"it ended with {status}")
    if history.deaths > 1:
        wrong.append(f"{history.deaths} deaths")
    return Killed(place=place, wrong="; ".join(wrong), stop=history.longest_stop())


async def wrong_with(stage: Stage, tale: Tale) -> list[str]:
    """What a run has left that it should not have, or left out."""
    acts, store = await stage.acts(), stage.world.store
    broken, contradictions = await stage.audit_is_broken(), (await stage.history()).contradictions()
    resource = (await stage.asked()).plan.resource
    asked = [one.operation for one in await store.requests.recent(resource=resource)]
    locks = [lock.reason for lock in await store.locks.held(stage.world.clock.now())]
    changes = await store.runs.changes(resource=resource)
    # A chart is its words and a message without any, which is its file.
    posted = [str(reply["text"]) for reply in (await stage.cards())[0]["replies"]]
    said, charts = [text for text in posted if text], [t for t in posted if t.startswith("Watch ")]
    facts = {
        f"effects: {acts}": acts != Counter(tale.acts),
        f"audit: {broken}": broken is not None,
        f"journal: {contradictions}": bool(contradictions),
        f"asked for: {asked}": asked != [*tale.leaves, tale.command],
        f"frozen: {locks}": len(locks) != tale.frozen,
        f"changes: {changes}": len(changes) != 1,
        f"posted twice: {posted}": (len(said), len(posted)) != (len(set(said)), len(said + charts)),
        f"charts: {charts}": len(charts) != tale.charts,
    }
    return [what for what, is_so in facts.items() if is_so]
