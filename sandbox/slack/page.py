"""The page at `/`: three static files, and the state they show.

Before: a browser. After: `/_page/state` answers when something has changed since what the page
knows, or after a while; what people do goes through `/_control/act/*`.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from aiohttp import web

from sandbox.slack import control, shown
from sandbox.slack.values import BOT_USER_ID, ApiError, Json
from sandbox.slack.world import World

STATIC = Path(__file__).parent / "static"
WAIT_SECONDS = 20.0


async def index(world: World, request: web.Request) -> web.StreamResponse:
    """The page itself."""
    return web.FileResponse(STATIC / "index.html")


async def state(world: World, request: web.Request) -> web.StreamResponse:
    """What `?user=` sees; with `?since=` it waits for a later version."""
    workspace = world.workspace
    since = int(request.query.get("since", "-1"))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(WAIT_SECONDS), workspace.changed:
            await workspace.changed.wait_for(lambda: workspace.version != since)
    try:
        user = workspace.person(request.query.get("user", "")).id
    except ApiError:
        user = next(iter(workspace.people))
    return web.json_response(_state(world, user))


async def file(world: World, request: web.Request) -> web.StreamResponse:
    """An uploaded file."""
    found = world.workspace.files.get(request.match_info["file"])
    if found is None or found.content is None:
        raise web.HTTPNotFound
    return web.Response(body=found.content, content_type=found.mimetype)


def _state(world: World, user: str) -> Json:
    workspace = world.workspace
    mine = [m for m in workspace.messages if m.ephemeral_to in (None, user)]
    modal, home = workspace.top(user), workspace.homes.get(user)
    return {
        "version": workspace.version,
        "user": user,
        "bot": BOT_USER_ID,
        "connected": world.sockets.count,
        "people": [
            {"id": person.id, "name": person.name, "real_name": person.real_name}
            for person in workspace.people.values()
        ],
        "channels": [{"id": c.id, "name": c.name} for c in workspace.channels.values()],
        "messages": [control.seen(world, message, []) for message in mine],
        "modal": {**shown.view(modal), "errors": modal.errors} if modal else None,
        "home": shown.view(home) if home else None,
    }
