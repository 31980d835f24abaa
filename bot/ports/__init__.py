"""What the engine and the handlers need of the world, one Protocol a noun.

Each has a real adapter in `bot.adapters` and a verified twin in `bot.adapters.memory`; one
contract suite (tests/contract) runs on both. All raise only errors of `bot.errors`: Temporary
for "try again", OperationFailed for a lasting no. Methods of the store that change something
take the audit `Entry` and write both in one transaction, or neither.
"""

from bot.ports.aws import (
    Aws,
    Containers,
    Databases,
    Groups,
    Metrics,
    Queues,
    Traffic,
)
from bot.ports.buckets import Buckets
from bot.ports.cards import (
    Card,
    Cards,
    ThreadNote,
)
from bot.ports.code import Code
from bot.ports.fence import Fence
from bot.ports.hooks import (
    Hook,
    Hooks,
    SnsDoor,
)
from bot.ports.incidents import (
    Incidents,
    Instants,
    Opened,
    Pages,
)
from bot.ports.instances import Instances
from bot.ports.journal import (
    Jobs,
    Runs,
)
from bot.ports.outside import (
    Charts,
    Chat,
    Checks,
    Clock,
    Finding,
    Pager,
    People,
    Probe,
)
from bot.ports.pulse import Heartbeat, Pulse
from bot.ports.releases import (
    Errands,
    Images,
    Logs,
    Rollers,
    Snapshots,
)
from bot.ports.scaling import Scaling
from bot.ports.sql import Sql
from bot.ports.statuspage import (
    Posts,
    StatusPage,
)
from bot.ports.store import (
    AuditLog,
    Delivery,
    Inbox,
    Locks,
    Requests,
    Store,
)
from bot.ports.ticks import Ticks

__all__ = [
    "AuditLog",
    "Aws",
    "Buckets",
    "Card",
    "Cards",
    "Charts",
    "Chat",
    "Checks",
    "Clock",
    "Code",
    "Containers",
    "Databases",
    "Delivery",
    "Errands",
    "Fence",
    "Finding",
    "Groups",
    "Heartbeat",
    "Hook",
    "Hooks",
    "Images",
    "Inbox",
    "Incidents",
    "Instances",
    "Instants",
    "Jobs",
    "Locks",
    "Logs",
    "Metrics",
    "Opened",
    "Pager",
    "Pages",
    "People",
    "Posts",
    "Probe",
    "Pulse",
    "Queues",
    "Requests",
    "Rollers",
    "Runs",
    "Scaling",
    "Snapshots",
    "SnsDoor",
    "Sql",
    "StatusPage",
    "Store",
    "ThreadNote",
    "Ticks",
    "Traffic",
]
