"""The twins of the store together, on one set of tables."""

from __future__ import annotations

from bot.adapters.memory.audit import MemoryAudit
from bot.adapters.memory.cards import MemoryCards
from bot.adapters.memory.hooks import MemoryHooks
from bot.adapters.memory.inbox import MemoryInbox
from bot.adapters.memory.incidents import MemoryIncidents
from bot.adapters.memory.locks import MemoryLocks
from bot.adapters.memory.pages import MemoryPages
from bot.adapters.memory.posts import MemoryPosts
from bot.adapters.memory.pulse import MemoryPulse
from bot.adapters.memory.requests import MemoryRequests
from bot.adapters.memory.runs import MemoryRuns
from bot.adapters.memory.tables import Tables
from bot.adapters.memory.ticks import MemoryTicks
from bot.ports import Store


def build_memory_store(tables: Tables | None = None) -> Store:
    """A store that forgets everything with its process; `tables` lets a test look inside."""
    shared = tables or Tables()
    return Store(
        inbox=MemoryInbox(shared),
        audit=MemoryAudit(shared),
        requests=MemoryRequests(shared),
        runs=MemoryRuns(shared),
        locks=MemoryLocks(shared),
        cards=MemoryCards(shared),
        hooks=MemoryHooks(shared),
        incidents=MemoryIncidents(shared),
        pages=MemoryPages(shared),
        posts=MemoryPosts(shared),
        pulse=MemoryPulse(shared),
        ticks=MemoryTicks(shared),
    )
