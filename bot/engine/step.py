"""A step's code and what it may come to.

A step's code is found by the name in the journal, so a run begun under one release goes on
under the next. `done` tells from the live world whether the step has already happened: it is
asked before `act`, so that a repeated step acts once, and again after it, to read back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain.run import RESUMED
from bot.engine.world import World
from bot.ports import Fence


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The step is done; `said` is the sentence the card shows."""

    said: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Look again in `seconds`; `progress` is kept, its "said" shown meanwhile."""

    seconds: float
    progress: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Going on is not known to be safe: stop here, keep everything, page."""

    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """Going on would harm, and the way back is known to be open: turn round, traffic first.

    A run whose plan has no way back is held instead.
    """

    said: str


Outcome = Done | Wait | Hold | Back


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One attempt of a step: its arguments, what earlier looks left, and the fence.

    `results` has what the steps that are done came to, by name (of several of one name, the
    last). `promoted_by` is who said that it has waited enough; empty when nobody has. `deaths`
    counts attempts of this step whose worker never answered: what they sent may have arrived.
    """

    world: World
    run: int
    args: Mapping[str, Any]
    progress: Mapping[str, Any]
    started_at: datetime
    fence: Fence
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    promoted_by: str = ""
    deaths: int = 0

    @property
    def resumed(self) -> bool:
        """Whether a person had it begin anew: what was before is theirs, and not judged again."""
        return bool(self.progress.get(RESUMED))

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.world.clock.now()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCode:
    """`act` does it; `done` (None for steps that only look) says whether it is done already."""

    act: Callable[[Work], Awaitable[Outcome]]
    done: Callable[[Work], Awaitable[Done | None]] | None = None
