"""`/metrics`: the process's own figures, and the escalation's, as Prometheus reads them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.domain.incident import IncidentState
from bot.engine.figures import BUCKETS, Figures, figures
from bot.engine.world import World
from bot.errors import FilmOpsError
from bot.topology import Severity

log = logging.getLogger("filmops.metrics")


async def rendered(world: World) -> bytes:
    """All series. Without the database those from it are absent, and one says so."""
    try:
        found = await figures(world)
    except FilmOpsError as fault:
        log.warning("no figures: %s", fault.message)
        families = [_up(0)]
    else:
        families = [_up(1), *_families(found)]
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once(families))
    return generate_latest() + generate_latest(registry)


class _Once(Collector):
    """What was read for this one answer: prometheus_client collects without waiting."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """The families."""
        return self._families


def _up(value: int) -> Metric:
    text = "Whether the database answered this request."
    return GaugeMetricFamily("filmops_database_up", text, value=value)


def _families(found: Figures) -> Iterator[Metric]:
    bounds = [str(bound) for bound in BUCKETS]
    late = HistogramMetricFamily(
        "filmops_escalation_lateness_seconds",
        "From when a page was due until PagerDuty was called, of all pages ever called for.",
    )
    buckets = [*zip(bounds, map(float, found.late), strict=True), ("+Inf", float(found.pages))]
    late.add_metric([], buckets, sum_value=found.late_seconds)
    yield late
    yield GaugeMetricFamily(
        "filmops_pages_overdue",
        "Pages that are due and PagerDuty has not taken; 100 stands for that many or more.",
        value=found.overdue,
    )
    unresolved = GaugeMetricFamily(
        "filmops_incidents", "Unresolved incidents.", labels=["severity", "state"]
    )
    for severity in Severity:
        for state in (IncidentState.OPEN, IncidentState.ACKNOWLEDGED):
            count = found.unresolved.get((severity, state), 0)
            unresolved.add_metric([severity.value, state.value], count)
    yield unresolved
    silent = GaugeMetricFamily(
        "filmops_cycle_age_seconds",
        "Since any scheduler last finished a cycle of this kind; +Inf: never.",
        labels=["cycle"],
    )
    for name, seconds in found.silent_seconds.items():
        silent.add_metric([name], seconds)
    yield silent
