"""The IAM policy as it is printed: valid, narrow, for all or for one operation."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.adapters.aws import partition_of, policy
from bot.adapters.aws.permissions import PERMISSIONS
from bot.topology import load
from handlers import OPERATIONS

pytestmark = pytest.mark.unit

SHIPPED = Path(__file__).parents[2] / "filmops.toml"
CHANGING = {permission.action for permission in PERMISSIONS if permission.changes}


def printed(capsys: pytest.CaptureFixture[str], *given: str) -> dict[str, Any]:
    assert main(["iam-policy", *given]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_the_whole_policy_is_one_that_iam_takes(capsys: pytest.CaptureFixture[str]) -> None:
    document = printed(capsys, "--account", "123456789012")
    assert document["Version"] == "2012-10-17"
    sids = [each["Sid"] for each in document["Statement"]]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)
    for each in document["Statement"]:
        assert each["Effect"] == "Allow"
        assert each["Action"] == sorted(set(each["Action"]))
        for arn in each["Resource"]:
            assert arn == "*" or re.match(r"arn:aws:[a-z0-9-]+:[a-z0-9-]*:(123456789012)?:", arn)


def test_nothing_that_changes_production_is_allowed_everywhere(
    capsys: pytest.CaptureFixture[str],
) -> None:
    everywhere = {
        action
        for each in printed(capsys)["Statement"]
        if "*" in each["Resource"]
        for action in each["Action"]
    }
    # IAM knows no narrower resource for a revision that is not there yet.
    assert everywhere & CHANGING == {"ecs:RegisterTaskDefinition"}


def test_what_is_deleted_carries_our_tag_and_roles_go_to_tasks_alone() -> None:
    document = policy(load(SHIPPED), ["instances.remove", "rollers.register"])
    conditions = {
        action: each.get("Condition") for each in document["Statement"] for action in each["Action"]
    }
    assert conditions["rds:DeleteDBInstance"] == {
        "StringEquals": {"aws:ResourceTag/filmops": ["replica", "dr-test"]}
    }
    assert conditions["iam:PassRole"] == {
        "StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    }


def test_an_operation_that_reads_is_given_nothing_that_changes() -> None:
    topology = load(SHIPPED)
    for operation in OPERATIONS:
        if operation.plan is None and operation.needs:
            statements = policy(topology, operation.needs)["Statement"]
            given = {action for each in statements for action in each["Action"]}
            assert not given & CHANGING, operation.name


def test_one_operations_policy_goes_into_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "policy.json"
    assert main(["iam-policy", "--operation", "backup replication", "--out", str(out)]) == 0
    assert capsys.readouterr().out == ""
    services = {
        action.partition(":")[0]
        for each in json.loads(out.read_text(encoding="utf-8"))["Statement"]
        for action in each["Action"]
    }
    assert services == {"s3", "cloudwatch"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--operation", "rolback"], "Did you mean rollback?"),
        (["--operation", "help"], "needs nothing of AWS"),
        (["--account", "12345"], "twelve digits"),
    ],
)
def test_what_cannot_be_printed_says_why(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["iam-policy", *given]) == 1
    assert said in capsys.readouterr().err


def test_a_policy_too_long_for_a_managed_one_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.policy.LONGEST_MANAGED", 100)
    assert main(["iam-policy"]) == 0
    assert "an inline policy of the role" in capsys.readouterr().err


def test_other_partitions_have_arns_of_their_own() -> None:
    assert partition_of("us-gov-west-1") == "aws-us-gov"
    assert partition_of("cn-north-1") == "aws-cn"
    assert partition_of("eu-central-1") == "aws"
