"""A world of verified twins for handlers: production in memory, commands as they are typed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from blocks.voice import BlockKitVoice
from bot.adapters.memory.aws import MemoryProduction, build_memory_aws
from bot.adapters.memory.charts import MemoryCharts
from bot.adapters.memory.chat import MemoryChat
from bot.adapters.memory.clock import MemoryClock
from bot.adapters.memory.jobs import MemoryJobs
from bot.adapters.memory.pager import MemoryPager
from bot.adapters.memory.people import MemoryPeople
from bot.adapters.memory.probe import MemoryProbe
from bot.adapters.memory.sql import MemorySql
from bot.adapters.memory.store import build_memory_store
from bot.domain.message import Message
from bot.engine.dispatch import Carried, Dispatch
from bot.engine.oncall import Roster
from bot.engine.operation import Asking
from bot.engine.world import World
from bot.topology import load
from handlers import OPERATIONS
from tests.unit.blocks.seeing import good


class Stage:
    """Type commands, look at answers; `production`, `pager` and `clock` are there to be moved."""

    def __init__(self) -> None:
        topology = load(Path("filmops.toml"))
        self.clock = MemoryClock()
        self.production = MemoryProduction(topology, self.clock.now)
        self.pager = MemoryPager(
            self.clock, services=["Level 1", "Level 2", "Level 3"], on_call=["Ana", "Chloe", None]
        )
        self.world = World(
            topology=topology,
            clock=self.clock,
            store=build_memory_store(),
            jobs=MemoryJobs(self.clock),
            aws=build_memory_aws(self.production),
            probe=MemoryProbe(),
            pager=self.pager,
            roster=Roster(self.pager, self.clock),
            people=MemoryPeople(topology),
            chat=MemoryChat(self.clock),
            charts=MemoryCharts(),
            sql=MemorySql(),
            voice=BlockKitVoice(),
            release="test",
        )
        self.dispatch = Dispatch(self.world, {o.name: o for o in OPERATIONS})

    @property
    def now(self) -> datetime:
        """The stage's present."""
        return self.clock.now()

    async def carry(self, text: str, user: str = "U0ANA") -> Carried:
        """Whatever comes of what somebody typed."""
        asking = Asking(actor=user, team="T1", channel="C1", now=self.now)
        return await self.dispatch.command(asking, text)

    async def type(self, text: str, user: str = "U0ANA") -> Message:
        """The answer to what somebody typed, which Slack would take."""
        answer = await self.carry(text, user)
        assert isinstance(answer, Message), answer
        return good(answer)

    async def audited(self) -> list[tuple[str, str, str]]:
        """Actor, action and subject of every row but the commands themselves."""
        return [
            (row.entry.actor, row.entry.action, row.entry.subject)
            async for row in self.world.store.audit.rows()
            if row.entry.action != "command"
        ]
