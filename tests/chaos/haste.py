"""Shorter leases, where a test is not about how long they are; put in before a process begins.

What every story waits less is in tests.waits.
"""

from __future__ import annotations

from datetime import timedelta

from bot.adapters.postgres import pool
from bot.adapters.postgres import worker as queue
from bot.engine import confirming, lease, paging, publisher, runs
from bot.entrypoints import scheduler


def hurry() -> None:
    """Leases, heartbeats, looks at pages, and the scheduler's rounds."""
    lease.SECONDS, lease.RENEWED_EVERY = 2.0, 0.4
    queue.SILENT_SECONDS, queue.HEARTBEAT_SECONDS, queue.REAP_SECONDS = 2.0, 0.4, 0.4
    runs.CLAIMED_ELSEWHERE = 0.3
    # Who is killed or stopped while it claims or sends a card keeps it that long.
    pool.IDLE_SECONDS = 3
    publisher.SENDING_SECONDS, publisher.LEASE = 2.0, timedelta(seconds=3)
    confirming.LOOKS = (0.3, 0.8, 1.5)
    paging.LOOK_AFTER = timedelta(seconds=confirming.LOOKS[0])
    # Not the scheduler's own: it has the name from bot.engine.sweep.
    vars(scheduler)["SWEEP_SECONDS"] = 1.0
    scheduler.TICK_SECONDS = 1


def without_net() -> None:
    """The escalation wakes at its instants alone: every five seconds it would mend a wrong one."""
    scheduler.NET_SECONDS = 60.0
