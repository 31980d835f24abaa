"""How long a run stands still when its worker is killed: the promise is ten seconds.

A rollback's worker is killed with SIGKILL at the boundaries of every step, and a deployment's after
its effects, in its watch and on its way back (tests/chaos/kills.py), each in a service and a
database of its own, and another worker goes on. Measured by the
database's clock: the longest time without a line in the journal, from the dead worker's last one
to the claim that takes over. It fails when the worst is beyond the promise, or a kill did harm.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.kills import (
    DEPLOYMENT,
    ROLLBACK,
    WAY_BACK,
    Killed,
    Tale,
    killed_at,
    places,
)
from tests.chaos.scene import Scene, opened

PROMISED = 10.0


def main(given: Sequence[str] | None = None) -> None:
    """Measure and print; exit status 1 when the promise did not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-a-time", type=int, default=2, help="runs going on together")
    options = parser.parse_args(given)
    print(
        f"repeat: python -m benchmarks.takeover --at-a-time {options.at_a_time}\n"
        f"{platform.platform()}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at start"
    )
    with (
        tempfile.TemporaryDirectory(prefix="takeover-") as folder,
        opened(Path(folder), as_shipped=True) as scene,
    ):
        killed = asyncio.run(_measure(scene, Path(folder) / "places", options.at_a_time))
    stops = [one.stop for one in killed if not one.wrong]
    wrong = [one for one in killed if one.wrong]
    for one in wrong:
        print(f"  {one.place}: {one.wrong}")
    worst = max(killed, key=lambda one: one.stop)
    print(
        f"{len(killed)} kills: median {statistics.median(stops):.1f} s, worst {worst.stop:.1f} s "
        f"({worst.place}); promised {PROMISED:g} s; load {os.getloadavg()[0]:.1f}"
    )
    if wrong or worst.stop > PROMISED:
        raise SystemExit(1)


async def _measure(scene: Scene, record: Path, at_a_time: int) -> list[Killed]:
    gate = asyncio.Semaphore(at_a_time)

    async def killed(tale: Tale, place: str) -> Killed:
        async with gate:
            one = await killed_at(scene, place, tale)
        print(f"  {one.stop:5.1f} s  {tale.name}: {one.place}", flush=True)
        return one

    rollbacks = [(ROLLBACK, place) for place in await places(scene, record)]
    deployments = [(tale, place) for tale in (DEPLOYMENT, WAY_BACK) for place in tale.places]
    every = [*rollbacks, *deployments]
    return list(await asyncio.gather(*(killed(tale, place) for tale, place in every)))


if __name__ == "__main__":
    main()
