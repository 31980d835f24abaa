"""The plant's thread: carries out what is due and writes each second once it is over.

Started by `__main__` after the seed; `control` asks it to fill the past.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback

from sandbox.aws import seed, traffic
from sandbox.aws.metrics import RETENTION_SECONDS
from sandbox.aws.plant import Plant

TICK_SECONDS = 0.1
# At a high speed things follow each other closely; they are carried out in bunches then.
SHORTEST_TICK = 0.02
PRUNE_EVERY = 300


class Runner:
    """One per plant. `written` is the first second that has no traffic yet."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="plant", daemon=True)
        self._written = 0

    def start(self, scenario: str = "bad-release") -> None:
        """Seed and begin."""
        self.reset(scenario)
        self._thread.start()

    def stop(self) -> None:
        """Stop and wait for the thread."""
        self._stop.set()
        self._thread.join(timeout=5)

    def reset(self, scenario: str) -> None:
        """Everything as it was at the start. Raises ValueError on an unknown scenario."""
        with self._plant.lock:
            self._written = seed.build(self._plant, scenario)

    def advance(self, seconds: int) -> None:
        """Rewrite the last seconds as if the present settings had held all along.

        Raises ValueError beyond what the store keeps.
        """
        if not 0 < seconds <= RETENTION_SECONDS:
            raise ValueError(f"seconds are 1 to {RETENTION_SECONDS}")
        with self._plant.lock:
            self._catch_up()
            traffic.fill(self._plant, self._written - seconds, self._written)

    def _run(self) -> None:
        while not self._stop.wait(max(SHORTEST_TICK, self._plant.schedule.wait(TICK_SECONDS))):
            try:
                with self._plant.lock:
                    self._plant.schedule.run_due()
                    self._catch_up()
            except Exception:  # noqa: BLE001 - the edge: one broken second must not stop the world
                traceback.print_exc(file=sys.stderr)
                self._written = int(time.time())

    def _catch_up(self) -> None:
        now = int(time.time())
        while self._written < now:
            second = self._written
            self._written += 1
            traffic.live(self._plant, second, talks=True)
            if second % PRUNE_EVERY == 0:
                self._plant.store.prune(second)
