"""A world of verified twins with the whole engine over it: people type and click, time is moved.

Nothing here sleeps or speaks to a network. What a test wants to break it breaks at the twins
(`production.fail`, `chat.fail`, `pager.failing`, `probe.answers`); what it wants to know it
reads from them or from the store.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from blocks.voice import BlockKitVoice
from bot.adapters.memory.aws import MemoryProduction, build_memory_aws
from bot.adapters.memory.charts import MemoryCharts
from bot.adapters.memory.chat import MemoryChat
from bot.adapters.memory.clock import MemoryClock
from bot.adapters.memory.jobs import MemoryJobs
from bot.adapters.memory.pager import MemoryPager
from bot.adapters.memory.people import MemoryPeople
from bot.adapters.memory.probe import MemoryAnswer, MemoryProbe
from bot.adapters.memory.sql import MemorySql
from bot.adapters.memory.statuspage import MemoryStatusPage
from bot.adapters.memory.store import build_memory_store
from bot.adapters.memory.tables import Tables
from bot.domain.audit import Row, broken
from bot.domain.live import Minute
from bot.domain.message import Message
from bot.domain.request import Answer, Request
from bot.domain.run import Run
from bot.domain.verdict import floor
from bot.engine.approvals import decide
from bot.engine.click import Click, Counter
from bot.engine.desk import Desk
from bot.engine.dispatch import Asked, Blocked, Carried, Dispatch
from bot.engine.escalator import Escalator
from bot.engine.launch import Launcher
from bot.engine.oncall import Roster
from bot.engine.operation import Asking, Context, Operation
from bot.engine.publisher import Publisher
from bot.engine.runs import Runner
from bot.engine.world import World
from bot.ports import Aws
from bot.topology import Colour, Topology, load
from handlers import ACTIONS, OPERATIONS
from tests.needs import Needs

SHIPPED = Path(__file__).parents[1] / "filmops.toml"
ANA, BEN, CHLOE, DANA, EVE, NOBODY = "U0ANA", "U0BEN", "U0CHLOE", "U0DANA", "U0EVE", "U0EVIL"
"""Two engineers, the lead, the CTO, the auditor; and somebody the topology does not know."""


class Stage:
    """See the module. Blue (v1.4.2) serves at first, green (v1.4.1) stands by and is healthy."""

    def __init__(
        self,
        *,
        topology: Topology | None = None,
        operations: tuple[Operation, ...] = OPERATIONS,
        clock: MemoryClock | None = None,
        tables: Tables | None = None,
        aws: Aws | None = None,
    ) -> None:
        """`aws` instead of the twin, whose `production` is then nobody's."""
        self.topology = topology or load(SHIPPED)
        self.clock = clock or MemoryClock()
        self.tables = tables or Tables()
        self.production = MemoryProduction(self.topology, self.clock.now)
        self.probe = MemoryProbe()
        self.jobs = MemoryJobs(self.clock)
        self.people = MemoryPeople(self.topology)
        self.chat = MemoryChat(self.clock, channels=("ops-alerts", "engineering"))
        self.charts = MemoryCharts()
        self.sql = MemorySql()
        self.pager = MemoryPager(
            self.clock,
            services=[level.pagerduty_service for level in self.topology.escalation.levels],
            on_call=["Ana", "Chloe", "Dana"],
        )
        self.status_page = MemoryStatusPage()
        self.needs = Needs()
        ours = set(map(id, OPERATIONS))
        operations = tuple(self.needs.watched(o) if id(o) in ours else o for o in operations)
        self.world = World(
            topology=self.topology,
            clock=self.clock,
            store=build_memory_store(self.tables),
            jobs=self.jobs,
            aws=self.needs.over(aws or build_memory_aws(self.production)),
            probe=self.probe,
            pager=self.pager,
            roster=Roster(self.pager, self.clock),
            people=self.people,
            chat=self.chat,
            charts=self.charts,
            sql=self.sql,
            voice=BlockKitVoice(),
            release="test",
            status_page=self.status_page,
        )
        self.operations = {operation.name: operation for operation in operations}
        self.steps = {name: code for one in operations for name, code in one.steps.items()}
        self.dispatch = Dispatch(self.world, self.operations)
        self.launcher = Launcher(self.world, self.operations)
        self.runner = Runner(self.world, self.steps)
        self.desk = Desk(self.world, self.dispatch, ACTIONS)
        self.publisher = Publisher(self.world)
        self.escalator = Escalator(self.world, owner="the stage's scheduler")
        self.counter = Counter(world=self.world, dispatch=self.dispatch)
        self.jobs.attach(self.launcher.launch, self.runner.carry)
        self.answer_with("v1.4.1")

    # --- what people do ------------------------------------------------------------------

    def asking(self, who: str = ANA) -> Asking:
        """Who asks, now."""
        return Asking(actor=who, team="T1", channel="C1", now=self.clock.now())

    async def context(self, who: str = ANA) -> Context:
        """What a handler is given when this person asks, roles filled in."""
        asking = replace(self.asking(who), roles=await self.people.roles(who))
        return Context(world=self.world, asking=asking, operations=self.operations)

    async def type(self, text: str, who: str = ANA) -> Carried:
        """What comes of a typed command."""
        return await self.dispatch.command(self.asking(who), text)

    async def ask(self, text: str = "rollback backend", who: str = ANA) -> Request:
        """A changing command that is planned; its request."""
        asked = await self.type(text, who)
        assert isinstance(asked, Asked), asked
        return asked.request

    async def approve(self, request_id: int, who: str = BEN) -> str:
        """Somebody's yes; the sentence they are told."""
        return await decide(self.world, self.asking(who), request_id, Answer.APPROVE)

    async def reject(self, request_id: int, who: str = BEN) -> str:
        """Somebody's no."""
        return await decide(self.world, self.asking(who), request_id, Answer.REJECT)

    async def started(self, text: str = "rollback backend") -> Run:
        """Asked for, approved and launched; no step has been carried out."""
        request = await self.ask(text)
        await self.approve(request.id)
        self.jobs.waiting.clear()
        await self.launcher.launch(request.id)
        return await self.run(request.id)

    def click(self, action: str, value: str = "", who: str = BEN, **values: str) -> Click:
        """A click or a dialog sent off."""
        return Click(asking=self.asking(who), action=action, value=value, values=values)

    # --- what production does ------------------------------------------------------------

    def answer_with(self, version: str, service: str = "backend", where: str = "") -> None:
        """The product answers in this version, its health path and flows as they should; `where`
        is a colour's own address, `backend@green`.
        """
        found, place = self.topology.services[service], where or service
        said = MemoryAnswer(body=json.dumps({"version": version}))
        self.probe.answers[place, "GET", found.version_path] = said
        self.probe.answers[place, "GET", found.health_path] = MemoryAnswer()
        for flow in found.critical_flows:
            answer = MemoryAnswer(status=flow.expect)
            self.probe.answers[place, flow.method, flow.path] = answer

    def minute(self, ago: float, *, colour: Colour = Colour.GREEN, **about: Any) -> Minute:
        """Traffic of a colour of the backend in the minute that lies `ago` seconds back.

        Negative is in the future. Fine unless `about` says otherwise.
        """
        start = floor(self.clock.now() - timedelta(seconds=ago), 60)
        values = {"requests": 400, "errors": 0, "p95_seconds": 0.2, **about}
        minute = Minute(start=start, **values)
        self.production.minutes["backend", colour].append(minute)
        return minute

    def traffic(self, minutes: int = 30, *, colour: Colour = Colour.GREEN, **about: Any) -> None:
        """The same in each of the coming minutes, the present one first."""
        for number in range(minutes):
            self.minute(-60.0 * number, colour=colour, **about)

    # --- what can be seen ----------------------------------------------------------------

    async def run(self, run_id: int = 1) -> Run:
        """The journal's run."""
        run = await self.world.store.runs.get(run_id)
        assert run is not None
        return run

    async def request(self, request_id: int = 1) -> Request:
        """The request as it stands."""
        request = await self.world.store.requests.get(request_id)
        assert request is not None
        return request

    async def until_quiet(self, *, seconds: float = 7200) -> None:
        """Carry jobs, moving the clock to each next one, until none is left or time is up."""
        end = self.clock.now().timestamp() + seconds
        while True:
            await self.jobs.drain()
            due = self.jobs.next_at
            if due is None or due.timestamp() > end:
                return
            self.clock.advance(max(0.0, (due - self.clock.now()).total_seconds()))

    async def escalate(self) -> None:
        """What a scheduler does until nothing is due: pages are sent, looked for, told of."""
        due: datetime | None = self.clock.now()
        while due is not None and due <= self.clock.now():
            due = await self.escalator.wake()
            await self.escalator.drain(10)

    async def thread(self, ts: str) -> list[str]:
        """What the thread of a card says, all of it posted."""
        for _ in range(20):
            await self.publisher.publish()
            self.clock.advance(2)
        return [note.message.text for note in self.chat.messages("ops-alerts", thread=ts)]

    async def rows(self) -> list[Row]:
        """The audit log, found whole."""
        audit = self.world.store.audit
        found = [row async for row in audit.rows()]
        assert broken(found, await audit.head()) is None
        return found

    async def actions(self) -> list[str]:
        """The audit log's actions."""
        return [row.entry.action for row in await self.rows()]

    def effects(self) -> list[Mapping[str, Any]]:
        """Parameters of each call that changed production."""
        return [call.parameters for call in self.production.effects]


def said(answer: object) -> str:
    """The plain text of a message."""
    assert isinstance(answer, Message), answer
    return answer.text


def codes(answer: Carried) -> list[str]:
    """The reason codes something was blocked for."""
    assert isinstance(answer, Blocked), answer
    return [str(obstacle.code) for obstacle in answer.obstacles]
