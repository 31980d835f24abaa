"""`filmops.toml` as frozen, checked values: services, thresholds, people, rules.

Read once at start by `load`; handed to everything else as a value. The domain may see it
because it *is* a value: no I/O happens after `load`.
"""

from bot.topology.alerts import Alarm, Alerts
from bot.topology.backup import Backup
from bot.topology.databases import Application, Database, Integrity, Query
from bot.topology.deploying import (
    Deployable,
    Deploying,
    MetricName,
    Migration,
    Patrol,
    Watching,
)
from bot.topology.escalation import Escalation, Ladder, Level, Storm
from bot.topology.file import load
from bot.topology.freezes import PlannedFreeze, Weekly, instant
from bot.topology.github import GithubSource
from bot.topology.names import Colour, Risk, Severity
from bot.topology.people import Person, RiskRule, Role
from bot.topology.production import (
    Bucket,
    Flow,
    Group,
    Half,
    Metrics,
    Queue,
    Rollback,
    Service,
    Studio,
    Thresholds,
)
from bot.topology.scaling import Busy, Expected, ScalingTimes
from bot.topology.statuspage import Statuspage
from bot.topology.whole import Topology

__all__ = [
    "Alarm",
    "Alerts",
    "Application",
    "Backup",
    "Bucket",
    "Busy",
    "Colour",
    "Database",
    "Deployable",
    "Deploying",
    "Escalation",
    "Expected",
    "Flow",
    "GithubSource",
    "Group",
    "Half",
    "Integrity",
    "Ladder",
    "Level",
    "MetricName",
    "Metrics",
    "Migration",
    "Patrol",
    "Person",
    "PlannedFreeze",
    "Query",
    "Queue",
    "Risk",
    "RiskRule",
    "Role",
    "Rollback",
    "ScalingTimes",
    "Service",
    "Severity",
    "Statuspage",
    "Storm",
    "Studio",
    "Thresholds",
    "Topology",
    "Watching",
    "Weekly",
    "instant",
    "load",
]
