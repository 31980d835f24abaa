"""Twin of the port Charts: the smallest PNG there is, and what it was asked for."""

from __future__ import annotations

from base64 import b64decode

from bot.domain.chart import Chart

DOT = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)
"""One pixel."""


class MemoryCharts:
    """See `bot.ports.Charts`."""

    def __init__(self) -> None:
        self.asked: list[Chart] = []

    async def minutes(self, chart: Chart) -> bytes:
        """Keep it among `asked`."""
        self.asked.append(chart)
        return DOT
