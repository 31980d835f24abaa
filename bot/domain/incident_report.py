"""All that is known of one incident, gathered for its report.

Before: `bot.engine.reporting` reads the store and takes secrets out. After:
`bot.domain.report_markdown` and `bot.domain.report_json` write it down.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.afterwards import BOXES
from bot.domain.incident import Escalation, Happening, Incident
from bot.domain.postmortem import was_held
from bot.domain.run import ChangeLogEntry, Run

BEFORE = timedelta(hours=1)
"""How long before an incident a change may have caused it."""

STATUS_PAGE = "statuspage"
"""The kind of a timeline's line that says what was published."""

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One line of the checklist; `source` names the runbook's section."""

    text: str
    source: str
    done: bool = False


AFTERWARDS = (
    *((box.title, "Rollback Procedures, Post-Rollback Actions") for box in BOXES),
    ("If security was concerned: conduct security review", "Security, Post-Incident"),
    ("If security was concerned: update security policies", "Security, Post-Incident"),
    ("Implement preventive measures", "Security, Post-Incident"),
    ("Notify affected users (if required by law)", "Security, Post-Incident"),
)
"""The runbook's actions after an incident, in its words, with the section each is from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReport:
    """`changes` are the service's from an hour before to the end, `runs` those that were under
    way meanwhile, both oldest first; `cut`: the logs hold more than was read. `levels` are the
    ladder's names from the first, `people` names by Slack id, `timezone` an IANA name.
    """

    incident: Incident
    service_title: str
    timeline: tuple[Happening, ...]
    escalations: tuple[Escalation, ...]
    changes: tuple[ChangeLogEntry, ...]
    runs: tuple[Run, ...]
    children: tuple[Incident, ...]
    levels: tuple[str, ...]
    people: Mapping[str, str]
    timezone: str
    made_at: datetime
    cut: bool = False

    @property
    def acknowledged_at(self) -> datetime | None:
        """When somebody first took it, by the timeline; None: nobody did."""
        first = (line.at for line in self.timeline if line.kind == "acknowledged")
        return next(first, self.incident.acked_at)

    @property
    def to_acknowledge(self) -> timedelta | None:
        """From its opening until somebody took it."""
        at = self.acknowledged_at
        return None if at is None else at - self.incident.opened_at

    @property
    def to_resolve(self) -> timedelta | None:
        """From its opening to its end."""
        at = self.incident.resolved_at
        return None if at is None else at - self.incident.opened_at

    @property
    def actions(self) -> tuple[Action, ...]:
        """The checklist; what is known to be done is ticked."""
        done = {
            "Update status page": any(line.kind == STATUS_PAGE for line in self.timeline),
            "Create incident report": True,
            "Schedule post-mortem meeting": was_held(self.incident, self.timeline),
        }
        return tuple(
            Action(text=text, source=source, done=done.get(text, False))
            for text, source in AFTERWARDS
        )

    def level(self, number: int) -> str:
        """A level by number and, if the topology still has it, by name."""
        name = self.levels[number - 1] if number <= len(self.levels) else ""
        return f"level {number} ({name})" if name else f"level {number}"

    def person(self, who: str) -> str:
        """A Slack id as a name, if it is known; anybody else as they are called."""
        return self.people.get(who, who)

    def plain(self, text: str) -> str:
        """A text of the thread with its mentions as names: a file mentions nobody."""
        return _MENTION.sub(lambda found: self.person(found[1]), text)
