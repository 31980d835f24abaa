"""CloudWatch: both colours' closed minutes, in one GetMetricData.

Before it come the watch after a move and status; after it `series` (pages, chunks, order) and
AWS. What is counted is what targets did: 5xx they answered, and connections they refused, for
a crashing colour answers nothing and shows no 5xx. What the load balancer answers by itself
(`HTTPCode_ELB_5XX_Count`) has no target group, so it is attributed to neither colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.adapters.aws.names import Names, ServiceArns
from bot.adapters.aws.series import Series, read
from bot.adapters.aws.session import AwsClients
from bot.domain.live import Minute
from bot.topology import Colour, Service, Topology

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """One metric of a colour; `name` makes its query's id with the colour."""

    name: str
    metric: str
    statistic: str


_REQUESTS = _Wanted(name="requests", metric="RequestCount", statistic="Sum")
_ANSWERED = _Wanted(name="errors", metric="HTTPCode_Target_5XX_Count", statistic="Sum")
_REFUSED = _Wanted(name="refused", metric="TargetConnectionErrorCount", statistic="Sum")
_P95 = _Wanted(name="p95", metric="TargetResponseTime", statistic="p95")  # seconds
_WANTED = (_REQUESTS, _ANSWERED, _REFUSED, _P95)


class AwsMetrics:
    """bot.ports.Metrics on CloudWatch."""

    def __init__(self, clients: AwsClients, names: Names, topology: Topology) -> None:
        self._clients = clients
        self._names = names
        self._period = timedelta(seconds=topology.metrics.period_seconds)

    async def minutes(
        self, service: Service, *, start: datetime, end: datetime
    ) -> Mapping[Colour, tuple[Minute, ...]]:
        """A period without any data is left out: metrics exist only when requests flow.

        Unless CloudWatch said that its answer was partial: then the period is given with
        `complete` False, because nothing there does not mean that nothing was served.
        """
        return await self._clients.run(self._minutes, service, start, end)

    def _minutes(
        self, service: Service, start: datetime, end: datetime
    ) -> dict[Colour, tuple[Minute, ...]]:
        arns = self._names.known(service)
        seconds = int(self._period.total_seconds())
        queries = [
            _query(f"{colour}_{wanted.name}", wanted, arns, colour, seconds)
            for colour in Colour
            for wanted in _WANTED
        ]
        found = read(
            self._clients.cloudwatch(),
            queries,
            start=start,
            end=end,
            what=f"traffic of {service.key}",
        )
        if not any(series.points for series in found.values()):
            # CloudWatch answers old names with nothing: perhaps the groups were made anew.
            self._names.forget(service)
        periods = list(self._periods(start, end))
        return {
            colour: tuple(
                minutes_of({w.name: found[f"{colour}_{w.name}"] for w in _WANTED}, periods)
            )
            for colour in Colour
        }

    def _periods(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The periods that start in [start, end), where CloudWatch begins them."""
        seconds = self._period.total_seconds()
        first = -(-start.timestamp() // seconds) * seconds
        period = datetime.fromtimestamp(first, tz=UTC)
        while period < end:
            yield period
            period += self._period


def minutes_of(series: Mapping[str, Series], periods: list[datetime]) -> Iterator[Minute]:
    """A colour's minutes in these periods, from its four series by name."""
    complete = all(each.complete for each in series.values())
    for period in periods:
        values = {
            name: each.points[period] for name, each in series.items() if period in each.points
        }
        if not values and complete:
            continue
        yield Minute(
            start=period,
            requests=round(values.get(_REQUESTS.name, 0)),
            errors=round(values.get(_ANSWERED.name, 0) + values.get(_REFUSED.name, 0)),
            p95_seconds=values.get(_P95.name),
            complete=complete,
        )


def _query(
    name: str, wanted: _Wanted, arns: ServiceArns, colour: Colour, period: int
) -> MetricDataQueryTypeDef:
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/ApplicationELB",
                "MetricName": wanted.metric,
                "Dimensions": [
                    {"Name": "LoadBalancer", "Value": arns.load_balancer_dimension},
                    {"Name": "TargetGroup", "Value": arns.group_dimension(colour)},
                ],
            },
            "Period": period,
            "Stat": wanted.statistic,
        },
        "ReturnData": True,
    }
