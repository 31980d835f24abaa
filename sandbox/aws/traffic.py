"""Customers: requests every second, split by the live weights, seen as CloudWatch metrics.

The plant's thread asks for each second once it is over; `control` and the start fill the past.
The dice are seeded by service and second, so the same second always looks the same.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp
from random import Random
from statistics import NormalDist

from bot.topology import Colour, Service
from sandbox.aws import capacity, database, routing, service_logs
from sandbox.aws.fleet import ecs_service
from sandbox.aws.health import Health, group_health
from sandbox.aws.mends import rds_instances
from sandbox.aws.metrics import MetricKey, Sample, events, gauge, put_gauges
from sandbox.aws.plant import Plant

ELB = "AWS/ApplicationELB"
GRID = 40
JITTERS = (0.94, 0.97, 1.0, 1.03, 1.06)
SLOW_METRICS_EVERY = 10
CLIENT_ERRORS = 0.01
# The first service of the topology is the product; the others see a fifth of its customers.
QUIET_FACTOR = 0.2


@lru_cache(maxsize=512)
def latencies(p95: float, jitter: float) -> tuple[float, ...]:
    """A log-normal spread of response times in seconds whose 95th percentile is `p95`."""
    normal = NormalDist()
    at95 = normal.inv_cdf(0.95)
    return tuple(
        round(p95 * jitter * exp(0.5 * (normal.inv_cdf((i + 0.5) / GRID) - at95)), 4)
        for i in range(GRID)
    )


def fill(plant: Plant, start: int, end: int) -> None:
    """Write [start, end) with the present settings, in place of what was there."""
    own = {database.metric(service) for service in plant.topology.services.values()}
    plant.store.forget(start, end, lambda key: key.namespace.startswith("AWS/") or key in own)
    for second in range(start, end):
        live(plant, second)


def live(plant: Plant, second: int, *, talks: bool = False) -> None:
    """Write one second of every service, database and queue.

    `talks`: it is the present, so into the logs too, and what is slow in each second.
    """
    for index, service in enumerate(plant.topology.services.values()):
        rate = plant.customers * (1 if index == 0 else QUIET_FACTOR)
        _Second(plant, service, second, rate, talks=talks).write()
    database.live(plant, second)
    if second % SLOW_METRICS_EVERY == 0:
        _resources(plant, second)


class _Second:
    """One second of one service."""

    def __init__(
        self, plant: Plant, service: Service, second: int, rate: float, *, talks: bool
    ) -> None:
        self.plant, self.service, self.second, self.talks = plant, service, second, talks
        self.dice = Random(f"{service.key}:{second}")
        balancer = routing.load_balancer(plant, service)
        self.balancer = ("LoadBalancer", balancer.arn.split(":loadbalancer/")[1])
        self.requests = self._whole(rate * self.dice.uniform(0.9, 1.1))
        self.refused = 0

    def write(self) -> None:
        """Split the requests over the colours and put down what each did with them."""
        shares = routing.shares(self.plant, self.service)
        left = self.requests
        smallest, biggest = sorted(shares, key=lambda c: shares[c])
        for colour in (smallest, biggest):
            wanted = left if colour is biggest else self._whole(self.requests * shares[colour])
            taken = min(left, wanted) if shares[colour] else 0
            left -= taken
            self._colour(colour, taken)
        self.refused += left
        self._count("HTTPCode_ELB_5XX_Count", self.refused)

    def _colour(self, colour: Colour, requests: int) -> None:
        group = self.plant.target_group(self.service, colour)
        target = ("TargetGroup", group.arn.split(":")[-1])
        health = group_health(self.plant, group)
        if health.in_use:
            self._put("HealthyHostCount", gauge(health.healthy), target)
            self._put("UnHealthyHostCount", gauge(health.unhealthy), target)
        if requests:
            self._serve(colour, requests, target, health)
        if self.talks or self.second % SLOW_METRICS_EVERY == 0:
            self._ecs(colour, requests)

    def _serve(
        self, colour: Colour, requests: int, target: tuple[str, str], health: Health
    ) -> None:
        quality = self.plant.qualities[self.service.key, colour]
        if not health.registered:
            self.refused += requests
            return
        self._count("RequestCount", requests, target)
        if not health.healthy:
            # A balancer without a healthy target sends to all of them, and they do not answer.
            self._count("TargetConnectionErrorCount", requests, target)
            self.refused += requests
            return
        errors = self._whole(requests * quality.error_rate)
        rejected = self._whole((requests - errors) * CLIENT_ERRORS)
        self._count("HTTPCode_Target_5XX_Count", errors, target)
        self._count("HTTPCode_Target_4XX_Count", rejected, target)
        self._count("HTTPCode_Target_2XX_Count", requests - errors - rejected, target)
        if self.talks:
            service_logs.serving(self.plant, self.service, colour, self.second, errors)
        shape = latencies(quality.p95_seconds, self.dice.choice(JITTERS))
        for dimensions in ((), (target,)):
            self._put("TargetResponseTime", Sample(requests, shape), *dimensions, unit="Seconds")

    def _count(self, name: str, number: int, *target: tuple[str, str]) -> None:
        """A count, which the balancer reports only when it is not zero, and in total as well."""
        if number:
            self._put(name, events(number))
            if target:
                self._put(name, events(number), *target)

    def _put(
        self, name: str, sample: Sample, *target: tuple[str, str], unit: str = "Count"
    ) -> None:
        key = MetricKey(ELB, name, frozenset((self.balancer, *target)))
        # Two colours share a balancer, and two services may: their totals add up.
        write = self.plant.store.set if target else self.plant.store.add
        write(key, self.second, sample, unit)

    def _ecs(self, colour: Colour, requests: int) -> None:
        service = ecs_service(self.plant, self.service, colour)
        dimensions = {"ClusterName": service.cluster_name, "ServiceName": service.name}
        if service.running_count:
            load = min(95.0, 8 + requests / service.running_count)
            readings = {"CPUUtilization": load, "MemoryUtilization": 41.0}
            put_gauges(self.plant.store, self.second, "AWS/ECS", dimensions, readings)

    def _whole(self, number: float) -> int:
        """A whole number that is `number` on average."""
        return int(number) + (self.dice.random() < number % 1)


def _resources(plant: Plant, second: int) -> None:
    rds_instances.live(plant, second)
    capacity.live(plant, second)
    for name, queue in plant.sqs.queues.items():
        depth = {"ApproximateNumberOfMessagesVisible": float(len(queue.messages))}
        put_gauges(plant.store, second, "AWS/SQS", {"QueueName": name}, depth)
