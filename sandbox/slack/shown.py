"""The workspace's things as Slack's JSON shows them.

Before: `values`. After: answers of the Web API, payloads to the bot, the page's state.
"""

from __future__ import annotations

from sandbox.slack.values import (
    APP_ID,
    BOT_ID,
    BOT_USER_ID,
    TEAM_ID,
    Channel,
    Json,
    Message,
    Person,
    UserGroup,
    View,
)
from sandbox.slack.workspace import Workspace


def message(it: Message, workspace: Workspace, *, metadata: bool = True) -> Json:
    """A message; a parent says how many answers it has."""
    data: Json = {"type": "message", "user": it.user, "ts": it.ts, "text": it.text, "team": TEAM_ID}
    if it.by_bot:
        data |= {"bot_id": BOT_ID, "app_id": APP_ID}
    if it.blocks:
        data["blocks"] = it.blocks
    if it.edited:
        data["edited"] = {"user": it.user, "ts": it.edited}
    if it.files:
        data["files"] = it.files
    if it.metadata is not None and metadata:
        data["metadata"] = it.metadata
    if it.thread_ts:
        data["thread_ts"] = it.thread_ts
    answers = workspace.thread(it.channel, it.ts)
    if answers:
        users = list(dict.fromkeys(answer.user for answer in answers))
        data |= {
            "thread_ts": it.ts,
            "reply_count": len(answers),
            "reply_users": users,
            "reply_users_count": len(users),
            "latest_reply": answers[-1].ts,
        }
    return data


def channel(it: Channel, workspace: Workspace) -> Json:
    """A public channel with the bot in it."""
    return {
        "id": it.id,
        "name": it.name,
        "name_normalized": it.name,
        "created": it.created,
        "creator": BOT_USER_ID,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": False,
        "is_archived": False,
        "is_general": it.name == "general",
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "is_member": True,
        "num_members": len(workspace.people),
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "shared_team_ids": [TEAM_ID],
        "context_team_id": TEAM_ID,
    }


def person(it: Person, *, email: bool) -> Json:
    """A member; the address only for who may read addresses, and never a stranger's."""
    stranger = it.team_id != TEAM_ID
    profile: Json = {
        "real_name": it.real_name,
        "real_name_normalized": it.real_name,
        "display_name": it.name,
        "display_name_normalized": it.name,
        "title": "",
        "phone": "",
        "team": it.team_id,
    }
    if email and it.email and not stranger:
        profile["email"] = it.email
    data: Json = {
        "id": it.id,
        "team_id": it.team_id,
        "name": it.name,
        "deleted": False,
        "real_name": it.real_name,
        "tz": "Etc/UTC",
        "tz_label": "Coordinated Universal Time",
        "tz_offset": 0,
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": it.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    if stranger:
        data["is_stranger"] = True
    return data


def group(it: UserGroup) -> Json:
    """A user group with its members."""
    return {
        "id": it.id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "name": it.handle,
        "handle": it.handle,
        "description": "",
        "date_delete": 0,
        "users": it.users,
        "user_count": len(it.users),
    }


def view(it: View) -> Json:
    """A view with what is typed into it."""
    data = it.data
    return {
        "id": it.id,
        "team_id": it.team_id,
        "type": data["type"],
        "blocks": data.get("blocks", []),
        "private_metadata": data.get("private_metadata", ""),
        "callback_id": data.get("callback_id", ""),
        "external_id": data.get("external_id", ""),
        "title": data.get("title"),
        "submit": data.get("submit"),
        "close": data.get("close"),
        "clear_on_close": data.get("clear_on_close", False),
        "notify_on_close": data.get("notify_on_close", False),
        "state": {"values": it.values},
        "hash": it.hash,
        "previous_view_id": it.previous,
        "root_view_id": it.root,
        "app_id": APP_ID,
        "app_installed_team_id": TEAM_ID,
        "bot_id": BOT_ID,
    }
