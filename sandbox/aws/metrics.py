"""CloudWatch's data: samples per second, indexed by metric.

`traffic` and PutMetricData write, `queries` reads. moto's own store is a list walked on every
read, forgets the namespace and knows no percentiles.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

RETENTION_SECONDS = 3 * 3600


class MetricKey(NamedTuple):
    """What CloudWatch calls one metric: the dimensions belong to its identity."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]


class Sample(NamedTuple):
    """`number` values, spread evenly over `shape` (one entry: all alike)."""

    number: float
    shape: tuple[float, ...]

    @property
    def total(self) -> float:
        """The sum of the values."""
        return self.number * sum(self.shape) / len(self.shape)


@lru_cache(maxsize=4096)
def gauge(value: float) -> Sample:
    """One reading. Cached: hours of equal readings share one object."""
    return Sample(1.0, (float(value),))


@lru_cache(maxsize=4096)
def events(number: float) -> Sample:
    """`number` events of value 1, as a load balancer reports its counts."""
    return Sample(float(number), (1.0,))


@dataclass(slots=True)
class Digest:
    """All samples of one period, ready for any statistic."""

    count: float = 0.0
    total: float = 0.0
    shapes: dict[tuple[float, ...], float] = field(default_factory=dict)

    def add(self, sample: Sample) -> None:
        """Take one more sample in."""
        self.count += sample.number
        self.total += sample.total
        self.shapes[sample.shape] = self.shapes.get(sample.shape, 0.0) + sample.number

    def statistic(self, name: str) -> float:
        """Sum, Average, Minimum, Maximum, SampleCount or pNN. Raises ValueError otherwise."""
        if name.startswith("p"):
            return self._percentile(float(name[1:]) / 100)
        match name:
            case "Sum":
                return self.total
            case "SampleCount":
                return self.count
            case "Average":
                return self.total / self.count
            case "Minimum":
                return min(min(shape) for shape in self.shapes)
            case "Maximum":
                return max(max(shape) for shape in self.shapes)
            case _:
                raise ValueError(name)

    def _percentile(self, fraction: float) -> float:
        """Interpolated between the middles of neighbouring values' shares."""
        weighted = sorted(
            (value, count / len(shape)) for shape, count in self.shapes.items() for value in shape
        )
        goal, passed = fraction * self.count, 0.0
        before: tuple[float, float] | None = None
        for value, weight in weighted:
            middle = passed + weight / 2
            if middle >= goal:
                if before is None:
                    return value
                at, earlier = before
                return earlier + (value - earlier) * (goal - at) / (middle - at)
            before = (middle, value)
            passed += weight
        return weighted[-1][0]


@dataclass(slots=True)
class Series:
    """One metric's samples by second."""

    unit: str = "None"
    points: dict[int, tuple[Sample, ...]] = field(default_factory=dict)


class MetricStore:
    """Every series of the account. Times are whole epoch seconds."""

    def __init__(self) -> None:
        self._series: dict[MetricKey, Series] = {}
        self._lock = threading.RLock()

    def set(self, key: MetricKey, second: int, sample: Sample, unit: str) -> None:
        """Make this the only sample of that second."""
        with self._lock:
            self._of(key, unit).points[second] = (sample,)

    def add(self, key: MetricKey, second: int, sample: Sample, unit: str) -> None:
        """Add a sample beside those of that second."""
        with self._lock:
            points = self._of(key, unit).points
            points[second] = (*points.get(second, ()), sample)

    def _of(self, key: MetricKey, unit: str) -> Series:
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = Series(unit=unit)
        return series

    def read(
        self, key: MetricKey, start: int, end: int, period: int, unit: str | None
    ) -> dict[int, Digest]:
        """Digests by period start for samples in [start, end), oldest first."""
        with self._lock:
            series = self._series.get(key)
            if series is None or not series.points or unit not in (None, series.unit):
                return {}
            first, last = max(start, min(series.points)), min(end, max(series.points) + 1)
            digests: dict[int, Digest] = {}
            for second in range(first, last):
                for sample in series.points.get(second, ()):
                    digests.setdefault(second - second % period, Digest()).add(sample)
            return digests

    def keys(self) -> list[MetricKey]:
        """Every metric that has data."""
        with self._lock:
            return [key for key, series in self._series.items() if series.points]

    def forget(self, start: int, end: int, wanted: Callable[[MetricKey], bool]) -> None:
        """Drop [start, end) of the metrics that are wanted gone."""
        with self._lock:
            for key, series in self._series.items():
                if wanted(key):
                    for second in range(start, end):
                        series.points.pop(second, None)

    def prune(self, now: int) -> None:
        """Drop what is older than the retention."""
        with self._lock:
            for series in self._series.values():
                for second in [s for s in series.points if s < now - RETENTION_SECONDS]:
                    del series.points[second]

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._series.clear()


def put_gauges(
    store: MetricStore,
    second: int,
    namespace: str,
    dimensions: dict[str, str],
    readings: dict[str, float],
) -> None:
    """One reading of each of a resource's metrics."""
    for name, value in readings.items():
        unit = "Percent" if name.endswith("Utilization") else "Count"
        key = MetricKey(namespace, name, frozenset(dimensions.items()))
        store.set(key, second, gauge(round(value, 2)), unit)
