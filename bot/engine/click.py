"""A click or a submitted form, and what may be answered to it.

`handlers/` lists what each button does by its action id; the desk finds and calls it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bot.domain.message import View
from bot.domain.reasons import Reason
from bot.engine.dispatch import Carried, Dispatch
from bot.engine.operation import Asking
from bot.engine.world import World
from bot.errors import Refused

LONGEST_NUMBER = 15
"""Digits: more do not fit the database's numbers and are nobody's request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """What was clicked or submitted. `value` is an opaque id, `values` a form's fields by name."""

    asking: Asking
    action: str
    value: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Answer by (re)publishing the person's Home tab."""

    view: View


Reply = Carried | Home | None
"""A View opens as a modal; None says nothing (the card changes by itself)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What an action may use: the world, and dispatch for actions that stand for commands."""

    world: World
    dispatch: Dispatch


Action = Callable[[Counter, Click], Awaitable[Reply]]


def number(click: Click) -> int:
    """The request's number a button carries; Refused for anything else."""
    value = click.value
    if not value.isascii() or not value.isdigit() or len(value) > LONGEST_NUMBER:
        raise Refused("That button carries no request.", code=Reason.UNKNOWN_REQUEST)
    return int(value)
