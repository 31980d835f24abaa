"""A checklist as people see it: what was found, who answers for the rest, and the dialog.

Before: a plan's checks and boxes with their ticks. After: `blocks.card`, `blocks.show`,
`blocks.afterwards`; the dialog comes back to the actions in `handlers.checklist`. States are said
in words, the icon beside them is for the eye.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from blocks import ids
from blocks.elements import Block, bullets, button, context, text_object
from blocks.text import cut, inline, mention, moment
from bot.domain.checklist import Box, Check, Found, Tick
from bot.domain.message import Message, View

MOST_OPTIONS = 10
"""Of one `checkboxes` element (Slack); more boxes take several elements."""

_MOST_ON_OPTION = 75
_FOUND = {Found.OK: "✅ ok", Found.FAILED: "❌ FAILED", Found.UNKNOWN: "❔ NOT KNOWN"}


def lines(checks: Iterable[Check], boxes: Iterable[Box], ticks: Iterable[Tick]) -> list[str]:
    """One line a check and a box, escaped."""
    by_key = {tick.key: tick for tick in ticks}
    found = [f"{_FOUND[c.found]}: {inline(c.title, 150)}. {inline(c.said, 300)}" for c in checks]
    return [*found, *(box_line(box, by_key.get(box.key)) for box in boxes)]


def box_line(box: Box, tick: Tick | None) -> str:
    """One box: open, or who ticked it when."""
    if tick is None:
        return f"☐ open: {inline(box.title, 200)}"
    return f"☑ {inline(box.title, 200)}: ticked by {mention(tick.actor)} {moment(tick.at)}"


def checklist(checks: Sequence[Check], boxes: Sequence[Box], ticks: Sequence[Tick]) -> list[Block]:
    """The section of a card; nothing when there is nothing to check."""
    shown = lines(checks, boxes, ticks)
    return [bullets("*Checklist*", shown, mark="")] if shown else []


def checked(title: str, checks: Sequence[Check]) -> Message:
    """A checklist that nobody ticks, as a message of its own, in the card's words."""
    head, shown = inline(title, 200), lines(checks, (), ())
    return Message(
        text=cut("\n".join([head, *shown]), 3000), blocks=(bullets(f"*{head}*", shown, mark=""),)
    )


def opening(subject: str) -> Block:
    """The button that opens the dialog."""
    return button("Checklist…", ids.CHECKLIST, subject)


def checklist_modal(subject: str, name: str, boxes: Sequence[Box], ticks: Sequence[Tick]) -> View:
    """A checkbox a box, those ticked that are; `name` is what the card is called. It carries which
    were, so that sending it off unticks only what this person saw ticked.
    """
    by_key = {tick.key: tick for tick in ticks}
    ticked = [box.key for box in boxes if box.key in by_key]
    groups = [boxes[at : at + MOST_OPTIONS] for at in range(0, len(boxes), MOST_OPTIONS)]
    inputs = [_input(number, group, by_key) for number, group in enumerate(groups)]
    return View(
        payload={
            "type": "modal",
            "callback_id": ids.CHECKLIST_MODAL,
            "private_metadata": json.dumps([subject, *ticked]),
            "title": text_object(f"Checklist: {name}", 24),
            "submit": text_object("Save", 24),
            "close": text_object("Cancel", 24),
            "blocks": [
                *inputs,
                context("What you tick stands on the card and in the audit log with your name."),
            ],
        }
    )


def _input(number: int, boxes: Sequence[Box], by_key: dict[str, Tick]) -> Block:
    name = f"{ids.CHECKLIST_BOXES}.{number}"
    options = [_option(box, by_key.get(box.key)) for box in boxes]
    element: Block = {"type": "checkboxes", "action_id": name, "options": options}
    chosen = [option for option in options if option["value"] in by_key]
    if chosen:
        element["initial_options"] = chosen
    return {
        "type": "input",
        "block_id": name,
        "label": text_object("I answer for this" if number == 0 else "and for this", 2000),
        "element": element,
        "optional": True,
    }


def _option(box: Box, tick: Tick | None) -> Block:
    option: Block = {"text": text_object(box.title, _MOST_ON_OPTION), "value": box.key}
    if tick is not None:
        words = cut(f"ticked by {mention(tick.actor)}", _MOST_ON_OPTION)
        option["description"] = {"type": "mrkdwn", "text": words}
    return option
