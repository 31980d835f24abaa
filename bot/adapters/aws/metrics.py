"""CloudWatch: the closed minutes of services, all of them in one GetMetricData.

Before it come the watch after a move, the patrol and status; after it `queries` (what is asked),
`series` (pages, chunks, order), `minutes` (what it means) and AWS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.adapters.aws import queries as q
from bot.adapters.aws.minutes import minutes_of
from bot.adapters.aws.names import Names, ServiceArns
from bot.adapters.aws.series import Series, read
from bot.adapters.aws.session import AwsClients
from bot.domain.live import Minute
from bot.errors import OperationFailed
from bot.topology import Colour, Service, Topology

Minutes = dict[Colour, tuple[Minute, ...]]


class AwsMetrics:
    """bot.ports.Metrics on CloudWatch."""

    def __init__(self, clients: AwsClients, names: Names, topology: Topology) -> None:
        self._clients = clients
        self._names = names
        self._topology = topology
        self._period = timedelta(seconds=topology.metrics.period_seconds)

    async def minutes(
        self, service: Service, *, start: datetime, end: datetime
    ) -> Mapping[Colour, tuple[Minute, ...]]:
        """A period without any data is left out: metrics of traffic exist only when requests flow.

        Unless CloudWatch said that its answer was partial: then the period is given with
        `complete` False, because nothing there does not mean that nothing was served.
        """
        return await self._clients.run(self._minutes, service, start, end)

    async def minutes_of(
        self, services: Sequence[Service], *, start: datetime, end: datetime
    ) -> Mapping[str, Mapping[Colour, tuple[Minute, ...]]]:
        """One call for 500 metrics, which are 27 services."""
        return await self._clients.run(self._minutes_of, services, start, end)

    def _minutes(self, service: Service, start: datetime, end: datetime) -> Minutes:
        known = [(service, self._names.known(service))]
        return self._read(known, start, end)[service.key]

    def _minutes_of(
        self, services: Sequence[Service], start: datetime, end: datetime
    ) -> dict[str, Minutes]:
        known: list[tuple[Service, ServiceArns]] = []
        for service in services:
            try:
                known.append((service, self._names.known(service)))
            except OperationFailed as error:
                if error.code != "not_found":
                    raise
        return self._read(known, start, end)

    def _read(
        self, services: Sequence[tuple[Service, ServiceArns]], start: datetime, end: datetime
    ) -> dict[str, Minutes]:
        queries = [
            query
            for number, (service, arns) in enumerate(services)
            for query in q.queries_of(number, service, arns, self._topology)
        ]
        one = services[0][0].key if len(services) == 1 else f"{len(services)} services"
        client = self._clients.cloudwatch()
        found = read(client, queries, start=start, end=end, what=f"traffic of {one}")
        periods = list(self._periods(start, end))
        minutes: dict[str, Minutes] = {}
        for number, (service, _) in enumerate(services):
            colours = {
                colour: {name: found[q.query_id(number, name, colour)] for name in q.OF_A_COLOUR}
                for colour in Colour
            }
            self._doubt(service, colours)
            minutes[service.key] = minutes_of(
                colours,
                periods,
                balancer=found.get(q.query_id(number, q.BALANCER)),
                database=found.get(q.query_id(number, q.DATABASE)),
            )
        return minutes

    def _doubt(self, service: Service, colours: Mapping[Colour, Mapping[str, Series]]) -> None:
        """CloudWatch answers old names with nothing: a silent group was perhaps made anew."""
        of_a_group = [wanted.name for wanted in q.OF_A_GROUP]
        if any(not any(of[name].points for name in of_a_group) for of in colours.values()):
            self._names.forget(service)

    def _periods(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The periods that start in [start, end), where CloudWatch begins them."""
        seconds = self._period.total_seconds()
        first = -(-start.timestamp() // seconds) * seconds
        period = datetime.fromtimestamp(first, tz=UTC)
        while period < end:
            yield period
            period += self._period
