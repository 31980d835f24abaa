"""The twin of `bot.adapters.probe`: answers laid out in a table.

What the table does not have answers 404, as a server would; a None there is a server that is
not reachable.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.adapters.probe import BODY_BYTES
from bot.domain.live import ProbeResult
from bot.topology import Colour, Flow, Service


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryAnswer:
    """What a path answers; `seconds` is how long it is said to have taken."""

    status: int = 200
    body: str = ""
    seconds: float = 0.01


class MemoryProbe:
    """See `bot.ports.Probe`. `answers` is by (service key, method, path); a colour's own address
    is `key@colour`.
    """

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str, str], MemoryAnswer | None] = {}
        self.asked: list[tuple[str, str, str]] = []

    async def get(self, service: Service, path: str, colour: Colour | None = None) -> ProbeResult:
        """Look a GET up; `ok` is any 2xx."""
        return self._look(_place(service, colour), "GET", path, None)

    async def flow(self, service: Service, flow: Flow, colour: Colour | None = None) -> ProbeResult:
        """Look a flow up; `ok` is exactly the status it expects."""
        return self._look(_place(service, colour), flow.method, flow.path, flow)

    def _look(self, where: str, method: str, path: str, flow: Flow | None) -> ProbeResult:
        place = (where, method, path)
        self.asked.append(place)
        answer = self.answers.get(place, MemoryAnswer(status=404))
        if answer is None:
            return ProbeResult(ok=False, status=None, seconds=0.0, error="ConnectError: refused")
        if flow is None:
            ok, wanted = 200 <= answer.status < 300, "2xx"
        else:
            ok, wanted = answer.status == flow.expect, str(flow.expect)
        return ProbeResult(
            ok=ok,
            status=answer.status,
            seconds=answer.seconds,
            body=answer.body.encode()[:BODY_BYTES].decode(errors="replace"),
            error="" if ok else f"answered {answer.status}, expected {wanted}",
        )


def _place(service: Service, colour: Colour | None) -> str:
    return service.key if colour is None else f"{service.key}@{colour}"
