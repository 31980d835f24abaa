"""Incidents and their pages: what is open, what is to be paged when, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.audit import Entry
from bot.domain.climb import Climb
from bot.domain.incident import Escalation, Happening, Incident, IncidentState, Page, Why
from bot.topology import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """`new` is False when the alert was merged into an unresolved incident of its fingerprint."""

    incident: Incident
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Instants:
    """The earliest instants at which a page is to be sent, looked for and told, and an incident
    goes on; None: there is nothing of the kind.
    """

    send: datetime | None
    look: datetime | None
    tell: datetime | None
    resume: datetime | None

    @property
    def next(self) -> datetime | None:
        """The earliest of all."""
        known = [at for at in (self.send, self.look, self.tell, self.resume) if at is not None]
        return min(known, default=None)


class Incidents(Protocol):
    """Incidents. Each change is one transaction with its audit row and its line in the timeline,
    which is also put into the card's thread. What concerns a parent concerns its children.
    """

    async def open(
        self, incident: Incident, climb: Climb, *, channel: str, entry: Entry, now: datetime
    ) -> Opened:
        """Store it, its card wanted, and begin the climb; or count one alert more on the
        unresolved one of the same fingerprint.

        With `parent` the climb is not begun; a parent that is resolved by then, or another's
        child, is forgotten. With `resume_at` (a maintenance window) the climb waits for it.
        """
        ...

    async def get(self, incident_id: int) -> Incident | None:
        """One incident."""
        ...

    async def several(self, ids: Collection[int]) -> Mapping[int, Incident]:
        """Those of them that there are, by number."""
        ...

    async def of_fingerprint(self, fingerprint: str) -> Incident | None:
        """The unresolved one."""
        ...

    async def unresolved(self, *, begins: str = "", why: Why | None = None) -> tuple[Incident, ...]:
        """Oldest first: all, or those whose fingerprint begins so, or that wait for `why`."""
        ...

    async def tally(self) -> Mapping[tuple[Severity, IncidentState], int]:
        """How many are unresolved, by severity and state; those of which there are none are left
        out.
        """
        ...

    async def recent(
        self, *, service: str | None = None, since: datetime | None = None, limit: int = 20
    ) -> tuple[Incident, ...]:
        """The newest first."""
        ...

    async def children(self, incident_id: int) -> tuple[Incident, ...]:
        """A storm's, oldest first."""
        ...

    async def resolved(
        self, *, severities: Sequence[Severity], since: datetime, until: datetime
    ) -> tuple[Incident, ...]:
        """Those of these severities whose end lies in that time, both ends included, in order."""
        ...

    async def timeline(self, incident_id: int) -> tuple[Happening, ...]:
        """All that happened, in order."""
        ...

    async def escalations(self, incident_id: int) -> tuple[Escalation, ...]:
        """Its climbs with their pages, in order."""
        ...

    async def fold(
        self, incident_id: int, parent: int, *, happening: Happening, entry: Entry
    ) -> bool:
        """Put an open incident under a parent, whose climb goes on for both; False when either
        is not open or a child, or the incident has children.
        """
        ...

    async def acknowledge(
        self, incident_id: int, *, via: str, until: datetime, happening: Happening, entry: Entry
    ) -> Incident | None:
        """open → acknowledged by `happening.actor`, in one compare-and-set; None when it was
        not open.

        What is still to be paged is cancelled; what was paged, or is being paged at this
        moment, is to be acknowledged at PagerDuty. `until` is when the promise is due.
        """
        ...

    async def resolve(
        self, incident_id: int, *, happening: Happening, entry: Entry
    ) -> Incident | None:
        """→ resolved; None when it was. Pages as in `acknowledge`, to be resolved."""
        ...

    async def climb(
        self,
        incident_id: int,
        climb: Climb,
        why: Why,
        *,
        expected: datetime | None,
        happening: Happening,
        entry: Entry,
        severity: Severity | None = None,
        ringing: str = "",
    ) -> Incident | None:
        """Begin another climb in place of the present one, and be open (again).

        Only if `resume_at` is still `expected`, so that two schedulers begin one climb. None
        when it is not, or the incident is unknown, a child of an unresolved parent, or resolved
        (unless `why` is UNACKNOWLEDGED and no younger one has its fingerprint). `severity`
        changes it too. REPEAT counts one repetition more, any other reason begins to count anew.

        What PagerDuty was still to be told is not told any more. `ringing` is the key of the page
        that rings again there by itself: `Pages.open_keys` has it again.
        """
        ...

    async def wait(
        self,
        incident_id: int,
        why: Why,
        until: datetime,
        *,
        note: str,
        happening: Happening | None,
        entry: Entry | None,
        expected: datetime | None = None,
    ) -> Incident | None:
        """Change what an unresolved incident waits for: a snooze or a maintenance window ends an
        open one's climb until then and must have a `happening`; a promise or its silence belongs
        to an acknowledged one. With `expected` only if `resume_at` is still that. None when it
        could not be. Without a `happening` nothing is written down of it, the `entry` neither.
        """
        ...

    async def give_up(
        self, incident_id: int, *, expected: datetime, happening: Happening, entry: Entry
    ) -> Incident | None:
        """UNOWNED: nobody answered the last repetition. None unless `resume_at` is `expected`."""
        ...

    async def rate(
        self, incident_id: int, severity: Severity, *, happening: Happening, entry: Entry
    ) -> Incident | None:
        """Another severity for an acknowledged incident; None when it is not acknowledged."""
        ...

    async def assign(
        self, incident_id: int, owner: str, *, happening: Happening, entry: Entry
    ) -> Incident | None:
        """Another owner; None when it is resolved or unknown."""
        ...

    async def tell(self, incident_id: int, happening: Happening, entry: Entry | None) -> bool:
        """A line more in the timeline; False when there is no such incident."""
        ...

    async def waiting(self, now: datetime, *, limit: int = 50) -> tuple[Incident, ...]:
        """Those whose `resume_at` has come, the longest overdue first."""
        ...

    async def touch(self, now: datetime) -> int:
        """Have the cards of incidents with a countdown drawn anew; how many."""
        ...


class Pages(Protocol):
    """The outbox towards PagerDuty. Several schedulers may work on it at once."""

    async def claim(
        self, *, owner: str, free: Mapping[int, int], now: datetime, lease_until: datetime
    ) -> tuple[Page, ...]:
        """Take due pages, at most `free[level]` of each level, the longest overdue first.

        One statement re-checks that each is still to be sent and writes down that it is being
        sent. Of two overdue levels of one climb the lower becomes SUPERSEDED (and is returned as
        such); one that was being sent when its owner died and is not needed any more becomes GONE,
        its wish to be told at once. The rest are SENDING. What is written of them then keeps
        the `first_at` that is handed in, if there is none yet: when the first call was begun.
        """
        ...

    async def renew(
        self, owner: str, keys: Collection[str], *, lease_until: datetime
    ) -> frozenset[str]:
        """Prolong the leases of those that this owner is still sending: their keys."""
        ...

    async def sent(self, page: Page, owner: str, *, look_at: datetime, now: datetime) -> bool:
        """SENDING → SENT, accepted by PagerDuty; if it was acknowledged or resolved meanwhile,
        that is to be told at once. False when it is not ours any more.
        """
        ...

    async def again(
        self, page: Page, owner: str, *, at: datetime, unsure: bool, said: str, now: datetime
    ) -> bool:
        """SENDING → WAITING until then, or GONE when it is not needed any more. `unsure`: this
        attempt may have arrived.
        """
        ...

    async def refused(self, page: Page, owner: str, *, said: str, now: datetime) -> bool:
        """SENDING → REFUSED for good; the next level is due now, unless it is under way already.

        Where nothing above rings or will, the level it had superseded is due now. False when it
        is not ours any more.
        """
        ...

    async def skipped(self, page: Page, owner: str, *, said: str, now: datetime) -> bool:
        """SENDING → SKIPPED, nobody is on call there; the next level as in `refused`."""
        ...

    async def hasten(self, incident_id: int, happening: Happening, entry: Entry) -> int | None:
        """The present climb's next level is due now: which (the same again until it is being
        sent); None when there is none.
        """
        ...

    async def claim_looks(
        self, *, now: datetime, lease_until: datetime, limit: int
    ) -> tuple[Page, ...]:
        """Pages to be looked for at PagerDuty."""
        ...

    async def confirmed(self, key: str, *, reached: Sequence[str], now: datetime) -> None:
        """SENT → CONFIRMED: it is somebody's."""
        ...

    async def look_again(self, key: str, *, at: datetime) -> None:
        """Nothing seen yet: look again then."""
        ...

    async def unconfirmed(self, key: str, *, said: str, now: datetime) -> None:
        """SENT → UNCONFIRMED, said aloud; the next level as in `refused`."""
        ...

    async def claim_tellings(
        self, *, now: datetime, lease_until: datetime, limit: int
    ) -> tuple[Page, ...]:
        """Pages of which PagerDuty is to be told something."""
        ...

    async def told(self, page: Page) -> None:
        """PagerDuty knows `page.wish`: nothing more is to be told, unless another wish was made
        since this page was claimed, or another process claimed it.
        """
        ...

    async def tell_again(self, page: Page, *, at: datetime, said: str) -> None:
        """It could not be told: again then (with the same reserve)."""
        ...

    async def of_key(self, key: str) -> Page | None:
        """One page."""
        ...

    async def adopt(self, page: Page) -> None:
        """Keep a page that PagerDuty rang by itself, for an incident opened there: CONFIRMED,
        and to be acknowledged or resolved there if that has been done here meanwhile. Its
        escalation must exist; a key that is known already stays as it is.
        """
        ...

    async def open_keys(self, *, limit: int = 1000) -> tuple[Page, ...]:
        """Pages PagerDuty took and was never told to quiet, of open incidents, newest first: for
        the sweep. What it says of others may be older than the present climb.
        """
        ...

    async def instants(self) -> Instants:
        """When anything here or in `Incidents.waiting` is due."""
        ...

    async def lateness(self, buckets: Sequence[float]) -> tuple[tuple[int, ...], int, float]:
        """Of all pages ever called for: how many were at most that many seconds late, how many
        there are, and the sum of seconds.
        """
        ...

    async def overdue(self, before: datetime) -> tuple[Page, ...]:
        """Pages due before then and still not taken by PagerDuty (the auditor's question)."""
        ...

    async def stranded(self) -> tuple[Incident, ...]:
        """Open incidents that have neither a page to be sent, nor a time, nor a parent, nor the
        UNOWNED banner, though their ladder pages somebody: there must be none.
        """
        ...
