"""The card's Pause, Resume, Promote now and Abort."""

from __future__ import annotations

from collections.abc import Mapping

from blocks import ids
from bot.domain.run import Control
from bot.engine import approvals
from bot.engine.approvals import resume, steer
from bot.engine.click import Action, Click, Counter, Reply, number


async def pause(counter: Counter, click: Click) -> Reply:
    """Stop before the next call, keeping the rest."""
    return await _steer(counter, click, Control.PAUSE)


async def abort(counter: Counter, click: Click) -> Reply:
    """End before the next call, by the way back where there is one."""
    return await _steer(counter, click, Control.ABORT)


async def go_on(counter: Counter, click: Click) -> Reply:
    """From the step it stands at."""
    world = counter.world
    return world.voice.said(await resume(world, click.asking, number(click)))


async def promote(counter: Counter, click: Click) -> Reply:
    """Let the step that waits be enough."""
    world = counter.world
    return world.voice.said(await approvals.promote(world, click.asking, number(click)))


async def _steer(counter: Counter, click: Click, control: Control) -> Reply:
    world = counter.world
    return world.voice.said(await steer(world, click.asking, number(click), control))


ACTIONS: Mapping[str, Action] = {
    ids.PAUSE: pause,
    ids.ABORT: abort,
    ids.RESUME: go_on,
    ids.PROMOTE: promote,
}
"""By the button's action id."""
