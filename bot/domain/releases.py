"""What became of a service's versions: the last try of each, and the last good one.

Before: the change log's entries, newest first; a deployment's says `{"version": …, "outcome": …}`
in its detail. After: `blocks.releases`, and whoever proposes a version to go back to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.attention import live_colours
from bot.domain.live import Missing, Route, Tasks
from bot.domain.release import Image
from bot.domain.run import ChangeLogEntry
from bot.topology import Colour

ROLLBACK = "rollback"
"""The operation that undoes the newest deployment; its entries name no version."""


class Outcome(StrEnum):
    """What a deployment came to, as stored in the change log's detail."""

    DEPLOYED = "deployed"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One deployment of a version, and by which run it came to that outcome."""

    version: str
    outcome: Outcome
    run: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Which version each colour of a service runs, and where its traffic goes."""

    routes: tuple[Route, ...] | Missing
    colours: Mapping[Colour, Tasks | Missing]

    @property
    def serving(self) -> Tasks | None:
        """The one colour that has all the traffic; None when that is not known."""
        live = () if isinstance(self.routes, Missing) else tuple(live_colours(self.routes))
        tasks = self.colours.get(live[0]) if len(live) == 1 else None
        return tasks if isinstance(tasks, Tasks) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasesView:
    """The answer to `/filmops releases`. `images` and `changes` are the newest first; `staging` is
    the service that has a release first, by its key.
    """

    images: tuple[Image, ...] | Missing
    running: Running
    changes: tuple[ChangeLogEntry, ...] | Missing
    staging: tuple[str, Running] | None


def tries(changes: Iterable[ChangeLogEntry]) -> tuple[Try, ...]:
    """Every deployment, newest first. One that was rolled back afterwards is `rolled_back`, by the
    run that did it: a rollback undoes the newest deployment before it and no other.
    """
    found: list[Try] = []
    rollbacks: list[Try] = []
    for change in changes:
        known = _try(change)
        if known is None:
            continue
        if known.outcome is Outcome.ROLLED_BACK:
            rollbacks.append(known)
        elif known.outcome is Outcome.DEPLOYED:
            # A deployment that went back by itself undid its own version only.
            undone = [by for by in rollbacks if by.version in ("", known.version)]
            rollbacks.clear()
            known = replace(undone[-1], version=known.version) if undone else known
        if known.version:
            found.append(known)
    return tuple(found)


def runs(tasks: Tasks | Missing | None, image: Image) -> bool:
    """Whether these tasks are of that image, named by its tag or by its digest."""
    return isinstance(tasks, Tasks) and tasks.image.endswith((f":{image.tag}", f"@{image.digest}"))


def last_try(version: str, all_tries: Iterable[Try]) -> Try | None:
    """The newest one of a version."""
    return next((one for one in all_tries if one.version == version), None)


def last_good(changes: Iterable[ChangeLogEntry], serving: str | None) -> str | None:
    """The newest version that was deployed and not rolled back afterwards; without one, what
    serves now; None when neither is known.
    """
    deployed = (one.version for one in tries(changes) if one.outcome is Outcome.DEPLOYED)
    return next(deployed, serving)


def _try(change: ChangeLogEntry) -> Try | None:
    """A rollback that names no version has an empty one. None for any other change, and for an
    outcome of a later release.
    """
    version, outcome = change.detail.get("version"), change.detail.get("outcome")
    if not change.detail and change.operation == ROLLBACK:
        version, outcome = "", Outcome.ROLLED_BACK
    if not isinstance(version, str) or outcome not in set(Outcome):
        return None
    return Try(version=version, outcome=Outcome(outcome), run=change.run, at=change.at)
