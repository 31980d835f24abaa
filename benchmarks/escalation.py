"""How late a page is, how many can be sent at once, and what waiting costs.

Two schedulers, the processes of production, on one embedded PostgreSQL with 10,000 open
incidents, and the sandbox's PagerDuty answering each call after 50 ms. Measured is PagerDuty's own
ledger: from the instant a level is due, by the database's clock, to the arrival of its call. It
fails when a figure is beyond what is promised, or when a page is missing or came twice.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]  # no stubs in the lock
import psycopg

from bot.adapters.postgres.embedded import start_embedded
from bot.adapters.postgres.migrate import migrate
from bot.engine.paging import PARALLEL
from sandbox.processes import Child
from sandbox.world import World

SEED = Path(__file__).with_name("ladder.sql").read_bytes()
LATENCY_MS = 50
OPEN = 10_000
LEVELS = 3
SCHEDULERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What is promised of a minute's pages, in seconds of lateness."""

    p50: float = 0.010
    p99: float = 0.150
    most: float = 1.0


def main(given: Sequence[str] | None = None) -> None:
    """Measure and print; exit status 1 when a promise did not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--due", type=int, default=1000, help="pages falling due")
    parser.add_argument("--within", type=float, default=60.0, help="seconds they fall due in")
    parser.add_argument("--idle", type=float, default=30.0, help="seconds of doing nothing")
    parser.add_argument("--keep", action="store_true", help="keep the logs")
    options = parser.parse_args(given)
    print(
        f"repeat: python -m benchmarks.escalation --due {options.due} --within {options.within:g} "
        f"--idle {options.idle:g}\n{platform.platform()}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at start; {OPEN} open incidents, "
        f"{SCHEDULERS} schedulers, {LATENCY_MS} ms a call, {PARALLEL} calls a level and scheduler"
    )
    arguments = ["--per-minute", "0"]
    with World(parts=("pagerduty", "slack"), pagerduty_args=arguments, keep=options.keep) as world:
        server = start_embedded(world.data_dir)
        try:
            asyncio.run(migrate(server.dsn))
            failures = Bench(world, server.dsn).measure(options)
        finally:
            world.crew.stop_all()
            server.stop()
    if failures:
        raise SystemExit("; ".join(failures))


class Bench:
    """The parts, running."""

    def __init__(self, world: World, dsn: str) -> None:
        self._world = world
        self._dsn = dsn
        self._schedulers: list[Child] = []
        self._first = 1

    def measure(self, options: argparse.Namespace) -> list[str]:
        """All three; what did not hold."""
        far = self._now() + timedelta(hours=6)
        self._seed(OPEN, far, apart=0.1)
        for number in range(SCHEDULERS):
            command = [sys.executable, "-m", "bot", "scheduler"]
            name = f"scheduler-{number + 1}"
            self._schedulers.append(self._world.crew.start(name, command, self._world.environment))
        time.sleep(6)
        self._slow()
        return [*self._idle(options), *self._spread(options), *self._at_once(options)]

    def _idle(self, options: argparse.Namespace) -> list[str]:
        processes = [psutil.Process(child.process.pid) for child in self._schedulers]
        before = [sum(process.cpu_times()[:2]) for process in processes]
        time.sleep(options.idle)
        after = [sum(process.cpu_times()[:2]) for process in processes]
        used = [(b - a) / options.idle for a, b in zip(before, after, strict=True)]
        memory = max(process.memory_info().rss for process in processes) / 2**20
        print(
            f"idle, {OPEN} armed: {max(used):.2%} of a core a scheduler, {memory:.0f} MB; "
            "promised 0.5 %"
        )
        return [] if max(used) <= 0.005 else [f"idle cost {max(used):.2%}"]

    def _spread(self, options: argparse.Namespace) -> list[str]:
        start = self._now() + timedelta(seconds=5)
        due = self._seed(options.due, start, apart=options.within / options.due)
        late = self._late(due, options.within + 30)
        promised = Spread()
        cuts = _cuts(late)
        print(
            f"{len(due)} due within {options.within:g} s: lateness p50 {cuts[50] * 1000:.1f} ms, "
            f"p99 {cuts[99] * 1000:.1f} ms, max {max(late) * 1000:.1f} ms; promised "
            f"{promised.p50 * 1000:g}, {promised.p99 * 1000:g}, {promised.most * 1000:g} ms; "
            f"load {os.getloadavg()[0]:.1f}"
        )
        held = cuts[50] <= promised.p50 and cuts[99] <= promised.p99 and max(late) <= promised.most
        return [] if held else ["lateness of a minute's pages"]

    def _at_once(self, options: argparse.Namespace) -> list[str]:
        due = self._seed(options.due, self._now() + timedelta(seconds=5), apart=0.0)
        late = self._late(due, 60)
        parallel = PARALLEL * LEVELS * SCHEDULERS
        bound = 1.2 * len(due) * LATENCY_MS / 1000 / parallel
        last = max(late) + LATENCY_MS / 1000
        print(
            f"{len(due)} due at one instant: all sent after {last:.2f} s; promised {bound:.2f} s "
            f"(1.2 x {len(due)} x {LATENCY_MS} ms / {parallel} calls at a time)"
        )
        return [] if last <= bound else ["pages due at one instant"]

    def _late(self, due: dict[str, datetime], patience: float) -> list[float]:
        """Seconds of lateness by PagerDuty's ledger; SystemExit for a lost or doubled page."""
        deadline = time.monotonic() + patience
        arrived: dict[str, float] = {}
        while time.monotonic() < deadline:
            ledger = [page for page in self._ledger() if page["dedup_key"] in due]
            counts = Counter(page["dedup_key"] for page in ledger)
            doubled = [key for key, count in counts.items() if count > 1]
            if doubled:
                raise SystemExit(f"{len(doubled)} pages were sent twice: {doubled[:3]}")
            arrived = {page["dedup_key"]: page["received"] for page in ledger}
            if len(arrived) == len(due):
                break
            time.sleep(1)
        if len(arrived) < len(due):
            raise SystemExit(f"{len(due) - len(arrived)} pages were never sent")
        return [arrived[key] - at.timestamp() for key, at in due.items()]

    def _seed(self, count: int, start: datetime, *, apart: float) -> dict[str, datetime]:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            params = {
                "first": self._first,
                "count": count,
                "start": start,
                "apart": apart,
                "levels": LEVELS,
                "now": self._now(),
            }
            connection.execute(SEED, params)
            found = connection.execute(
                "SELECT p.key, p.due_at FROM pages p JOIN incidents i ON i.id = p.incident"
                " WHERE i.fingerprint = ANY(%s)",
                [[f"bench:{n}" for n in range(self._first, self._first + count)]],
            ).fetchall()
            connection.execute("ANALYZE pages")
        self._first += count
        return {str(key): due_at for key, due_at in found}

    def _now(self) -> datetime:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            found = connection.execute("SELECT clock_timestamp()").fetchone()
        if found is None:
            raise SystemExit("the database gave no time")
        now: datetime = found[0]
        return now

    def _ledger(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._control("GET", "ledger?action=trigger")
        return found

    def _slow(self) -> None:
        # There is no web process here: its webhooks would be tried again and again.
        self._control("DELETE", "webhooks")
        self._control(
            "POST",
            "faults",
            {
                "match": "POST /v2/enqueue",
                "kind": "latency",
                "seconds": LATENCY_MS / 1000,
                "times": None,
            },
        )

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        page = self._world.announced("pagerduty")["page"].rstrip("/")
        answer = httpx.request(method, f"{page}/_control/{path}", json=body, timeout=30)
        return answer.raise_for_status().json()


def _cuts(values: Sequence[float]) -> dict[int, float]:
    ordered = sorted(values)
    return {p: ordered[min(len(ordered) - 1, len(ordered) * p // 100)] for p in (50, 99)}


if __name__ == "__main__":
    main()
