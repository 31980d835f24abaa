"""One story's service, database and request: asked for, approved, and looked at from outside.

The test asks and approves through the engine with a real store and real AWS; what carries the
run is for the story to start (tests.chaos.nursery).
"""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from blocks.voice import BlockKitVoice
from bot.adapters.clock import build_clock
from bot.adapters.memory.charts import MemoryCharts
from bot.adapters.memory.chat import MemoryChat
from bot.adapters.memory.pager import MemoryPager
from bot.adapters.memory.people import MemoryPeople
from bot.adapters.memory.probe import MemoryProbe
from bot.adapters.memory.sql import MemorySql
from bot.adapters.postgres.jobs import build_jobs
from bot.adapters.postgres.pool import Pool, connected, open_pool
from bot.adapters.postgres.store import build_store
from bot.domain.audit import Entry
from bot.domain.reasons import Reason
from bot.domain.request import Answer, Request
from bot.domain.run import Control, Run
from bot.engine import approvals
from bot.engine.chain import examined
from bot.engine.dispatch import Asked, Blocked, Dispatch
from bot.engine.oncall import Roster
from bot.engine.operation import Asking
from bot.engine.world import World
from handlers import OPERATIONS
from tests.chaos.history import History
from tests.chaos.nursery import DEADLINE, Worker
from tests.productions import EFFECTS

if TYPE_CHECKING:
    from tests.chaos.scene import Scene

T = TypeVar("T")

LOOK_SECONDS = 0.2

ANA, BEN = "U0ANA", "U0BEN"


class Stage:
    """See the module. `request` is 0 until `ask`."""

    def __init__(
        self, scene: Scene, service: str, version: str, *, url: str, pool: Pool, world: World
    ) -> None:
        self.scene = scene
        self.service = service
        self.version = version
        self.url = url
        self.world = world
        self.request = 0
        self._pool = pool
        self._workers: list[Worker] = []
        self._released = False

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, scene: Scene, service: str, version: str, url: str
    ) -> AsyncIterator[Stage]:
        """With a pool of its own; the service is put back to blue first."""
        await scene.tell("aws", "weights", service=service, blue=100, green=0)
        pool = await open_pool(url, min_size=1, max_size=4)
        try:
            jobs = await build_jobs(pool)
            clock = await build_clock(pool)
            pager = MemoryPager(clock, services=["Level 1"], on_call=["Ana"])
            world = World(
                topology=scene.topology,
                clock=clock,
                store=build_store(pool),
                jobs=jobs,
                aws=scene.aws,
                probe=MemoryProbe(),
                pager=pager,
                roster=Roster(pager, clock),
                people=MemoryPeople(scene.topology),
                chat=MemoryChat(clock),
                charts=MemoryCharts(),
                sql=MemorySql(),
                voice=BlockKitVoice(),
                release="test",
            )
            stage = cls(scene, service, version, url=url, pool=pool, world=world)
            try:
                yield stage
            finally:
                await stage._end_workers()
                await stage._withdraw()
        finally:
            await pool.close()

    async def worker(self, **order: Any) -> Worker:
        """A worker on this database; it does not outlive the story."""
        worker = await self.scene.nursery.start(self.url, **order)
        self._workers.append(worker)
        return worker

    async def _end_workers(self) -> None:
        for worker in self._workers:
            worker.send(signal.SIGKILL)
            await worker.end()

    async def _withdraw(self) -> None:
        if self._released:
            green = {"service": self.service, "colour": "green", "version": "v1.4.1"}
            await self.scene.tell("aws", "colour", **green)

    # --- what people do ------------------------------------------------------------------

    async def ask(self, words: str = "", command: str = "rollback") -> None:
        """Ana asks for a rollback of the service, or for something else that is done to it.

        Where a look takes too long on a busy machine she does what the answer says: tries again.
        """
        dispatch = Dispatch(self.world, {operation.name: operation for operation in OPERATIONS})

        async def asked() -> Asked | None:
            said = await dispatch.command(self._asking(ANA), f"{command} {self.service} {words}")
            if isinstance(said, Blocked) and {o.code for o in said.obstacles} == {
                Reason.UNVERIFIED
            }:
                return None
            assert isinstance(said, Asked), said
            return said

        self.request = (await eventually(asked, "AWS did not answer in time")).request.id

    async def release(self, **character: Any) -> None:
        """This story's version is pushed; `character` is what it is like, until the story's end."""
        self._released = True
        await self.scene.tell(
            "aws", "release", service=self.service, version=self.version, **character
        )

    async def approve(self) -> None:
        """Ben answers for what is asked of him, and says yes."""
        request = await self.asked()
        keys = [box.key for box in request.plan.boxes]
        if keys:
            entry = Entry(actor=BEN, action="checklist", subject=request.name)
            now = self.world.clock.now()
            await self.world.store.ticks.set(
                request.name, ticked=keys, known=keys, by=BEN, entry=entry, now=now
            )
        await approvals.decide(self.world, self._asking(BEN), self.request, Answer.APPROVE)

    async def approved(self, words: str = "", command: str = "rollback") -> None:
        """Both."""
        await self.ask(words, command)
        await self.approve()

    async def pause(self) -> None:
        """Ben presses Pause."""
        await approvals.steer(self.world, self._asking(BEN), self.request, Control.PAUSE)

    async def resume(self) -> None:
        """Ben presses Resume."""
        await approvals.resume(self.world, self._asking(BEN), self.request)

    def _asking(self, who: str) -> Asking:
        return Asking(actor=who, team="T0", channel="", now=self.world.clock.now())

    # --- what can be seen ----------------------------------------------------------------

    async def run(self) -> Run | None:
        """The journal's run."""
        return await self.world.store.runs.get(self.request)

    async def newest(self) -> int | None:
        """The number of the request that somebody made by themselves."""
        return next((r.id for r in await self.world.store.requests.recent(limit=1)), None)

    async def notes_are_posted(self) -> None:
        """Wait until every note has its place in the thread."""

        async def posted() -> bool:
            async with connected(self._pool) as connection:
                cursor = await connection.execute("SELECT key FROM notes WHERE ts IS NULL")
                return not await cursor.fetchall()

        await eventually(posted, "a note was never posted")

    async def asked_run(self) -> Run:
        """The journal's run, which there must be."""
        run = await self.run()
        assert run is not None
        return run

    async def asked(self) -> Request:
        """The request."""
        request = await self.world.store.requests.get(self.request)
        assert request is not None
        return request

    async def until(self, wanted: str, *, seconds: float = DEADLINE) -> Run:
        """Wait until the run is in that state; fails when it ends in another."""
        async with asyncio.timeout(seconds):
            while True:
                run = await self.run()
                if run is not None and run.state == wanted:
                    return run
                ended = run is not None and (not run.state.open or run.state == "held")
                assert not ended, f"wanted {wanted}: {run}"
                await asyncio.sleep(LOOK_SECONDS)

    async def summary(self) -> str:
        """Request, run, card and jobs in a few words, for whoever reads a failed test."""
        request, run = await self.asked(), await self.run()
        async with connected(self._pool) as connection:
            cards = await connection.execute("SELECT * FROM cards")
            jobs = await connection.execute(
                "SELECT id, task_name, status, args, scheduled_at FROM procrastinate_jobs"
            )
            rows = [*await cards.fetchall(), *await jobs.fetchall()]
        said = "" if run is None else f"{run.state} at {run.next_step} {run.note}"
        return f"{request.state} {request.note}; {said}; " + "; ".join(str(row) for row in rows)

    async def history(self) -> History:
        """All that the journal ever said of the run."""
        async with connected(self._pool) as connection:
            cursor = await connection.execute(
                'SELECT at, relation, was, "is" FROM history ORDER BY number'
            )
            return History(await cursor.fetchall())

    async def audit_is_broken(self) -> str | None:
        """What is wrong with the audit log's chain; None when it holds."""
        _, wrong = await examined(self.world.store.audit)
        return wrong

    async def effects(self, since: int = 0) -> dict[str, int]:
        """How often each route of the plan was changed since it (or R`since`) was asked for."""
        request = await self.asked()
        calls = [call for step in request.plan.steps for call in step.calls]
        wanted = [
            str(call.parameters.get("ListenerArn") or call.parameters["RuleArn"]) for call in calls
        ]
        first = await self.world.store.requests.get(since) or request
        happened = [
            str(call["parameters"])
            for action in ("ModifyListener", "ModifyRule")
            for call in (await self.scene.ask("aws", "calls", action=action))["calls"]
            if call["outcome"] in ("done", "dropped") and call["time"] >= first.asked_at.timestamp()
        ]
        return {arn: sum(f"'{arn}'" in text for text in happened) for arn in wanted}

    async def acts(self, since: int = 0) -> Counter[str]:
        """How often production was changed for the service since it (or R`since`) was asked for, by
        action; for ECS two RunTask of a key are one.
        """
        first = await self.world.store.requests.get(since) or await self.asked()
        calls = (await self.scene.ask("aws", "calls"))["calls"]
        ours = [
            call
            for call in calls
            if call["action"] in EFFECTS
            and call["outcome"] in ("done", "dropped")
            and call["time"] >= first.asked_at.timestamp()
            and self.service in str(call["parameters"])
        ]
        keys = {str(c["parameters"].get("clientToken", n)): c["action"] for n, c in enumerate(ours)}
        return Counter(keys.values())

    async def cards(self) -> list[dict[str, Any]]:
        """The messages in the channel that are this request's."""
        found = (await self.scene.ask("slack", "messages", channel="ops-alerts"))["messages"]
        # An incident about its run has its number in the title, too.
        return [m for m in found if str(m["text"]).startswith(f"R{self.request} ")]

    async def card_says(self, word: str) -> dict[str, Any]:
        """The one card, which says that once Slack has been told all that is to be shown."""

        async def shown() -> bool:
            async with connected(self._pool) as connection:
                behind = "SELECT FROM cards WHERE subject = %s AND wanted > shown"
                cursor = await connection.execute(behind, (f"R{self.request}",))
                return not await cursor.fetchall()

        await eventually(shown, f"the card of R{self.request} stays behind")
        (card,) = await self.cards()
        assert word in card["text"], card["text"]
        return card


async def eventually(look: Callable[[], Awaitable[T | None]], what: str) -> T:
    """Look until there is something; fails with `what` after a deadline."""
    async with asyncio.timeout(DEADLINE):
        while True:
            found = await look()
            if found:
                return found
            await asyncio.sleep(LOOK_SECONDS)
    raise AssertionError(what)
