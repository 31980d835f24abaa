"""What Slack sends to the bot: the JSON and form fields of each kind of payload.

Before: `acts` knows who did what. After: `dispatch` carries it. Source: docs.slack.dev, interaction
payloads, slash commands, events.
"""

from __future__ import annotations

import time
from secrets import token_hex

from sandbox.slack import shown
from sandbox.slack.values import (
    APP_ID,
    BOT_USER_ID,
    TEAM_DOMAIN,
    TEAM_ID,
    VERIFICATION_TOKEN,
    Channel,
    Json,
    Message,
    Person,
    View,
)
from sandbox.slack.workspace import Workspace


def command(
    person: Person, channel: Channel, name: str, text: str, *, trigger: str, response_url: str
) -> Json:
    """The form fields of a slash command."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": person.team_id,
        "team_domain": _domain(person.team_id),
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger,
    }


def block_actions(person: Person, action: Json, *, trigger: str) -> Json:
    """The part of a click that is the same in a message and in a view."""
    return {
        "type": "block_actions",
        **_who(person),
        "trigger_id": trigger,
        "actions": [{**action, "action_ts": f"{time.time():.6f}"}],
    }


def in_message(
    message: Message, channel: Channel, values: Json, workspace: Workspace, *, response_url: str
) -> Json:
    """What a click on a message says besides. An ephemeral one is not sent along."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    data: Json = {
        "container": container,
        "channel": {"id": channel.id, "name": channel.name},
        "state": {"values": values},
        "response_url": response_url,
    }
    if message.ephemeral_to is None:
        data["message"] = shown.message(message, workspace)
    return data


def in_view(view: View) -> Json:
    """What a click in a modal or on the App Home says besides."""
    return {"container": {"type": "view", "view_id": view.id}, "view": shown.view(view)}


def view_submission(person: Person, view: View, *, trigger: str) -> Json:
    """A modal sent."""
    return {
        "type": "view_submission",
        **_who(person),
        "trigger_id": trigger,
        "view": shown.view(view),
        "response_urls": [],
    }


def view_closed(person: Person, view: View, *, cleared: bool) -> Json:
    """A modal closed without sending it."""
    return {
        "type": "view_closed",
        **_who(person),
        "view": shown.view(view),
        "is_cleared": cleared,
    }


def home_opened(person: Person, home: View | None) -> Json:
    """The App Home looked at."""
    event: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": f"D0{person.id[2:]}",
        "tab": "home",
        "event_ts": f"{time.time():.6f}",
    }
    if home is not None:
        event["view"] = shown.view(home)
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": person.team_id,
        "context_team_id": person.team_id,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev0{token_hex(5).upper()}",
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER_ID,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def _who(person: Person) -> Json:
    return {
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.team_id,
        },
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "team": {"id": person.team_id, "domain": _domain(person.team_id)},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _domain(team_id: str) -> str:
    return TEAM_DOMAIN if team_id == TEAM_ID else team_id.lower()
