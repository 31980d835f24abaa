"""files.*: an upload in three steps, as Slack asks for it.

Before: the bot asks for an address. After: it posts the bytes there, completes, and the file is a
message in the channel or thread. The answer names no message: sharing is asynchronous at Slack.
"""

from __future__ import annotations

import asyncio
import mimetypes
from secrets import token_hex

from aiohttp import web

from sandbox.slack.breaking import broken, hang_up
from sandbox.slack.call import Call, Method, checked_text, missing
from sandbox.slack.limits import TIER_4
from sandbox.slack.values import BOT_USER_ID, ApiError, File, Json, Message
from sandbox.slack.world import World


async def get_upload_url(call: Call) -> Json:
    """A ticket for so many bytes."""
    name, length = call.text("filename"), call.integer("length", 0)
    if length <= 0:
        raise missing("length")
    file = File(
        id=f"F0{token_hex(5).upper()}",
        name=name,
        length=length,
        alt_txt=call.text("alt_txt", ""),
        mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
    )
    call.workspace.files[file.id] = file
    return {"ok": True, "upload_url": f"{call.world.url}/upload/v1/{file.id}", "file_id": file.id}


async def receive(world: World, request: web.Request) -> web.Response:
    """The bytes themselves, raw or as a form's file; faults as for `upload`."""
    fault = world.faults.take("upload")
    if fault is not None and fault.kind in ("refuse", "status"):
        world.ledger.write("upload", {}, f"fault:{fault.kind}", fault.status)
        return broken(request, fault)
    if fault is not None and fault.kind == "latency":
        await asyncio.sleep(fault.seconds)
    answer = await _store(world, request)
    outcome = "ok" if answer.status == 200 else str(answer.text)
    world.ledger.write("upload", {"file": request.match_info["file"]}, outcome, answer.status)
    return hang_up(request) if fault is not None and fault.kind == "drop" else answer


async def _store(world: World, request: web.Request) -> web.Response:
    file = world.workspace.files.get(request.match_info["file"])
    if file is None or file.content is not None:
        return web.Response(status=404, text="no such upload")
    if request.content_type == "multipart/form-data":
        parts = (await request.post()).values()
        content = b"".join(p.file.read() for p in parts if isinstance(p, web.FileField))
    else:
        content = await request.read()
    if len(content) != file.length:
        return web.Response(status=400, text="not the announced length")
    file.content = content
    return web.Response(text=f"OK - {len(content)}")


async def complete_upload(call: Call) -> Json:
    """Share what was uploaded."""
    listed = call.json("files")
    if not isinstance(listed, list) or not listed:
        raise missing("files")
    files = [_uploaded(call, item) for item in listed]
    target = call.text("channel_id", "") or call.text("channels", "").split(",")[0]
    if target:
        await _share(call, files, target)
    for file in files:
        file.completed = True
    return {"ok": True, "files": [{"id": file.id, "title": file.title} for file in files]}


def _uploaded(call: Call, item: Json) -> File:
    file = call.workspace.files.get(str(item.get("id")))
    if file is None or file.content is None or file.completed:
        raise ApiError("file_not_found")
    file.title = str(item.get("title") or file.name)
    return file


async def _share(call: Call, files: list[File], target: str) -> None:
    workspace = call.workspace
    channel = workspace.channel(target)
    thread_ts = call.text("thread_ts", "") or None
    if thread_ts:
        workspace.find(channel.id, thread_ts)
    workspace.add(
        Message(
            ts=workspace.new_ts(),
            channel=channel.id,
            user=BOT_USER_ID,
            text=checked_text(call.text("initial_comment", "")),
            by_bot=True,
            thread_ts=thread_ts,
            files=[_shown(call.world, file) for file in files],
        )
    )
    await workspace.touch()


def _shown(world: World, file: File) -> Json:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "size": file.length,
        "alt_txt": file.alt_txt,
        "user": BOT_USER_ID,
        "url_private": f"{world.url}/files/{file.id}",
        "permalink": f"{world.url}/files/{file.id}",
    }


METHODS = {
    "files.getUploadURLExternal": Method(handler=get_upload_url, rate=TIER_4, scope="files:write"),
    "files.completeUploadExternal": Method(
        handler=complete_upload, rate=TIER_4, scope="files:write"
    ),
}
