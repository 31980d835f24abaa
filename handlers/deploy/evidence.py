"""What the card of a deployment shows beside its plan: how both colours do, and what to mind."""

from __future__ import annotations

from bot.domain.deploying import Onto, Schema
from bot.domain.lately import lately
from bot.domain.live import ServiceState
from bot.topology import Colour


def evidence(onto: Onto, state: ServiceState, period_seconds: int) -> tuple[str, ...]:
    """A line a colour: what it runs, how many, and how it has done lately."""
    return tuple(_line(colour, onto, state, period_seconds) for colour in Colour)


def warnings(onto: Onto, schema: Schema | None) -> tuple[str, ...]:
    """What an approver should know before they agree."""
    said: list[str] = []
    if schema is Schema.IRREVERSIBLE:
        said.append("The schema cannot be gone back to: a bad release is held, not rolled back.")
    sticky = max((route.stickiness_seconds or 0 for route in onto.routes), default=0)
    if sticky:
        said.append(f"Stickiness is on: a browser may stay on {onto.live} for up to {sticky} s.")
    if onto.idle_tasks.running < onto.live_tasks.desired:
        said.append(
            f"{onto.idle} runs {onto.idle_tasks.running} tasks and {onto.live} wants "
            f"{onto.live_tasks.desired}: it is scaled out first."
        )
    return tuple(said)


def _line(colour: Colour, onto: Onto, state: ServiceState, period_seconds: int) -> str:
    tasks = onto.live_tasks if colour is onto.live else onto.idle_tasks
    role = "live" if colour is onto.live else "idle"
    runs = f"{colour} ({role}): {tasks.version}, {tasks.running} of {tasks.desired} tasks"
    return f"{runs}; {lately(state.colours[colour].minutes, period_seconds)}"
