"""The permissions declared are the calls made, no more and no less."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bot.adapters.aws
from bot.adapters.aws.permissions import PERMISSIONS
from bot.adapters.aws.simulation import ACTION as SIMULATE
from bot.adapters.aws.simulation import principal

pytestmark = pytest.mark.unit

ACTION = re.compile(
    r'"((?:elasticloadbalancing|ecs|ecr|ec2|logs|cloudwatch|rds|sqs|s3|sts|iam'
    r"|(?:application-)?autoscaling)"
    r':[A-Z]\w+)"'
)
WITHOUT_GRANT = {"sts:GetCallerIdentity", "sts:AssumeRole", SIMULATE}
NO_ACTION = {"iam:PassedToService"}
"""A key of IAM's conditions."""


def test_every_action_the_adapters_name_is_declared() -> None:
    folder = Path(bot.adapters.aws.__file__).parent
    named = {
        action
        for file in folder.glob("*.py")
        if file.name not in ("permissions.py", "needed.py", "policy.py")
        for action in ACTION.findall(file.read_text(encoding="utf-8"))
    }
    asked = {permission.action for permission in PERMISSIONS if not permission.implied}
    assert named - WITHOUT_GRANT - NO_ACTION == asked


def test_what_changes_production_is_marked() -> None:
    changing = {permission.action for permission in PERMISSIONS if permission.changes}
    assert changing == {
        "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:ModifyRule",
        "ecs:RegisterTaskDefinition",
        "ecs:UpdateService",
        "ecs:RunTask",
        "ecs:TagResource",
        "iam:PassRole",
        "rds:CreateDBSnapshot",
        "rds:AddTagsToResource",
        "rds:ModifyDBInstance",
        "rds:CreateDBInstanceReadReplica",
        "rds:RestoreDBInstanceFromDBSnapshot",
        "rds:DeleteDBInstance",
        "application-autoscaling:RegisterScalableTarget",
        "autoscaling:SetDesiredCapacity",
        "autoscaling:UpdateAutoScalingGroup",
        "autoscaling:SetInstanceProtection",
    }


def test_what_aws_asks_for_beside_a_call_is_marked() -> None:
    implied = {permission.action for permission in PERMISSIONS if permission.implied}
    assert implied == {"ecs:TagResource", "iam:PassRole", "rds:AddTagsToResource"}


@pytest.mark.parametrize(
    ("caller", "role", "expected"),
    [
        (
            "arn:aws:sts::123456789012:assumed-role/filmops/i-1",
            None,
            "arn:aws:iam::123456789012:role/filmops",
        ),
        (
            "arn:aws:sts::123456789012:assumed-role/filmops/filmops",
            "arn:aws:iam::123456789012:role/bots/filmops",
            "arn:aws:iam::123456789012:role/bots/filmops",
        ),
        (
            "arn:aws-us-gov:sts::123456789012:assumed-role/filmops/x",
            "arn:aws-us-gov:iam::123456789012:role/another",
            "arn:aws-us-gov:iam::123456789012:role/filmops",
        ),
        ("arn:aws:iam::123456789012:user/ana", None, "arn:aws:iam::123456789012:user/ana"),
    ],
)
def test_a_session_is_judged_by_its_role(caller: str, role: str | None, expected: str) -> None:
    assert principal(caller, role) == expected
