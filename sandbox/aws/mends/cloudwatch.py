"""cloudwatch: metrics from the plant's own store, with percentiles, pages and refusals.

Metric math, Metrics Insights and anomaly bands are refused: an empty answer would be a lie.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult

from sandbox.aws.mends import Own, mend
from sandbox.aws.metrics import MetricKey, MetricStore, Sample
from sandbox.aws.plant import Plant
from sandbox.aws.refusal import refusal

MAX_QUERIES = 500
MAX_DATAPOINTS = 100_800
STATISTICS = re.compile(r"^(Sum|Average|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d{1,2})?|p100)$")


def install(plant: Plant) -> None:
    """Mend the four calls that touch data points."""

    def get_metric_data(call: Any, own: Own) -> ActionResult:
        return _get_metric_data(plant, call.params)

    def get_metric_statistics(call: Any, own: Own) -> ActionResult:
        return _get_metric_statistics(plant, call.params)

    def put_metric_data(call: Any, own: Own) -> ActionResult:
        return _put_metric_data(plant.store, call.params)

    def list_metrics(call: Any, own: Own) -> ActionResult:
        return _list_metrics(plant.store, call.params)

    for action in (get_metric_data, get_metric_statistics, put_metric_data, list_metrics):
        mend(CloudWatchResponse, action.__name__, action)


def _refuse(text: str) -> ServiceException:
    return refusal("cloudwatch", "ValidationError", text)


def _key(metric: Any) -> MetricKey:
    dimensions = metric.get("Dimensions") or []
    return MetricKey(
        str(metric.get("Namespace")),
        str(metric.get("MetricName")),
        frozenset((d["Name"], d["Value"]) for d in dimensions),
    )


def _epoch(value: Any) -> int:
    stamp = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return int((stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp())


def _points(
    plant: Plant, params: Any, metric: Any, wanted: Any, stats: list[str]
) -> list[tuple[int, list[float]]]:
    """(period start, a value per statistic), oldest first, nothing younger than the lag.

    `wanted` holds Period and Unit.
    """
    period = wanted["Period"]
    if period not in (1, 5, 10, 30) and (period < 60 or period % 60):
        raise _refuse(f"Period {period} is not 1, 5, 10, 30 or a multiple of 60")
    for stat in stats:
        if not STATISTICS.match(stat):
            raise _refuse(f"The sandbox does not know the statistic {stat!r}")
    start, end = _epoch(params["StartTime"]), _epoch(params["EndTime"])
    if start >= end:
        raise _refuse("The parameter EndTime must be greater than StartTime")
    visible = int(time.time() - plant.cloudwatch.lag) + 1
    digests = plant.store.read(
        _key(metric), start - start % period, min(end, visible), period, wanted.get("Unit")
    )
    return [
        (second, [digest.statistic(stat) for stat in stats]) for second, digest in digests.items()
    ]


def _get_metric_data(plant: Plant, params: Any) -> ActionResult:
    queries = params.get("MetricDataQueries") or []
    if len(queries) > MAX_QUERIES:
        raise _refuse(f"MetricDataQueries must not have more than {MAX_QUERIES} members")
    ids = [query["Id"] for query in queries]
    if len(set(ids)) < len(ids) or not all(re.match(r"^[a-z]\w*$", name) for name in ids):
        raise _refuse("Every query needs an Id of its own that starts with a lower-case letter")
    found = []
    for query in queries:
        points = _query(plant, params, query)
        if params.get("ScanBy") != "TimestampAscending":
            points.reverse()
        if query.get("ReturnData") is not False:
            label = query.get("Label") or query["MetricStat"]["Metric"]["MetricName"]
            found.append((query["Id"], label, points))
    if plant.cloudwatch.partial:
        return ActionResult(_partial(found))
    return ActionResult(_page(found, params))


def _partial(found: list[tuple[str, str, list[tuple[int, list[float]]]]]) -> dict[str, Any]:
    """Half of every answer, called partial, and no token to get the rest with."""
    halves = [(name, label, points[: len(points) // 2]) for name, label, points in found]
    answer = _page(halves, {})
    for result in answer["MetricDataResults"]:
        result["StatusCode"] = "PartialData"
    return answer


def _query(plant: Plant, params: Any, query: Any) -> list[tuple[int, list[float]]]:
    if "Expression" in query:
        raise _refuse(f"The sandbox does not evaluate the expression of {query['Id']!r}")
    if "MetricStat" not in query:
        raise _refuse("The parameter MetricDataQueries.member.1.MetricStat is required.\n")
    stat = query["MetricStat"]
    return _points(plant, params, stat["Metric"], stat, [stat["Stat"]])


def _page(
    found: list[tuple[str, str, list[tuple[int, list[float]]]]], params: Any
) -> dict[str, Any]:
    """At most MaxDatapoints points; what goes on is PartialData and has a NextToken."""
    room = min(params.get("MaxDatapoints") or MAX_DATAPOINTS, MAX_DATAPOINTS)
    skip = first = int(params.get("NextToken") or 0)
    results, cut = [], False
    for name, label, points in found:
        page = points[skip : skip + room]
        cut = len(points) - skip > room
        skip, room = max(0, skip - len(points)), room - len(page)
        times = [datetime.fromtimestamp(second, UTC) for second, _ in page]
        status = "PartialData" if cut else "Complete"
        results.append(
            {
                "Id": name,
                "Label": label,
                "Timestamps": times,
                "Values": [values[0] for _, values in page],
                "StatusCode": status,
            }
        )
        if cut:
            break
    total = sum(len(result["Timestamps"]) for result in results)
    return {
        "MetricDataResults": results,
        "Messages": [],
        "NextToken": str(first + total) if cut else None,
    }


def _get_metric_statistics(plant: Plant, params: Any) -> ActionResult:
    plain, extended = params.get("Statistics") or [], params.get("ExtendedStatistics") or []
    if not plain and not extended:
        text = "Must specify either Statistics or ExtendedStatistics"
        raise refusal("cloudwatch", "InvalidParameterCombination", text)
    points = _points(plant, params, params, params, [*plain, *extended])
    datapoints = []
    for second, values in points:
        point: dict[str, Any] = {"Timestamp": datetime.fromtimestamp(second, UTC)}
        point |= dict(zip(plain, values, strict=False))
        if extended:
            point["ExtendedStatistics"] = dict(zip(extended, values[len(plain) :], strict=True))
        datapoints.append(point)
    return ActionResult({"Label": params["MetricName"], "Datapoints": datapoints})


def _put_metric_data(store: MetricStore, params: Any) -> ActionResult:
    namespace = params["Namespace"]
    if namespace.startswith("AWS/"):
        raise refusal("cloudwatch", "InvalidParameterValue", 'Namespace must not start with "AWS/"')
    for datum in params.get("MetricData") or []:
        if "StatisticValues" in datum:
            raise _refuse("The sandbox takes values, not StatisticValues")
        key = _key({**datum, "Namespace": namespace})
        second = _epoch(datum["Timestamp"]) if datum.get("Timestamp") else int(time.time())
        values = datum.get("Values") or [datum["Value"]]
        counts = datum.get("Counts") or [1.0] * len(values)
        for value, number in zip(values, counts, strict=True):
            store.add(key, second, Sample(number, (float(value),)), datum.get("Unit") or "None")
    return EmptyResult()


def _list_metrics(store: MetricStore, params: Any) -> ActionResult:
    wanted = {(d["Name"], d.get("Value")) for d in params.get("Dimensions") or []}

    def fits(key: MetricKey) -> bool:
        if params.get("Namespace") not in (None, key.namespace):
            return False
        if params.get("MetricName") not in (None, key.name):
            return False
        names = {name for name, _ in key.dimensions}
        return all((n, v) in key.dimensions if v else n in names for n, v in wanted)

    metrics = [
        {
            "Namespace": key.namespace,
            "MetricName": key.name,
            "Dimensions": [{"Name": n, "Value": v} for n, v in sorted(key.dimensions)],
        }
        for key in store.keys()  # noqa: SIM118 - a method that copies under the lock, not a dict
        if fits(key)
    ]
    return ActionResult({"Metrics": metrics})
