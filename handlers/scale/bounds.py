"""Bounds before and after: which of a change widen them and go first, which narrow them and follow.

Before: an order. After: steps that AWS cannot answer with a count nobody asked for: it moves a
count that is outside the bounds, silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain.capacity import Autoscaling
from bot.errors import UserError
from handlers.scale.order import USAGE, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Bounds to set; None stays."""

    minimum: int | None = None
    maximum: int | None = None

    @property
    def none(self) -> bool:
        """Whether there is nothing to set."""
        return self.minimum is None and self.maximum is None

    @property
    def args(self) -> Mapping[str, int | None]:
        """For a step."""
        return {"minimum": self.minimum, "maximum": self.maximum}

    @property
    def words(self) -> str:
        """`min 2, max 8`."""
        told = (("min", self.minimum), ("max", self.maximum))
        return ", ".join(f"{name} {value}" for name, value in told if value is not None)


def moves(old: Autoscaling, order: Order) -> tuple[Move, Move, Autoscaling]:
    """What widens, what narrows, and the bounds in the end. Raises UserError when they cross."""
    low, high = old.minimum, old.maximum
    minimum = order.minimum if order.minimum not in (None, low) else None
    maximum = order.maximum if order.maximum not in (None, high) else None
    new_low = low if minimum is None else minimum
    new_high = high if maximum is None else maximum
    if new_low > new_high:
        raise UserError(f"min {new_low} is more than max {new_high}.", hint=USAGE)
    lower, higher = minimum is not None and minimum < low, maximum is not None and maximum > high
    widen = Move(minimum=minimum if lower else None, maximum=maximum if higher else None)
    narrow = Move(minimum=None if lower else minimum, maximum=None if higher else maximum)
    return widen, narrow, replace(old, minimum=new_low, maximum=new_high)
