"""What IAM itself says about our permissions, by simulating the policies of our principal.

Before it come `permissions` and the ARNs `checks` found; after it IAM. It evaluates identity
policies, boundaries and organisation policies, and does nothing. Source: *IAM API Reference*,
SimulatePrincipalPolicy (it takes users and roles, no sessions and no root).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.adapters.aws.faults import told
from bot.adapters.aws.permissions import PERMISSIONS, On
from bot.adapters.aws.session import AwsClients

ACTION = "iam:SimulatePrincipalPolicy"
_SESSION = re.compile(r"^arn:([^:]+):sts::(\d+):assumed-role/([^/]+)/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """IAM's decision on one action; `said` is for people."""

    allowed: bool
    said: str


def principal(caller_arn: str, role_arn: str | None) -> str:
    """The user or role behind a session, as IAM names it.

    A session's ARN has lost its role's path; the topology's own `role_arn` still has it.
    """
    session = _SESSION.match(caller_arn)
    if session is None:
        return caller_arn
    partition, account, name = session.groups()
    if role_arn is not None and role_arn.rpartition("/")[2] == name:
        return role_arn
    return f"arn:{partition}:iam::{account}:role/{name}"


def rulings(
    clients: AwsClients, source_arn: str, arns: Mapping[On, Sequence[str]]
) -> dict[str, Ruling]:
    """IAM's decision by action. Blocks.

    Raises OperationFailed when IAM may not be asked, or knows no such principal.
    """
    found: dict[str, Ruling] = {}
    for on in On:
        actions = [each.action for each in PERMISSIONS if each.on is on]
        found |= _simulated(clients, source_arn, actions, arns.get(on) or ["*"])
    return found


def _simulated(
    clients: AwsClients, source_arn: str, actions: Sequence[str], resources: Sequence[str]
) -> dict[str, Ruling]:
    found: dict[str, Ruling] = {}
    with told(ACTION, source_arn):
        pages = (
            clients.iam()
            .get_paginator("simulate_principal_policy")
            .paginate(
                PolicySourceArn=source_arn,
                ActionNames=actions,
                ResourceArns=resources,
                ContextEntries=[
                    {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
                    for key, value in (
                        ("aws:RequestedRegion", clients.region),
                        ("iam:PassedToService", "ecs-tasks.amazonaws.com"),
                    )
                ],
            )
        )
        for page in pages:
            for result in page.get("EvaluationResults", []):
                said: str = result["EvalDecision"]
                if said != "allowed" and (unknown := result.get("MissingContextValues")):
                    said += f" (the policy asks for {', '.join(unknown)}, unknown here)"
                ruling = Ruling(allowed=said == "allowed", said=said)
                # One result a resource: the first that is not allowed decides.
                action = result["EvalActionName"]
                if action not in found or found[action].allowed:
                    found[action] = ruling
    return found
