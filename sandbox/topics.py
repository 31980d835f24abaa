"""The SNS topic the plant's alarms come from: the topology's first, or one of the plant's own.

The plant signs for it (`sandbox.aws.alarms`), the derived topology names it (`sandbox.rewrite`).
"""

from __future__ import annotations

from bot.topology import Topology

ACCOUNT = "123456789012"


def topic_of(topology: Topology) -> str:
    """Its ARN."""
    given = topology.alerts.sns_topics
    return given[0] if given else f"arn:aws:sns:{topology.studio.region}:{ACCOUNT}:prod-alerts"
