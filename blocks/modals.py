"""The dialogs: a rollback, an incident, a note; two that stand in while something is looked up.

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
    select = {**_select(ids.ROLLBACK_SERVICE, options), "initial_option": picked}
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
    return _form("Rollback", ids.ROLLBACK_MODAL, "Make a plan", blocks)


def declare_modal(
    services: Mapping[str, str],
    severities: Mapping[str, str],
    people: Mapping[str, str],
    usual: str,
) -> View:
    """A new incident. `services` and `people` are names by key, `severities` what each means;
    `usual` is the severity chosen at first.
    """
    levels = [_option(key, f"{key}: {means}", alone=True) for key, means in severities.items()]
    chosen = next(option for option in levels if option["value"] == usual)
    title = {
        "type": "plain_text_input",
        "action_id": ids.DECLARE_TITLE,
        "max_length": 200,
        "placeholder": text_object("Login fails for everybody", 150),
    }
    return _form(
        "Declare an incident",
        ids.DECLARE_MODAL,
        "Declare",
        [
            _input(ids.DECLARE_TITLE, "What is wrong", title),
            _input(
                ids.DECLARE_SEVERITY,
                "How bad",
                {**_select(ids.DECLARE_SEVERITY, levels), "initial_option": chosen},
            ),
            _optional(ids.DECLARE_SERVICE, "Service", services),
            _optional(ids.DECLARE_OWNER, "Who is on it", people),
            context("Level 1 is paged at once, as the severity's ladder says."),
        ],
    )


def note_modal(name: str, number: int) -> View:
    """A line for an incident's timeline."""
    words = {
        "type": "plain_text_input",
        "action_id": ids.NOTE_TEXT,
        "multiline": True,
        "max_length": 1000,
    }
    form = _form(
        f"Note on {name}", ids.NOTE_MODAL, "Write it down", [_input(ids.NOTE_TEXT, "Note", words)]
    )
    return View(payload={**form.payload, "private_metadata": str(number)})


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


def _form(title: str, callback: str, submit: str, blocks: list[Block]) -> View:
    return View(
        payload={
            "type": "modal",
            "callback_id": callback,
            "title": text_object(title, 24),
            "submit": text_object(submit, 24),
            "close": text_object("Cancel", 24),
            "blocks": blocks,
        }
    )


def _select(action: str, options: list[Block]) -> Block:
    return {"type": "static_select", "action_id": action, "options": options}


def _optional(name: str, label: str, choices: Mapping[str, str]) -> Block:
    options = [_option(key, title) for key, title in choices.items()][:_MOST_OPTIONS]
    return {**_input(name, label, _select(name, options)), "optional": True}


def _option(name: str, title: str, *, alone: bool = False) -> Block:
    words = title if alone or title == name else f"{title} ({name})"
    return {"text": text_object(words, 75), "value": name}


def _input(name: str, label: str, element: Block) -> Block:
    return {
        "type": "input",
        "block_id": name,
        "label": text_object(label, 2000),
        "element": element,
    }
