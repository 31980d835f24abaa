"""The card's Approve, Reject and Cancel. A button carries the request's number and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from blocks import ids
from bot.domain.request import Answer
from bot.engine import approvals
from bot.engine.approvals import decide
from bot.engine.click import Action, Click, Counter, Reply, number


async def approve(counter: Counter, click: Click) -> Reply:
    """Count a yes."""
    return await _decide(counter, click, Answer.APPROVE)


async def reject(counter: Counter, click: Click) -> Reply:
    """Count a no."""
    return await _decide(counter, click, Answer.REJECT)


async def cancel(counter: Counter, click: Click) -> Reply:
    """Let an approved one that waits for its time not begin."""
    world = counter.world
    return world.voice.said(await approvals.cancel(world, click.asking, number(click)))


async def _decide(counter: Counter, click: Click, answer: Answer) -> Reply:
    world = counter.world
    return world.voice.said(await decide(world, click.asking, number(click), answer))


ACTIONS: Mapping[str, Action] = {
    ids.APPROVE: approve,
    ids.REJECT: reject,
    ids.CANCEL: cancel,
}
"""By the button's action id."""
