"""A world whose every port call is a place where something can happen to the worker.

Before it: a world of real ports, or of twins. After it: an engine that knows nothing of it. A
place is a port's method, the step's position for the journal's, and how often it was called:
`before runs.claim(2)#1`, `after traffic.set_weights#1`. `at traffic.set_weights#1` is the last
moment before the effect's bytes go out, where the fence is asked; for a call that sends twice, as
errands.start does, the second is `at 2 errands.start#1`. Renewals of the lease go by
time and are no places. Steps added later bring their places with them.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import fields, replace
from typing import Any

from bot.engine.world import World
from bot.ports import Fence

OF_A_STEP = ("runs.claim", "runs.finish", "runs.wait", "runs.release", "jobs.step")
"""Methods whose second argument is the step's position: it becomes part of the place's name."""

UNCOUNTED = "renew"

Happen = Callable[[str], Awaitable[None] | None]
"""Called at each place with its name: it may raise, or do something before the call goes on."""


class Tap:
    """Hears of every place. `happen` is called at each and may do what it likes, or raise."""

    def __init__(self, happen: Happen) -> None:
        self._happen = happen
        self._counts: Counter[str] = Counter()

    def entered(self, label: str) -> str:
        """A call begins; its name from here on."""
        self._counts[label] += 1
        return f"{label}#{self._counts[label]}"

    async def reached(self, moment: str, call: str) -> None:
        """The worker is there."""
        done = self._happen(f"{moment} {call}")
        if done is not None:
            await done

    def fence(self, call: str, real: Fence) -> Fence:
        """The real fence, with a place in front of it."""
        asked = 0

        def check() -> None:
            nonlocal asked
            asked += 1
            self._happen(f"at {call}" if asked == 1 else f"at {asked} {call}")
            real()

        return check


class Tapped:
    """Any port, calling through."""

    def __init__(self, port: Any, name: str, tap: Tap) -> None:
        self._port = port
        self._name = name
        self._tap = tap

    def __getattr__(self, method: str) -> Any:
        real = getattr(self._port, method)
        if not inspect.iscoroutinefunction(real) or method == UNCOUNTED:
            return real

        async def call(*args: Any, **given: Any) -> Any:
            place = self._tap.entered(self._label(method, args))
            await self._tap.reached("before", place)
            if "fence" in given:
                given["fence"] = self._tap.fence(place, given["fence"])
            answer = await real(*args, **given)
            await self._tap.reached("after", place)
            return answer

        return call

    def _label(self, method: str, args: tuple[Any, ...]) -> str:
        name = f"{self._name}.{method}"
        return f"{name}({args[1]})" if name in OF_A_STEP else name


def tapped(world: World, tap: Tap) -> World:
    """The same world with every port that a run is carried by tapped."""

    def over(whole: Any) -> Any:
        names = [each.name for each in fields(whole)]
        parts = {name: Tapped(getattr(whole, name), name, tap) for name in names}
        return replace(whole, **parts)

    def one(name: str) -> Any:
        return Tapped(getattr(world, name), name, tap)

    return replace(
        world,
        store=over(world.store),
        aws=over(world.aws),
        jobs=one("jobs"),
        probe=one("probe"),
        pager=one("pager"),
        charts=one("charts"),
        sql=one("sql"),
        code=one("code") if world.code is not None else None,
    )
