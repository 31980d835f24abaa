"""What was asked for, read from the words: how many, within which bounds, for how long.

Before: the typed params. After: the plan of a service or a group, and what a scale that lasts only
a while leaves to be asked for at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.domain.capacity import Autoscaling
from bot.domain.duration import in_words, parse_duration
from bot.domain.plan import StepSpec
from bot.domain.scale import wanted
from bot.errors import UserError

NONE = Autoscaling(minimum=0, maximum=0)
"""Where nobody else sets the count."""

USAGE = "/filmops scale backend 8 · backend +2 · gpu 5 for 2h · db db.r6g.2xlarge · db replica add"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`amount` as typed, None to leave the count where the bounds put it; a bound that is None
    stays. `lasting` None is for good.
    """

    target: str
    amount: str | None
    minimum: int | None = None
    maximum: int | None = None
    lasting: timedelta | None = None

    def absolute(self, count: int) -> str:
        """How it is typed with a number instead of one more or less, without how long."""
        return f"/filmops {replace(self, amount=str(count)).words}"

    @property
    def words(self) -> str:
        """The same without the slash command."""
        bounds = (("--min", self.minimum), ("--max", self.maximum))
        given = (f"{name} {value}" for name, value in bounds if value is not None)
        return " ".join(("scale", self.target, *filter(None, [self.amount]), *given))

    @property
    def params(self) -> Mapping[str, Any]:
        """As they are stored with a request."""
        return {
            "target": self.target,
            "amount": self.amount,
            "min_": self.minimum,
            "max_": self.maximum,
        }

    def count(self, before: int, bounds: Autoscaling | None) -> int:
        """How many there should be. Raises UserError for an amount that is none."""
        if self.amount is not None:
            try:
                return wanted(self.amount, before)
            except ValueError as error:
                raise UserError(f"{self.amount[:40]!r}: {error}.", hint=USAGE) from error
        if bounds is None:
            return before
        return min(max(before, bounds.minimum), bounds.maximum)


def split_lasting(more: str) -> tuple[timedelta | None, str]:
    """`for 2h premiere` → two hours, and the reason. Raises UserError for a time that is none."""
    first, _, rest = more.strip().partition(" ")
    if first.lower() != "for":
        return None, more.strip()
    word, _, reason = rest.strip().partition(" ")
    try:
        return parse_duration(word), reason.strip()
    except ValueError as error:
        raise UserError(f"for {word[:40]!r}: {error}.", hint=USAGE) from error


def returning(order: Order, lasting: timedelta, before: int, old: Autoscaling | None) -> StepSpec:
    """The step that has it taken back in time: to this many, and to these bounds."""
    bounds = old or NONE
    back = Order(
        target=order.target,
        amount=str(before),
        minimum=None if order.minimum is None else bounds.minimum,
        maximum=None if order.maximum is None else bounds.maximum,
    )
    return StepSpec(
        name="scale.return",
        title=f"Have it taken back in {in_words(lasting)}: {back.words}",
        args={**back.params, "seconds": lasting.total_seconds()},
    )
