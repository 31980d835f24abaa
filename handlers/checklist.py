"""A card's Checklist… and its dialog. The button carries the card's subject and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping

from blocks import ids
from blocks.checklist import checklist_modal
from bot.domain.reasons import Reason
from bot.engine.checklists import open_for, tick
from bot.engine.click import Action, Click, Counter, Reply
from bot.errors import Refused


async def opened(counter: Counter, click: Click) -> Reply:
    """Open the dialog; nothing is ticked before it is sent off."""
    found = await open_for(counter.world, click.asking, click.value)
    return checklist_modal(found.subject, found.name, found.boxes, found.ticks)


async def sent(counter: Counter, click: Click) -> Reply:
    """Tick and untick as this person did; the card shows it by itself."""
    subject, *seen = _carried(click.value)
    ticked = [
        key
        for field, keys in click.values.items()
        if field.startswith(f"{ids.CHECKLIST_BOXES}.")
        for key in keys.splitlines()
    ]
    world = counter.world
    return world.voice.said(await tick(world, click.asking, subject, ticked=ticked, seen=seen))


def _carried(value: str) -> list[str]:
    """The subject and the keys that were ticked when the dialog was opened."""
    try:
        carried = json.loads(value)
    except ValueError:
        carried = None
    if not isinstance(carried, list) or not carried:
        raise Refused("That dialog carries no checklist.", code=Reason.UNKNOWN_REQUEST)
    return [str(one) for one in carried]


ACTIONS: Mapping[str, Action] = {ids.CHECKLIST: opened, ids.CHECKLIST_MODAL: sent}
"""By action id, and by callback id for what is sent off."""
