"""The parts of the truth on one pool: what bot.app hands to the engine."""

from __future__ import annotations

from bot.adapters.postgres.audit import PostgresAudit
from bot.adapters.postgres.cards import PostgresCards
from bot.adapters.postgres.hooks import PostgresHooks
from bot.adapters.postgres.inbox import PostgresInbox
from bot.adapters.postgres.incidents import PostgresIncidents
from bot.adapters.postgres.locks import PostgresLocks
from bot.adapters.postgres.pages import PostgresPages
from bot.adapters.postgres.pool import Pool
from bot.adapters.postgres.posts import PostgresPosts
from bot.adapters.postgres.pulse import PostgresPulse
from bot.adapters.postgres.requests import PostgresRequests
from bot.adapters.postgres.runs import PostgresRuns
from bot.adapters.postgres.ticks import PostgresTicks
from bot.ports import Store


def build_store(pool: Pool) -> Store:
    """The store on an open pool of a migrated database."""
    return Store(
        inbox=PostgresInbox(pool),
        audit=PostgresAudit(pool),
        requests=PostgresRequests(pool),
        runs=PostgresRuns(pool),
        locks=PostgresLocks(pool),
        cards=PostgresCards(pool),
        hooks=PostgresHooks(pool),
        incidents=PostgresIncidents(pool),
        pages=PostgresPages(pool),
        posts=PostgresPosts(pool),
        pulse=PostgresPulse(pool),
        ticks=PostgresTicks(pool),
    )
