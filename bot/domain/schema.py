"""Alembic's words: the commands of a migration besides its own, and what their output says.

Pure. Before: a service's migration (`alembic upgrade head`) and the lines its one-off tasks write.
After: the plans of `/filmops db migrate` and `db downgrade`. Source: Alembic's *Tutorial*,
*Relative Migration Identifiers* and *Generating SQL Scripts (Offline Mode)*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BASE = "base"
"""Before the first revision: nothing is left."""

_LINE = re.compile(
    r"^(?P<down><base>|[\w, ()]+?) -> (?P<id>\w+)(?P<marks>(?: \([\w ]+\))*)"
    r"(?:, (?P<message>.*))?$"
)
_LOSSES = re.compile(
    r"^(DROP|TRUNCATE|DELETE)\b|^ALTER TABLE\b.*\b(DROP|ALTER COLUMN .* TYPE)\b",
    re.IGNORECASE | re.DOTALL,
)
_OWN = re.compile(r"\balembic_version\b", re.IGNORECASE)
_NOISE = re.compile(r"^(INFO|WARNING|DEBUG)\b|^\S+: \$ ")
"""Lines of a log among the SQL: alembic's own, and the task's first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One step of the schema. `down` is what it stands on: none for the first, two for a merge."""

    id: str
    down: tuple[str, ...]
    message: str
    current: bool = False
    head: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The revisions an image knows, the newest first, as `alembic history` lists them."""

    revisions: tuple[Revision, ...]

    @property
    def current(self) -> Revision | None:
        """Where the database stands; None before the first, or when it is not among these."""
        return next((one for one in self.revisions if one.current), None)

    @property
    def heads(self) -> tuple[Revision, ...]:
        """Where it can be brought to."""
        return tuple(one for one in self.revisions if one.head)

    def below(self) -> tuple[Revision, ...]:
        """Those that have been applied, the newest first; of a merge only the first branch."""
        known = {one.id: one for one in self.revisions}
        found: list[Revision] = []
        at = self.current
        while at is not None:
            found.append(at)
            at = known.get(at.down[0]) if at.down else None
        return tuple(found)

    def pending(self) -> tuple[Revision, ...]:
        """Those that have not, the newest first."""
        applied = {one.id for one in self.below()}
        return tuple(one for one in self.revisions if one.id not in applied)

    def back_to(self, wanted: str) -> str | None:
        """The revision that `-1`, `base` or an identifier means from here; None when it is not
        below. A downgrade by its whole name comes to the same when it is carried out twice.
        """
        below = self.below()
        names = [*(one.id for one in below), BASE] if below else []
        if wanted == BASE:
            return BASE if below else None
        if re.fullmatch(r"-\d+", wanted):
            steps = int(wanted[1:])
            return names[steps] if 0 < steps < len(names) else None
        close = [name for name in names[1:] if name.startswith(wanted)]
        return close[0] if len(close) == 1 else None


def beside(command: Sequence[str], *words: str) -> tuple[str, ...] | None:
    """Another command of alembic's, called as the migration calls it; None when that is no
    `… alembic … upgrade …`.
    """
    if "upgrade" not in command or not any("alembic" in word for word in command):
        return None
    return (*command[: list(command).index("upgrade")], *words)


def history(lines: Iterable[str]) -> History:
    """What `alembic history --indicate-current` wrote."""
    found = (_LINE.match(line.strip()) for line in lines)
    return History(revisions=tuple(_revision(one) for one in found if one is not None))


def _revision(found: re.Match[str]) -> Revision:
    marks = found["marks"] or ""
    down = () if found["down"] == "<base>" else tuple(re.findall(r"\w+", found["down"]))
    return Revision(
        id=found["id"],
        down=down,
        message=found["message"] or "",
        current="(current)" in marks,
        head="(head)" in marks,
    )


def losses(lines: Iterable[str]) -> tuple[str, ...]:
    """What of the SQL that a downgrade would run takes something away for good."""
    kept = (line for line in lines if not line.lstrip().startswith("--") and not _NOISE.match(line))
    statements = (" ".join(text.split()) for text in "\n".join(kept).split(";"))
    return tuple(one for one in statements if _LOSSES.search(one) and not _OWN.search(one))
