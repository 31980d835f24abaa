"""Other waits, for stories: how long they are is a number, and proven elsewhere.

Before: the product's, of a module each. After: a studio and the processes of the chaos, which put
these in; leases are tests.chaos.haste's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from importlib import import_module

_NO_LIMIT = (60_000.0, 1_000.0)

WAITS: Mapping[str, object] = {
    # Longer: on a busy machine AWS is slow. How soon what is unknown blocks, two stories say.
    "bot.engine.look.PART_SECONDS": 20.0,
    # Slack's budgets, and how often a card may change (tests/unit/engine/test_publisher.py): the
    # eleventh change of a story and each after it would cost 1.2 s and what is left of a second.
    "bot.engine.publisher.COALESCE": timedelta(),
    "bot.engine.publisher.UPDATES": ("chat.update", *_NO_LIMIT),
    "bot.engine.publisher.POSTS": ("chat.postMessage", *_NO_LIMIT),
    # A step's next job waits for the end of the one before, which nobody is notified of.
    "bot.adapters.postgres.worker.POLL_SECONDS": 0.1,
    # Between attempts (tests/unit/engine/test_runs.py), and between looks (test_trying.py).
    "bot.engine.runs.FIRST_BACKOFF": 0.05,
    "bot.engine.trying.FIRST_WAIT": 0.15,
    "bot.engine.workflow.BETWEEN_LOOKS": 0.5,
    "bot.engine.workflow.FOLLOW_SECONDS": 0.5,
    "handlers.deploy.watching.BLIND_LOOK": 0.5,
}


def put_in() -> None:
    """For the rest of a process."""
    for where, wait in WAITS.items():
        module, _, name = where.rpartition(".")
        setattr(import_module(module), name, wait)
