"""What the engine and the handlers need of the world, one Protocol a noun.

Each has a real adapter in `bot.adapters` and a verified twin in `bot.adapters.memory`; one
contract suite (tests/contract) runs on both. All raise only errors of `bot.errors`: Temporary
for "try again", OperationFailed for a lasting no. Methods of the store that change something
take the audit `Entry` and write both in one transaction, or neither.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from bot.domain.audit import Entry, Head, Row
from bot.domain.live import (
    DatabaseState,
    GroupState,
    Minute,
    OpenIncident,
    ProbeResult,
    QueueState,
    Route,
    Snapshot,
    Targets,
    Tasks,
)
from bot.domain.lock import Lock, LockKind
from bot.domain.message import Message, View
from bot.domain.plan import Plan
from bot.domain.request import Approval, Decision, Request, RequestState
from bot.domain.run import ChangeLogEntry, Control, Run, RunState, Step, StepState
from bot.topology import Colour, Database, Flow, Group, Queue, Service


class Clock(Protocol):
    """The database's time."""

    def now(self) -> datetime:
        """The present instant, aware UTC, without I/O."""
        ...


# --- AWS -------------------------------------------------------------------------------------


class Fence(Protocol):
    """Whether an effect may still be sent; called in the last moment before the bytes go out."""

    def __call__(self) -> None:
        """Return when the attempt's lease still holds; raise Fenced when it does not."""
        ...


class Traffic(Protocol):
    """The load balancer's weights."""

    async def routes(self, service: Service) -> tuple[Route, ...]:
        """Every default action and rule, on every listener, that forwards to either colour."""
        ...

    def call_for(
        self, route: Route, weights: Mapping[Colour, int]
    ) -> tuple[str, Mapping[str, Any]]:
        """The action (`modify_listener` or `modify_rule`) and parameters that would set weights."""
        ...

    async def set_weights(
        self, route: Route, weights: Mapping[Colour, int], *, fence: Fence
    ) -> None:
        """Make that one call, once, everything else on the route kept."""
        ...

    async def targets(self, service: Service, colour: Colour) -> Targets:
        """The health of a colour's targets."""
        ...


class Containers(Protocol):
    """ECS."""

    async def tasks(self, service: Service, colour: Colour) -> Tasks:
        """A colour's ECS service, its image and recent deployments."""
        ...


class Metrics(Protocol):
    """CloudWatch."""

    async def minutes(
        self, service: Service, *, start: datetime, end: datetime
    ) -> Mapping[Colour, tuple[Minute, ...]]:
        """Both colours' periods that start in [start, end), oldest first, gaps left out."""
        ...


class Databases(Protocol):
    """RDS."""

    async def state(self, database: Database) -> DatabaseState:
        """The instance as described, with its connections from CloudWatch if known."""
        ...

    async def snapshots(self, database: Database) -> tuple[Snapshot, ...]:
        """Restorable snapshots, newest first."""
        ...


class Queues(Protocol):
    """SQS."""

    async def state(self, queue: Queue) -> QueueState:
        """Depth, in flight, dead letters."""
        ...


class Groups(Protocol):
    """Auto Scaling."""

    async def state(self, group: Group) -> GroupState:
        """Desired, bounds, in service."""
        ...


class Probe(Protocol):
    """The product, asked over HTTP as its users would."""

    async def get(self, service: Service, path: str) -> ProbeResult:
        """GET a path of the service; never raises for what the product answers."""
        ...

    async def flow(self, service: Service, flow: Flow) -> ProbeResult:
        """Try one critical flow."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of `filmops check`: what was looked at, whether it is right, and the fix."""

    subject: str
    ok: bool
    said: str
    fix: str = ""


class Checks(Protocol):
    """An outside system's part of `filmops check`."""

    async def check(self) -> Sequence[Finding]:
        """Look at credentials, scopes, permissions and names; never raise."""
        ...


# --- people ----------------------------------------------------------------------------------


class Pager(Protocol):
    """PagerDuty."""

    async def page(self, *, key: str, level: int, summary: str, detail: Mapping[str, str]) -> None:
        """Trigger level 1..n once per `key`; a repeat while it is open is merged."""
        ...

    async def incidents(self) -> tuple[OpenIncident, ...]:
        """Open incidents of our services, newest first."""
        ...


class People(Protocol):
    """Who somebody is to the topology."""

    async def roles(self, user: str) -> frozenset[str]:
        """The roles of a Slack user: from the file, and from user groups (cached a minute)."""
        ...


class Chat(Protocol):
    """Slack's Web API, one attempt a call; retrying is the caller's."""

    async def post(
        self, *, channel: str, message: Message, key: str, thread: str | None = None
    ) -> str:
        """Post with `key` as metadata and return the message's ts."""
        ...

    async def find(
        self, *, channel: str, key: str, since: datetime, thread: str | None = None
    ) -> str | None:
        """The ts of the message posted with that key since then: looked at before posting again."""
        ...

    async def update(self, *, channel: str, ts: str, message: Message) -> None:
        """Replace a message's text and blocks."""
        ...

    async def respond(self, *, response_url: str, message: Message) -> None:
        """Answer a command or click so that only that person sees it."""
        ...

    async def ephemeral(self, *, channel: str, user: str, message: Message) -> None:
        """Tell one person in a channel, when there is no response_url."""
        ...

    async def open_view(self, *, trigger_id: str, view: View) -> str:
        """Open a modal within 3 s of the click and return its id."""
        ...

    async def update_view(self, *, view_id: str, view: View) -> None:
        """Replace an open modal."""
        ...

    async def publish_home(self, *, user: str, view: View) -> None:
        """Show a person's Home tab."""
        ...


# --- the store -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request of Slack's as it arrived; `key` is what makes two of them the same."""

    key: str
    kind: Literal["command", "action", "view", "event"]
    payload: Mapping[str, Any]


class Inbox(Protocol):
    """Deliveries written down before they are acknowledged, so that none is lost or done twice."""

    async def take(self, delivery: Delivery, now: datetime) -> bool:
        """Write it down; False when it was there already."""
        ...

    async def done(self, key: str, now: datetime) -> None:
        """It has been dealt with."""
        ...

    async def claim(
        self, *, now: datetime, lease_until: datetime, limit: int
    ) -> tuple[Delivery, ...]:
        """Take those not done and not leased, oldest first: new ones, and what a dead process left.

        Each is handed over three times at most. Those done a day ago are forgotten.
        """
        ...


class AuditLog(Protocol):
    """The append-only, chained log."""

    async def append(self, entry: Entry, now: datetime) -> int:
        """Write one row and return its number."""
        ...

    def rows(self) -> AsyncIterator[Row]:
        """All rows in order."""
        ...

    async def head(self) -> Head:
        """The last row's number and hash."""
        ...


class Requests(Protocol):
    """Requests with their plans and approvals."""

    async def open(self, request: Request, entry: Entry) -> Request:
        """Store a planned request, its card wanted, and return it with its id."""
        ...

    async def get(self, request_id: int) -> Request | None:
        """One request with its approvals."""
        ...

    async def decide(self, request_id: int, approval: Approval, entry: Entry) -> Decision | None:
        """Count one answer in one conditional write; None for an unknown request.

        COUNTED needs more people, APPROVED was the last, TWICE has this person's answer
        already, TOO_LATE is settled or approved already, EXPIRED is past its time (and is
        set so). The entry is written for those that changed something (all but TWICE and
        TOO_LATE), its detail completed with "outcome".
        """
        ...

    async def settle(
        self,
        request_id: int,
        *,
        expected: RequestState,
        state: RequestState,
        note: str,
        entry: Entry,
        now: datetime,
    ) -> bool:
        """Move from one state to a final one; False when it was not in `expected`."""
        ...

    async def overdue(self, now: datetime) -> tuple[Request, ...]:
        """Planned requests past their expiry."""
        ...

    async def to_remind(self, now: datetime, *, after: Mapping[str, float]) -> tuple[Request, ...]:
        """Planned requests whose reminder (seconds by risk after asking) is due, marked so."""
        ...

    async def recent(self, *, resource: str | None = None, limit: int = 20) -> tuple[Request, ...]:
        """The newest requests first."""
        ...

    async def waiting(self) -> tuple[Request, ...]:
        """Those planned or approved, oldest first."""
        ...


class Runs(Protocol):
    """The journal. A write with an attempt that is not the step's present one is refused."""

    async def start(
        self, request: Request, plan: Plan, *, release: str, entry: Entry, now: datetime
    ) -> Run | None:
        """approved → started, with one row a step; None when the resource has an open run or
        the request is not approved (any more).
        """
        ...

    async def get(self, run_id: int) -> Run | None:
        """One run with its steps."""
        ...

    async def open(self) -> tuple[Run, ...]:
        """All that are running, paused or held, oldest first."""
        ...

    async def recent(self, *, resource: str | None = None, limit: int = 20) -> tuple[Run, ...]:
        """The newest first."""
        ...

    async def claim(
        self, run_id: int, position: int, *, attempt: int, lease_until: datetime, now: datetime
    ) -> Step | None:
        """Take the step's next attempt if its attempt is still `attempt`, the run is RUNNING and
        no unexpired lease is held.

        A step found RUNNING had a worker that never answered: its `deaths` goes up by one.
        Returns the step with attempt + 1, or None.
        """
        ...

    async def renew(
        self, run_id: int, position: int, *, attempt: int, lease_until: datetime
    ) -> bool:
        """Prolong the lease; False when the attempt is not ours any more."""
        ...

    async def wait(
        self,
        run_id: int,
        position: int,
        *,
        attempt: int,
        progress: Mapping[str, Any],
        now: datetime,
    ) -> bool:
        """RUNNING → WAITING with what the next look needs; False when fenced."""
        ...

    async def finish(
        self,
        run_id: int,
        position: int,
        *,
        attempt: int,
        state: StepState,
        result: Mapping[str, Any],
        now: datetime,
    ) -> bool:
        """RUNNING → DONE or FAILED with its result; False when fenced."""
        ...

    async def release(
        self, run_id: int, position: int, *, attempt: int, said: str, now: datetime
    ) -> bool:
        """RUNNING → PENDING after a Temporary fault, the lease given up and the fault noted
        in progress["said"], progress["faults"] + 1; False when fenced.
        """
        ...

    async def move(
        self,
        run_id: int,
        *,
        expected: Sequence[RunState],
        state: RunState,
        note: str,
        entry: Entry,
        now: datetime,
        change: ChangeLogEntry | None = None,
    ) -> bool:
        """Change the run's state (and write the change log); False when not in `expected`.

        Back to RUNNING clears `control`, and gives the present step its lives and faults back.
        """
        ...

    async def control(self, run_id: int, control: Control, entry: Entry, now: datetime) -> bool:
        """Ask an open run to pause or abort; False when it has ended."""
        ...

    async def changes(
        self, *, resource: str | None = None, limit: int = 20
    ) -> tuple[ChangeLogEntry, ...]:
        """The change log, newest first."""
        ...


class Locks(Protocol):
    """Locks and freezes."""

    async def take(self, lock: Lock, entry: Entry) -> Lock | None:
        """Take it; or return who holds the same kind on the same resource (unexpired)."""
        ...

    async def release(
        self, resource: str, kind: LockKind, entry: Entry, now: datetime
    ) -> Lock | None:
        """Release it and return what was held; None when nothing was."""
        ...

    async def held(self, now: datetime) -> tuple[Lock, ...]:
        """All unexpired ones, oldest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The one message of a request. `wanted` rises by one with every change of the request,
    its approvals, run and steps; `shown` is what Slack has. `ts` is None before it is posted,
    `posting_since` says that a post may be under way or have lost its answer.
    """

    request: int
    channel: str
    wanted: int
    shown: int
    ts: str | None = None
    posting_since: datetime | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadNote:
    """A message for a card's thread, posted once per `key` after the card itself."""

    key: str
    request: int
    message: Message
    posting_since: datetime | None = None
    failures: int = 0
    channel: str = ""
    thread: str = ""


class Cards(Protocol):
    """The outbox towards Slack: what should be seen, and what is."""

    async def claim(
        self, *, now: datetime, lease_until: datetime, limit: int = 10
    ) -> tuple[Card, ...]:
        """Take cards with wanted > shown that are due and not leased, oldest change first."""
        ...

    async def posting(self, request: int, now: datetime) -> None:
        """Note that a post is about to be sent (kept until `shown`)."""
        ...

    async def shown(self, request: int, *, ts: str, version: int, next_at: datetime) -> None:
        """Slack has this version; the next update not before `next_at`; the lease given up."""
        ...

    async def failed(self, request: int, *, next_at: datetime) -> None:
        """Slack did not take it: again then; the lease given up."""
        ...

    async def note(self, note: ThreadNote, now: datetime) -> bool:
        """Put a message in the outbox for the card's thread; False when the key is there."""
        ...

    async def noted(self, key: str) -> bool:
        """Whether a note of that key is in the outbox or posted."""
        ...

    async def claim_notes(
        self, *, now: datetime, lease_until: datetime, limit: int = 10
    ) -> tuple[ThreadNote, ...]:
        """Unposted notes of cards that have a ts, in order, with channel and thread filled in."""
        ...

    async def note_posting(self, key: str, now: datetime) -> None:
        """Note that a post is about to be sent."""
        ...

    async def note_posted(self, key: str, ts: str) -> None:
        """It is in the thread."""
        ...

    async def note_failed(self, key: str, *, next_at: datetime) -> None:
        """Again then."""
        ...

    async def spend(self, budget: str, *, per_minute: float, burst: float, now: datetime) -> float:
        """Take one from a budget all processes share: 0.0 when taken, else seconds to wait."""
        ...


class Jobs(Protocol):
    """The job queue: it carries, it neither journals nor fences (docs/adr)."""

    async def launch(self, request_id: int, resource: str) -> None:
        """Have an approved request looked at afresh and started."""
        ...

    async def step(
        self, run_id: int, position: int, attempt: int, resource: str, *, at: datetime | None = None
    ) -> None:
        """Have attempt + 1 of a step carried out, now or not before `at`."""
        ...

    # A step's job at a later time must not keep a job for now (pause, abort) out of the queue.

    async def carried(self) -> frozenset[int]:
        """Ids of requests and runs that have a job waiting or under way."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The parts of the truth, together."""

    inbox: Inbox
    audit: AuditLog
    requests: Requests
    runs: Runs
    locks: Locks
    cards: Cards


@dataclass(frozen=True, slots=True, kw_only=True)
class Aws:
    """What operations may ask of AWS."""

    traffic: Traffic
    containers: Containers
    metrics: Metrics
    databases: Databases
    queues: Queues
    groups: Groups
