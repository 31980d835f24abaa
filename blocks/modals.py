"""The dialogs: asking for a rollback, and the two that stand in while something is looked up.

Before: a click on Home; its trigger lives three seconds, so `loading` is opened at once and
replaced. After: the entrypoint reads the values by the names in `blocks.ids`.
"""

from __future__ import annotations

from collections.abc import Mapping

from blocks import ids
from blocks.elements import Block, context, section, text_object
from blocks.text import cut, escape
from bot.domain.message import View

_MOST_OPTIONS = 100


def rollback_modal(services: Mapping[str, str], chosen: str | None = None) -> View:
    """Which service and why. `services` are titles by name, at least one; `chosen` a name."""
    options = [_option(name, title) for name, title in services.items()][:_MOST_OPTIONS]
    picked = next((o for o in options if o["value"] == chosen), options[0])
    select = {
        "type": "static_select",
        "action_id": ids.ROLLBACK_SERVICE,
        "options": options,
        "initial_option": picked,
    }
    why = {
        "type": "plain_text_input",
        "action_id": ids.ROLLBACK_REASON,
        "multiline": True,
        "max_length": 500,
        "placeholder": text_object("What do users see? It goes on the card and in the log.", 150),
    }
    blocks = [
        _input(ids.ROLLBACK_SERVICE, "Service", select),
        _input(ids.ROLLBACK_REASON, "Why", why),
        context("You will see the plan before anything is done; a second person approves it."),
    ]
    return View(
        payload={
            "type": "modal",
            "callback_id": ids.ROLLBACK_MODAL,
            "title": text_object("Rollback", 24),
            "submit": text_object("Make a plan", 24),
            "close": text_object("Cancel", 24),
            "blocks": blocks,
        }
    )


def loading(title: str) -> View:
    """Opened within the trigger's three seconds, replaced when the answer is there."""
    return notice(title, "One moment, production is being looked at …")


def notice(title: str, text: str) -> View:
    """A dialog that only says something; `text` is foreign and shown literally."""
    return View(
        payload={
            "type": "modal",
            "title": text_object(title, 24),
            "close": text_object("Close", 24),
            "blocks": [section(cut(escape(text), 3000))],
        }
    )


def _option(name: str, title: str) -> Block:
    words = title if title == name else f"{title} ({name})"
    return {"text": text_object(words, 75), "value": name}


def _input(name: str, label: str, element: Block) -> Block:
    return {
        "type": "input",
        "block_id": name,
        "label": text_object(label, 2000),
        "element": element,
    }
