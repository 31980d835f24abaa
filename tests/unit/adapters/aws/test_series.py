"""GetMetricData's pages and its word on whether anything is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from bot.adapters.aws.series import Series, read
from bot.errors import OperationFailed

pytestmark = pytest.mark.unit

START = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
QUERY: Any = {"Id": "blue_requests"}


def minute(number: int) -> datetime:
    """The start of a minute after three."""
    return START + timedelta(minutes=number)


def page(values: dict[datetime, float], status: str, more: str | None = None) -> dict[str, Any]:
    """One answer of CloudWatch's."""
    result = {
        "Id": QUERY["Id"],
        "Timestamps": list(values),
        "Values": list(values.values()),
        "StatusCode": status,
    }
    token = {"NextToken": more} if more else {}
    return {"MetricDataResults": [result], "Messages": [], **token}


def answer(*pages: dict[str, Any]) -> Series:
    """What `read` makes of these pages."""
    client = boto3.client(
        "cloudwatch", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stub:
        before: dict[str, Any] = {}
        for each in pages:
            asked: dict[str, Any] = {
                "MetricDataQueries": ANY,
                "StartTime": ANY,
                "EndTime": ANY,
                "ScanBy": "TimestampAscending",
            }
            if "NextToken" in before:
                asked["NextToken"] = before["NextToken"]
            before = each
            stub.add_response("get_metric_data", each, asked)
        found = read(client, [QUERY], start=START, end=minute(9), what="traffic")
        stub.assert_no_pending_responses()
    return found[QUERY["Id"]]


def test_all_pages_are_one_series() -> None:
    series = answer(
        page({minute(1): 11.0, minute(0): 10.0}, "PartialData", more="next"),
        page({minute(2): 12.0}, "Complete"),
    )
    assert series.points == {minute(0): 10.0, minute(1): 11.0, minute(2): 12.0}
    assert series.complete


@pytest.mark.parametrize("status", ["PartialData", "InternalError"])
def test_what_was_told_in_part_twice_is_not_complete(status: str) -> None:
    series = answer(page({minute(0): 10.0}, status), page({}, status))
    assert series.points == {minute(0): 10.0}
    assert not series.complete


def test_what_was_told_in_part_is_asked_for_once_more() -> None:
    series = answer(page({minute(0): 10.0}, "InternalError"), page({minute(0): 11.0}, "Complete"))
    assert series.points == {minute(0): 11.0}
    assert series.complete


def test_a_metric_that_may_not_be_read_is_denied() -> None:
    with pytest.raises(OperationFailed) as failed:
        answer(page({}, "Forbidden"))
    assert failed.value.code == "denied"


def test_five_hundred_queries_go_in_one_call_and_the_next_in_another() -> None:
    client = boto3.client(
        "cloudwatch", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    queries: list[Any] = [{"Id": f"q{number}"} for number in range(501)]
    with Stubber(client) as stub:
        for part in (queries[:500], queries[500:]):
            asked = {
                "MetricDataQueries": part,
                "StartTime": START,
                "EndTime": minute(9),
                "ScanBy": "TimestampAscending",
            }
            results = [page({}, "Complete")["MetricDataResults"][0] | each for each in part]
            stub.add_response("get_metric_data", {"MetricDataResults": results}, asked)
        assert len(read(client, queries, start=START, end=minute(9), what="traffic")) == 501
        stub.assert_no_pending_responses()
