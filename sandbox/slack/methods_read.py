"""auth, apps, conversations.*, users.*, usergroups.*: what the bot may look up.

Before: `web_api` has checked token, scope and rate. After: nothing changed but a ticket given out.
"""

from __future__ import annotations

from sandbox.slack import shown
from sandbox.slack.call import Call, Method
from sandbox.slack.limits import CONNECTING, FREE, TIER_2, TIER_3, TIER_4
from sandbox.slack.values import (
    BOT_ID,
    BOT_NAME,
    BOT_USER_ID,
    TEAM_ID,
    ApiError,
    Json,
    Message,
)

_NO_MORE: Json = {"response_metadata": {"next_cursor": ""}}


async def auth_test(call: Call) -> Json:
    """Who the token is."""
    return {
        "ok": True,
        "url": call.world.url + "/",
        "team": "Sandbox",
        "user": BOT_NAME,
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


async def open_connection(call: Call) -> Json:
    """The address of one Socket Mode connection."""
    ticket = call.world.sockets.new_ticket()
    return {"ok": True, "url": f"{call.world.link_url}?ticket={ticket}"}


async def conversations_list(call: Call) -> Json:
    """All public channels, on one page or several."""
    if "public_channel" not in call.text("types", "public_channel"):
        return {"ok": True, "channels": [], **_NO_MORE}
    channels = list(call.workspace.channels.values())
    start = call.integer("cursor", 0) if call.args.get("cursor") else 0
    end = start + max(1, call.integer("limit", 100))
    cursor = str(end) if end < len(channels) else ""
    page = [shown.channel(channel, call.workspace) for channel in channels[start:end]]
    return {"ok": True, "channels": page, "response_metadata": {"next_cursor": cursor}}


async def conversations_info(call: Call) -> Json:
    """One channel, by id."""
    channel = call.workspace.channel(call.text("channel"))
    return {"ok": True, "channel": shown.channel(channel, call.workspace)}


async def history(call: Call) -> Json:
    """A channel's messages that are no answers, newest first."""
    channel = call.workspace.channel(call.text("channel"))
    found = [
        message
        for message in reversed(call.workspace.messages)
        if message.channel == channel.id and message.thread_ts is None
    ]
    return _page(call, found)


async def replies(call: Call) -> Json:
    """A message and the answers to it, oldest first."""
    workspace = call.workspace
    channel = workspace.channel(call.text("channel"))
    try:
        parent = workspace.find(channel.id, call.text("ts"))
    except ApiError as error:
        raise ApiError("thread_not_found") from error
    return _page(call, [parent, *workspace.thread(channel.id, parent.ts)])


def _page(call: Call, messages: list[Message]) -> Json:
    oldest, latest = call.text("oldest", "0"), call.text("latest", "9999999999")
    inclusive = call.flag("inclusive")
    fits = [
        message
        for message in messages
        if message.ephemeral_to is None
        and (
            float(oldest) < float(message.ts) < float(latest)
            or (inclusive and message.ts in (oldest, latest))
        )
    ]
    limit = min(999, max(1, call.integer("limit", 100)))
    metadata = call.flag("include_all_metadata")
    page = [shown.message(item, call.workspace, metadata=metadata) for item in fits[:limit]]
    return {"ok": True, "messages": page, "has_more": len(fits) > limit, **_NO_MORE}


async def users_info(call: Call) -> Json:
    """One person, by id."""
    person = call.workspace.people.get(call.text("user"))
    if person is None:
        raise ApiError("user_not_found")
    email = "users:read.email" in call.world.scopes
    return {"ok": True, "user": shown.person(person, email=email)}


async def users_list(call: Call) -> Json:
    """Everybody."""
    email = "users:read.email" in call.world.scopes
    members = [shown.person(person, email=email) for person in call.workspace.people.values()]
    return {"ok": True, "members": members, "cache_ts": 0, **_NO_MORE}


async def lookup_by_email(call: Call) -> Json:
    """The member with this address; strangers and bots are not found."""
    for person in call.workspace.people.values():
        if person.email.lower() == call.text("email").lower() and person.team_id == TEAM_ID:
            return {"ok": True, "user": shown.person(person, email=True)}
    raise ApiError("users_not_found")


async def groups_list(call: Call) -> Json:
    """Every user group."""
    groups = [shown.group(group) for group in call.workspace.groups.values()]
    if not call.flag("include_users"):
        groups = [{k: v for k, v in group.items() if k != "users"} for group in groups]
    return {"ok": True, "usergroups": groups}


async def group_users(call: Call) -> Json:
    """The members of one user group."""
    group = call.workspace.groups.get(call.text("usergroup"))
    if group is None:
        raise ApiError("no_such_subteam")
    return {"ok": True, "users": group.users}


METHODS = {
    "auth.test": Method(handler=auth_test, rate=FREE),
    "apps.connections.open": Method(handler=open_connection, rate=CONNECTING, token="app"),
    "conversations.list": Method(handler=conversations_list, rate=TIER_2, scope="channels:read"),
    "conversations.info": Method(handler=conversations_info, rate=TIER_3, scope="channels:read"),
    "conversations.history": Method(handler=history, rate=TIER_3, scope="channels:history"),
    "conversations.replies": Method(handler=replies, rate=TIER_3, scope="channels:history"),
    "users.info": Method(handler=users_info, rate=TIER_4, scope="users:read"),
    "users.list": Method(handler=users_list, rate=TIER_2, scope="users:read"),
    "users.lookupByEmail": Method(handler=lookup_by_email, rate=TIER_3, scope="users:read.email"),
    "usergroups.list": Method(handler=groups_list, rate=TIER_2, scope="usergroups:read"),
    "usergroups.users.list": Method(handler=group_users, rate=TIER_2, scope="usergroups:read"),
}
