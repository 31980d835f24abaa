"""Faults on request, the same for every part of the sandbox.

A part asks `take(call)` before it answers a call; tests and people arm faults over HTTP
(`POST /_control/faults`, `GET`, `DELETE`). Thread-safe, because moto answers in threads.
"""

from __future__ import annotations

import fnmatch
import threading
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["latency", "status", "drop", "refuse"]


@dataclass(slots=True, kw_only=True)
class Fault:
    """What goes wrong.

    `latency` waits `seconds` and then answers; `status` answers `status` with `headers` and
    `code` without acting; `drop` acts and closes the connection without an answer; `refuse`
    closes it without acting. `match` is a shell pattern on the call's name (`chat.update`,
    `elasticloadbalancing.ModifyListener`, `POST /v2/enqueue`). `times` counts down; None lasts.
    """

    match: str
    kind: Kind
    status: int = 500
    code: str = "internal_error"
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    times: int | None = 1


class Faults:
    """The armed faults, oldest first."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []
        self._lock = threading.Lock()

    def arm(self, data: dict[str, Any]) -> Fault:
        """Arm one from JSON. Raises TypeError or ValueError on fields that do not fit."""
        fault = Fault(**data)
        if fault.kind not in ("latency", "status", "drop", "refuse"):
            raise ValueError(f"unknown kind {fault.kind!r}")
        with self._lock:
            self._armed.append(fault)
        return fault

    def take(self, *names: str) -> Fault | None:
        """The first armed fault for a call by any of its names, its count taken down."""
        with self._lock:
            for fault in self._armed:
                if not any(fnmatch.fnmatchcase(name, fault.match) for name in names):
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._armed.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self._armed.clear()

    def listing(self) -> list[dict[str, Any]]:
        """The armed faults as JSON values."""
        with self._lock:
            return [asdict(fault) for fault in self._armed]
