"""What CloudWatch is asked about a service: one query a metric, and the names they go by.

Before it comes `metrics`, which asks for many services at once; after it `series`, which reads,
and `minutes`, which makes values of the answers. 18 queries a service: 27 services fit one call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.adapters.aws.names import ServiceArns
from bot.topology import Colour, Service, Topology

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

REQUESTS, ANSWERED, REFUSED, P95 = "requests", "errors", "refused", "p95"
HEALTHY, UNHEALTHY, CPU, MEMORY = "healthy", "unhealthy", "cpu", "memory"
BALANCER, DATABASE = "balancer", "database"
_ELB, _ECS = "AWS/ApplicationELB", "AWS/ECS"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """One metric of a colour; `name` makes its query's id with service and colour."""

    name: str
    metric: str
    statistic: str


OF_A_GROUP = (
    _Wanted(name=REQUESTS, metric="RequestCount", statistic="Sum"),
    _Wanted(name=ANSWERED, metric="HTTPCode_Target_5XX_Count", statistic="Sum"),
    _Wanted(name=REFUSED, metric="TargetConnectionErrorCount", statistic="Sum"),
    _Wanted(name=P95, metric="TargetResponseTime", statistic="p95"),  # seconds
    _Wanted(name=HEALTHY, metric="HealthyHostCount", statistic="Average"),
    _Wanted(name=UNHEALTHY, metric="UnHealthyHostCount", statistic="Average"),
)
_OF_ECS = (
    _Wanted(name=CPU, metric="CPUUtilization", statistic="Average"),  # percent
    _Wanted(name=MEMORY, metric="MemoryUtilization", statistic="Average"),
)
OF_A_COLOUR = tuple(wanted.name for wanted in (*OF_A_GROUP, *_OF_ECS))


def query_id(number: int, name: str, colour: Colour | None = None) -> str:
    """`s3_blue_requests`, `s3_balancer`: keys of services may not be ids."""
    return f"s{number}_{name}" if colour is None else f"s{number}_{colour}_{name}"


def queries_of(
    number: int, service: Service, arns: ServiceArns, topology: Topology
) -> Iterator[MetricDataQueryTypeDef]:
    """All queries of a service. The balancer's own errors only where no other service shares it."""
    period = topology.metrics.period_seconds
    balancer = {"LoadBalancer": arns.load_balancer_dimension}
    for colour in Colour:
        group = {**balancer, "TargetGroup": arns.group_dimension(colour)}
        tasks = {
            "ClusterName": topology.clusters[service.cluster],
            "ServiceName": service.colours[colour].ecs_service,
        }
        for namespace, listed, dimensions in ((_ELB, OF_A_GROUP, group), (_ECS, _OF_ECS, tasks)):
            for wanted in listed:
                name = query_id(number, wanted.name, colour)
                yield _query(name, namespace, wanted.metric, dimensions, wanted.statistic, period)
    if not _shared(service, topology):
        name, metric = query_id(number, BALANCER), "HTTPCode_ELB_5XX_Count"
        yield _query(name, _ELB, metric, balancer, "Sum", period)
    failures = service.deploy.database_failures if service.deploy is not None else None
    if failures is not None:
        name, where = query_id(number, DATABASE), failures.dimensions
        yield _query(name, failures.namespace, failures.metric, where, "Sum", period)


def _shared(service: Service, topology: Topology) -> bool:
    return any(
        other.key != service.key and other.load_balancer == service.load_balancer
        for other in topology.services.values()
    )


def _query(  # noqa: PLR0917 - CloudWatch's own words, in its order
    name: str,
    namespace: str,
    metric: str,
    dimensions: Mapping[str, str],
    statistic: str,
    period: int,
) -> MetricDataQueryTypeDef:
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()],
            },
            "Period": period,
            "Stat": statistic,
        },
        "ReturnData": True,
    }
