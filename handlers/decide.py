"""The card's Approve and Reject. The button carries the request's number and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from blocks import ids
from bot.domain.request import Answer
from bot.engine.approvals import decide
from bot.engine.click import Action, Click, Counter, Reply, number


async def approve(counter: Counter, click: Click) -> Reply:
    """Count a yes."""
    return await _decide(counter, click, Answer.APPROVE)


async def reject(counter: Counter, click: Click) -> Reply:
    """Count a no."""
    return await _decide(counter, click, Answer.REJECT)


async def _decide(counter: Counter, click: Click, answer: Answer) -> Reply:
    world = counter.world
    return world.voice.said(await decide(world, click.asking, number(click), answer))


ACTIONS: Mapping[str, Action] = {ids.APPROVE: approve, ids.REJECT: reject}
"""By the button's action id."""
