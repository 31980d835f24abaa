"""GetMetricData whole: in chunks, over all pages, by time, and whether anything is missing.

Before it come queries (`metrics`, `databases`); after it CloudWatch. Source: *CloudWatch API
Reference*, GetMetricData: 500 queries a call, newest first, `PartialData` until the last page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from bot.adapters.aws.faults import denied, told

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef, MetricDataResultTypeDef

ACTION = "cloudwatch:GetMetricData"
_QUERIES_A_CALL = 500


@dataclass(slots=True, kw_only=True)
class Series:
    """One query's values by the start of their period. `complete`: CloudWatch gave all it has."""

    points: dict[datetime, float] = field(default_factory=dict)
    complete: bool = False


def read(
    client: CloudWatchClient,
    queries: Sequence[MetricDataQueryTypeDef],
    *,
    start: datetime,
    end: datetime,
    what: str,
) -> dict[str, Series]:
    """One series a query id. Blocks; raises what `faults.told` says.

    What CloudWatch told in part is asked for once more, as it says itself of `InternalError`: one
    bad moment of one metric should not make a watch blind.
    """
    found = {query["Id"]: Series() for query in queries}
    _ask(client, queries, found, start=start, end=end, what=what)
    again = [query for query in queries if not found[query["Id"]].complete]
    _ask(client, again, found, start=start, end=end, what=what)
    return found


def _ask(
    client: CloudWatchClient,
    queries: Sequence[MetricDataQueryTypeDef],
    found: Mapping[str, Series],
    *,
    start: datetime,
    end: datetime,
    what: str,
) -> None:
    for first in range(0, len(queries), _QUERIES_A_CALL):
        with told(ACTION, what):
            pages = client.get_paginator("get_metric_data").paginate(
                MetricDataQueries=queries[first : first + _QUERIES_A_CALL],
                StartTime=start,
                EndTime=end,
                ScanBy="TimestampAscending",
            )
            for page in pages:
                for result in page["MetricDataResults"]:
                    _add(found[result["Id"]], result, what)


def _add(series: Series, result: MetricDataResultTypeDef, what: str) -> None:
    """Add a page's points. Its status replaces the last page's: only the last one is final."""
    status = result.get("StatusCode", "InternalError")
    if status == "Forbidden":
        raise denied(f"AWS {ACTION} ({what}): Forbidden", ACTION)
    series.complete = status == "Complete"
    times = (time.astimezone(UTC) for time in result.get("Timestamps", []))
    series.points.update(zip(times, result.get("Values", []), strict=True))


def answered_at(answer: Mapping[str, Any]) -> datetime | None:
    """When AWS gave an answer, by its own clock: its metrics are stamped by that, not by ours."""
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(date) if date else None
