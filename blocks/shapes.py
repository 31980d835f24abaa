"""Slack's reference of texts, elements and rich text, as rules.

Before: `blocks.rules`. After: `blocks.block_shapes` puts blocks together from these. Source:
docs.slack.dev/reference/block-kit and what slack_sdk's models leave unchecked: lengths inside
fields, `confirm` without `deny`, images without a source, empty menus.
"""

from __future__ import annotations

from collections.abc import Mapping

from blocks.rules import (
    Fields,
    Rule,
    anything,
    array,
    boolean,
    both,
    exactly_one,
    kinds,
    matching,
    number,
    one_of,
    shape,
    string,
)

ID = string(255)
URL = both(string(3000), matching(r"\S+:\S*", "must be a valid URL"))
HTTP = both(string(3000), matching(r"https?://\S+", "must be a valid URL"))


def plain(most: int) -> Rule:
    """A `plain_text` object of at most `most` characters."""
    return kinds({"plain_text": shape({"text": string(most)}, {"emoji": boolean})})


def text(most: int) -> Rule:
    """A `plain_text` or `mrkdwn` object of at most `most` characters."""
    return kinds(
        {
            "plain_text": shape({"text": string(most)}, {"emoji": boolean}),
            "mrkdwn": shape({"text": string(most)}, {"verbatim": boolean}),
        }
    )


CONFIRM = shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)
OPTION = shape(
    {"text": text(75), "value": string(150)},
    {"description": text(75), "url": URL},
)
_GROUP = shape({"label": plain(75), "options": array(OPTION, 1, 100)})
SLACK_FILE = both(
    shape({}, {"id": string(255), "url": string(3000)}),
    exactly_one("id", "url"),
)

# Every interactive element may be named and, with few exceptions, ask back or take the focus.
_NAMED: Fields = {"action_id": ID, "confirm": CONFIRM, "focus_on_load": boolean}
_MENU: Fields = {**_NAMED, "placeholder": plain(150)}
_MANY: Fields = {**_MENU, "max_selected_items": number(1, 1000)}
_LISTED: Fields = {"options": array(OPTION, 1, 100), "option_groups": array(_GROUP, 1, 100)}


def _static(more: Fields) -> Rule:
    return both(shape({}, {**_LISTED, **more}), exactly_one("options", "option_groups"))


def _typed(initial: Rule, **more: Rule) -> Rule:
    """A field to type into."""
    return shape(
        {},
        {
            "action_id": ID,
            "initial_value": initial,
            "placeholder": plain(150),
            "focus_on_load": boolean,
            "dispatch_action_config": shape(
                {},
                {
                    "trigger_actions_on": array(
                        one_of("on_enter_pressed", "on_character_entered"), 1, 2
                    )
                },
            ),
            **more,
        },
    )


IMAGE = both(
    shape({"alt_text": string(2000)}, {"image_url": HTTP, "slack_file": SLACK_FILE}),
    exactly_one("image_url", "slack_file"),
)
_DATE = matching(r"\d{4}-\d{2}-\d{2}", "must be a valid date: YYYY-MM-DD")
_TIME = matching(r"[0-2]\d:[0-5]\d", "must be a valid time: HH:mm")
_NUMERIC = matching(r"-?\d+(\.\d+)?", "must be a number in a string")

BUTTON = shape(
    {"text": plain(75)},
    {
        "action_id": ID,
        "url": URL,
        "value": string(2000, least=0),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)

_CONVERSATIONS: Fields = {
    "default_to_current_conversation": boolean,
    "filter": anything,
}
_SINGLE_MENUS: Mapping[str, Rule] = {
    "static_select": _static({**_MENU, "initial_option": OPTION}),
    "external_select": shape(
        {}, {**_MENU, "initial_option": OPTION, "min_query_length": number(0, 100)}
    ),
    "users_select": shape({}, {**_MENU, "initial_user": ID}),
    "conversations_select": shape(
        {},
        {**_MENU, **_CONVERSATIONS, "initial_conversation": ID, "response_url_enabled": boolean},
    ),
    "channels_select": shape({}, {**_MENU, "initial_channel": ID, "response_url_enabled": boolean}),
}
_MULTI_MENUS: Mapping[str, Rule] = {
    "multi_static_select": _static({**_MANY, "initial_options": array(OPTION, 1, 100)}),
    "multi_external_select": shape(
        {},
        {**_MANY, "initial_options": array(OPTION, 1, 100), "min_query_length": number(0, 100)},
    ),
    "multi_users_select": shape({}, {**_MANY, "initial_users": array(ID, 1, 100)}),
    "multi_conversations_select": shape(
        {}, {**_MANY, **_CONVERSATIONS, "initial_conversations": array(ID, 1, 100)}
    ),
    "multi_channels_select": shape({}, {**_MANY, "initial_channels": array(ID, 1, 100)}),
}
_CHOICES: Mapping[str, Rule] = {
    "checkboxes": shape(
        {"options": array(OPTION, 1, 10)}, {**_NAMED, "initial_options": array(OPTION, 1, 10)}
    ),
    "radio_buttons": shape({"options": array(OPTION, 1, 10)}, {**_NAMED, "initial_option": OPTION}),
    "datepicker": shape({}, {**_MENU, "initial_date": _DATE}),
    "timepicker": shape({}, {**_MENU, "initial_time": _TIME, "timezone": string(100)}),
}
_DATETIME: Mapping[str, Rule] = {
    "datetimepicker": shape({}, {**_NAMED, "initial_date_time": number(0, 9_999_999_999)})
}
_OVERFLOW = shape({"options": array(OPTION, 1, 5)}, {"action_id": ID, "confirm": CONFIRM})

ACTIONS: Mapping[str, Rule] = {
    "button": BUTTON,
    "overflow": _OVERFLOW,
    **_SINGLE_MENUS,
    **_CHOICES,
    **_DATETIME,
}
ACCESSORIES: Mapping[str, Rule] = {
    "button": BUTTON,
    "overflow": _OVERFLOW,
    "image": IMAGE,
    **_SINGLE_MENUS,
    **_MULTI_MENUS,
    **_CHOICES,
}
INPUTS: Mapping[str, Rule] = {
    **_SINGLE_MENUS,
    **_MULTI_MENUS,
    **_CHOICES,
    **_DATETIME,
    "plain_text_input": _typed(
        string(3000, least=0),
        multiline=boolean,
        min_length=number(0, 3000),
        max_length=number(1, 3000),
    ),
    "number_input": shape(
        {"is_decimal_allowed": boolean},
        {
            **_MENU,
            "initial_value": _NUMERIC,
            "min_value": _NUMERIC,
            "max_value": _NUMERIC,
            "dispatch_action_config": anything,
        },
    ),
    "email_text_input": _typed(string(3000, least=0)),
    "url_text_input": _typed(string(3000, least=0)),
    "rich_text_input": _typed(anything),
    "file_input": shape({}, {"action_id": ID, "filetypes": anything, "max_files": number(1, 10)}),
}
CONTEXT: Mapping[str, Rule] = {
    "image": IMAGE,
    "plain_text": shape({"text": string(3000)}, {"emoji": boolean}),
    "mrkdwn": shape({"text": string(3000)}, {"verbatim": boolean}),
}
CONTEXT_ACTIONS: Mapping[str, Rule] = {
    "feedback_buttons": shape(
        {"positive_button": anything, "negative_button": anything}, {"action_id": ID}
    ),
    "icon_button": shape(
        {"icon": one_of("trash"), "text": plain(75)},
        {
            "action_id": ID,
            "value": string(2000),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
            "visible_to_user_ids": array(ID, 1, 100),
        },
    ),
}
