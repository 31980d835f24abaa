"""How a run comes to stand still, turns round, or ends: every write that moves the run as a whole.

Before it: bot.engine.runs, which has journaled the step; and people, who steer. After it: the
card, the change log, and for a run that has turned, the steps of its way back.
"""

from __future__ import annotations

from typing import Final

from bot.domain.audit import Entry
from bot.domain.run import Control, Run, RunState, Step
from bot.engine.change import change, part
from bot.engine.world import World

TURNS: Final = "turns"
"""In a failed step's result: whether the run turns round because of it."""

_RUNNING = (RunState.RUNNING,)


class Ends:
    """The whole run's moves, each one conditional write: asked twice, the second does nothing."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def failed(self, run: Run, step: Step) -> bool:
        """After a step that failed: turn round or hold. Whether the run goes its way back now."""
        present = await self._world.store.runs.get(run.id)
        if present is None:
            return False
        if present.control is Control.ABORT:
            # Somebody has been promised an abort meanwhile.
            return await self.obey(present)
        said = str(step.result.get("said", ""))
        where = f"step {step.position + 1}, {step.spec.title}: {said}"
        if step.result.get(TURNS) and present.has_way_back:
            entry = Entry(
                actor="filmops",
                action="run.turned",
                subject=run.name,
                detail={"step": step.spec.name, "said": said},
            )
            return await self._turn(run, RunState.FAILED, f"Turned round at {where}", entry)
        await self._world.store.runs.move(
            run.id,
            expected=_RUNNING,
            state=RunState.HELD,
            note=f"Held at {where}",
            entry=Entry(
                actor="filmops",
                action="run.held",
                subject=run.name,
                detail={"step": step.spec.name, "said": said},
            ),
            now=self._world.clock.now(),
        )
        return False

    async def obey(self, run: Run) -> bool:
        """Pause or abort as somebody asked. Whether the run goes its way back now."""
        if run.control is Control.PAUSE:
            await self._pause(run)
            return False
        if run.has_way_back:
            note = "Aborted on request. It goes back first: what it changed is put back."
            entry = Entry(actor="filmops", action="run.turned", subject=run.name)
            return await self._turn(run, RunState.ABORTED, note, entry)
        await self._abort(run)
        return False

    async def complete(self, run: Run) -> None:
        """All steps of its way are done: it succeeded, or it has gone back."""
        request = await self._world.store.requests.get(run.id)
        now = self._world.clock.now()
        last = str(run.way[-1].result.get("said", "")) if run.way else ""
        state = run.turned or RunState.SUCCEEDED
        told = None
        if request is not None:
            told = change(run, request, now) if run.turned is None else part(run, request, now)
        await self._world.store.runs.move(
            run.id,
            expected=_RUNNING,
            state=state,
            note=last if run.turned is None else f"{run.note} {last}".strip(),
            entry=Entry(actor="filmops", action=f"run.{state}", subject=run.name),
            now=now,
            change=told,
        )

    async def _turn(self, run: Run, ends: RunState, note: str, entry: Entry) -> bool:
        return await self._world.store.runs.turn(
            run.id,
            expected=_RUNNING,
            ends=ends,
            note=note,
            entry=entry,
            now=self._world.clock.now(),
        )

    async def _abort(self, run: Run) -> None:
        """End it where it is; the change log tells what was done."""
        request = await self._world.store.requests.get(run.id)
        now = self._world.clock.now()
        await self._world.store.runs.move(
            run.id,
            expected=_RUNNING,
            state=RunState.ABORTED,
            note="Aborted on request. What was done stays done: /filmops status.",
            entry=Entry(actor="filmops", action="run.aborted", subject=run.name),
            now=now,
            change=part(run, request, now) if request is not None else None,
        )

    async def _pause(self, run: Run) -> None:
        await self._world.store.runs.move(
            run.id,
            expected=_RUNNING,
            state=RunState.PAUSED,
            note="Paused on request.",
            entry=Entry(actor="filmops", action="run.paused", subject=run.name),
            now=self._world.clock.now(),
        )
