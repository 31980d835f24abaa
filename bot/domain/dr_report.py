"""What a DR test came to, as a file: for people as Markdown, for programs as a versioned JSON.

Before: the test's report step, on its way forward or back. After: two files in its thread. The
JSON's keys are described in docs/commands.md; they may be added within a version, one that is
taken away or means something else is another version.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.domain.dr_test import Asked
from bot.domain.duration import in_words
from bot.domain.written import both_times, utc

FORMAT = "filmops.dr-report"
VERSION = 1


class DrOutcome(StrEnum):
    """Only `passed` says that a backup can be restored; `aborted` says nothing."""

    PASSED = "passed"
    FAILED = "failed"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrReport:
    """`rto` is None when integrity was never seen; `rpo` when there was no snapshot. `why` is what
    kept it from passing. `application` is what was said of it, tested or not.
    """

    run: str
    database: str
    asked_by: str
    approved_by: tuple[str, ...]
    outcome: DrOutcome
    why: str
    snapshot: str
    snapshot_at: datetime | None
    instance: str
    instance_class: str
    began_at: datetime
    rpo: timedelta | None
    rto: timedelta | None
    integrity: tuple[Asked, ...]
    application: str
    timezone: str
    made_at: datetime

    @property
    def numbers(self) -> Mapping[str, Any]:
        """For the change log, in which the next test is looked for."""
        return {
            "outcome": str(self.outcome),
            "rpo_seconds": _seconds(self.rpo),
            "rto_seconds": _seconds(self.rto),
        }


def as_json(report: DrReport) -> str:
    """The whole, indented; ends with a line break."""
    shape = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": utc(report.made_at),
        "run": report.run,
        "database": report.database,
        "asked_by": report.asked_by,
        "approved_by": list(report.approved_by),
        **report.numbers,
        "why": report.why or None,
        "snapshot": report.snapshot or None,
        "snapshot_at": utc(report.snapshot_at),
        "instance": report.instance,
        "instance_class": report.instance_class,
        "began_at": utc(report.began_at),
        "integrity": [asdict(each) for each in report.integrity],
        "application": report.application,
    }
    return json.dumps(shape, indent=2, ensure_ascii=False) + "\n"


def markdown(report: DrReport) -> str:
    """The whole; ends with a line break."""
    facts = (
        ("Outcome", f"**{report.outcome}**" + (f": {report.why}" if report.why else "")),
        ("Asked for by", report.asked_by),
        ("Approved by", ", ".join(report.approved_by)),
        ("Begun", both_times(report.began_at, report.timezone)),
        ("Snapshot", _snapshot(report)),
        ("Restored to", f"{report.instance} ({report.instance_class})"),
        ("RPO", f"{_length(report.rpo)} (the snapshot's age when the test began)"),
        ("RTO", f"{_length(report.rto)} (from the beginning until the data were seen whole)"),
        ("Application", report.application),
        ("This report", both_times(report.made_at, report.timezone)),
    )
    lines = "\n".join(f"- {name}: {value}" for name, value in facts if value)
    return (
        f"# DR test {report.run} of {report.database}\n\n{lines}\n\n"
        f"## Integrity\n\n{_integrity(report)}\n\n"
        "## What to improve\n\n_To be written by whoever reads this._\n"
    )


def _snapshot(report: DrReport) -> str:
    if report.snapshot_at is None:
        return "none was found"
    return f"{report.snapshot}, {both_times(report.snapshot_at, report.timezone)}"


def _integrity(report: DrReport) -> str:
    if not report.integrity:
        return "Nothing was asked."
    rows = [
        f"| {each.name} | {each.expect} | {each.found} | {'ok' if each.ok else '**NOT**'} |"
        for each in report.integrity
    ]
    return "\n".join(("| Query | Expected | Found | |", "| --- | --- | --- | --- |", *rows))


def _length(length: timedelta | None) -> str:
    return "not measured" if length is None else in_words(length)


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else round(length.total_seconds(), 1)
