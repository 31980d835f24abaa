"""What a release is like: how it starts, how it serves, what its migration does.

`control` takes it from a test or a person, `plant` remembers it by service and version,
`rollouts` and `one_off` let it happen, `traffic`, `health` and `product` show it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from typing import Any


@dataclass(slots=True, kw_only=True)
class Quality:
    """How a colour serves its customers while it runs.

    `unhealthy_targets` counts targets from the first registered on, `unhealthy_share` is a
    fraction of them, rounded up; with both, the larger holds. `fails_health` is all of them.
    """

    error_rate: float = 0.002
    p95_seconds: float = 0.18
    unhealthy_targets: int = 0
    unhealthy_share: float = 0.0
    fails_health: bool = False
    # Connections to the database are refused, as a release with too large a pool has it.
    refuses_database: bool = False
    # What `/version` says instead of the image's tag.
    wrong_version: str | None = None

    def unhealthy_of(self, targets: int) -> int:
        """How many of so many targets fail their health checks."""
        if self.fails_health:
            return targets
        # 0.6 of 5 is 3, whatever binary fractions make of it.
        by_share = math.ceil(round(self.unhealthy_share * targets, 6))
        return min(targets, max(self.unhealthy_targets, by_share))


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A version's character. Without one a version is good."""

    quality: Quality = field(default_factory=Quality)
    # Its tasks stop with exit code 1 as soon as they run.
    crashes: bool = False
    migration_exit_code: int = 0


_QUALITY = {each.name for each in fields(Quality)}


def read_release(body: dict[str, Any]) -> Release:
    """A release from JSON. Raises TypeError on a name that is neither's, ValueError on a value."""
    quality = checked(replace(Quality(), **{n: v for n, v in body.items() if n in _QUALITY}))
    return Release(quality=quality, **{n: v for n, v in body.items() if n not in _QUALITY})


def checked(quality: Quality) -> Quality:
    """The quality itself. Raises ValueError when no service could be like it."""
    for name in ("error_rate", "unhealthy_share"):
        if not 0 <= getattr(quality, name) <= 1:
            raise ValueError(f"{name} is a fraction, 0 to 1")
    if quality.p95_seconds <= 0 or quality.unhealthy_targets < 0:
        raise ValueError("p95_seconds is above 0, unhealthy_targets is 0 or more")
    return quality


def bad_release() -> Release:
    """What v1.4.2 does to its customers: 8 % errors, slow, and healthy by its health check."""
    return Release(quality=Quality(error_rate=0.08, p95_seconds=0.7))
