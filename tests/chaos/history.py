"""Every version of a run's rows in the journal (history.sql), and what must hold of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

FINAL = ("done", "failed")


@dataclass(frozen=True, slots=True)
class Version:
    """A row of the journal as it was written at an instant of the server's clock."""

    at: datetime
    relation: str
    was: Mapping[str, Any] | None
    row: Mapping[str, Any]

    @property
    def claimed(self) -> bool:
        """Whether this is a claim of a step."""
        return (
            self.relation == "steps"
            and self.was is not None
            and self.row["attempt"] != self.was["attempt"]
        )


class History:
    """In the order it was written."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.versions = [Version(r["at"], r["relation"], r["was"], r["is"]) for r in rows]

    @property
    def deaths(self) -> int:
        """How many claims found that the last one's worker had never answered."""
        return sum(v.was["state"] == "running" for v in self.versions if v.claimed and v.was)

    def of_run(self, number: int) -> list[Version]:
        """What was written of one run and its steps."""
        names = {"runs": "id", "steps": "run"}
        return [
            v for v in self.versions if v.relation in names and v.row[names[v.relation]] == number
        ]

    def contradictions(self) -> list[str]:
        """What the journal may never hold: a skipped attempt, a rewritten result, a way back."""
        return [
            f"{version.at}: {wrong} ({version.was} → {version.row})"
            for version in self.versions
            if (wrong := _wrong(version))
        ]

    def longest_stop(self) -> float:
        """The longest time in seconds between the approval and the end without a line written.

        Claims, renewals of a living worker's lease and results are lines, so a stop that spans a
        death begins at the dead worker's last one and ends with the claim that takes over.
        """
        last = next(v.at for v in self.versions if v.row.get("state") == "approved")
        longest = 0.0
        for version in self.versions:
            if version.at > last:
                longest = max(longest, (version.at - last).total_seconds())
                last = version.at
        return longest


def _wrong(version: Version) -> str:
    was, row = version.was, version.row
    if version.relation != "steps" or was is None:
        return ""
    if row["attempt"] not in (was["attempt"], was["attempt"] + 1):
        return "an attempt was skipped or taken back"
    if was["state"] in FINAL and row["state"] != "pending":
        return "a step that had ended was written again"
    if version.claimed and row["deaths"] - was["deaths"] != (was["state"] == "running"):
        return "a death was not counted, or a life"
    return ""
