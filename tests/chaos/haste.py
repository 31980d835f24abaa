"""Other waits, where a test is not about how long they are; put in before a process begins."""

from __future__ import annotations

from datetime import timedelta

from bot.adapters.postgres import worker as queue
from bot.engine import confirming, lease, look, paging, runs
from bot.entrypoints import scheduler

PATIENCE = 20.0
"""How long a part of the live state may take here: on a busy machine it does take long, what is
unknown blocks, and how soon it does is another suite's promise.
"""


def hurry() -> None:
    """Leases and heartbeats of runs, looks at pages, and the sweep of PagerDuty."""
    lease.SECONDS, lease.RENEWED_EVERY = 2.0, 0.4
    queue.SILENT_SECONDS, queue.HEARTBEAT_SECONDS, queue.REAP_SECONDS = 2.0, 0.4, 0.4
    runs.CLAIMED_ELSEWHERE = 0.3
    confirming.LOOKS = (0.3, 0.8, 1.5)
    paging.LOOK_AFTER = timedelta(seconds=confirming.LOOKS[0])
    # Not the scheduler's own: it has the name from bot.engine.sweep.
    vars(scheduler)["SWEEP_SECONDS"] = 1.0


def be_patient() -> None:
    """See PATIENCE; for a process of its own."""
    look.PART_SECONDS = PATIENCE


def without_net() -> None:
    """The escalation wakes at its instants alone: every five seconds it would mend a wrong one."""
    scheduler.NET_SECONDS = 60.0
