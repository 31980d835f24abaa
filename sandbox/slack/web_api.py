"""`/api/<method>`: token, scope, rate and fault before a method acts, and the ledger after.

Before: the bot's HTTP request. After: `methods_*`. The order of refusals is Slack's: a token first,
then the scope, then the rate, then the arguments.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from sandbox.slack import methods_chat, methods_files, methods_read, methods_views
from sandbox.slack.breaking import broken, hang_up
from sandbox.slack.call import Call, Method, read_args
from sandbox.slack.values import APP_TOKEN, BOT_TOKEN, ApiError, Json
from sandbox.slack.world import World

METHODS: dict[str, Method] = {
    **methods_chat.METHODS,
    **methods_read.METHODS,
    **methods_views.METHODS,
    **methods_files.METHODS,
}


async def serve(world: World, request: web.Request) -> web.StreamResponse:
    """One call, faults included."""
    name = request.match_info["method"]
    fault = world.faults.take(name)
    if fault is not None and fault.kind in ("refuse", "status"):
        world.ledger.write(name, {}, f"fault:{fault.kind}", fault.status)
        return broken(request, fault)
    if fault is not None and fault.kind == "latency":
        await asyncio.sleep(fault.seconds)
    args: Json = {}
    status, headers = 200, _headers(world, METHODS.get(name))
    try:
        args = await read_args(request)
        body = await _act(world, request, name, args)
    except ApiError as error:
        body = error.body()
        if error.name == "ratelimited":
            status = 429
            headers["Retry-After"] = str(body.pop("retry_after"))
    dropped = fault is not None and fault.kind == "drop"
    outcome = "ok" if body["ok"] else body["error"]
    world.ledger.write(name, args, f"{outcome}, fault:drop" if dropped else outcome, status)
    if dropped:
        return hang_up(request)
    return web.json_response(body, status=status, headers=headers)


async def _act(world: World, request: web.Request, name: str, args: Json) -> Json:
    method = METHODS.get(name)
    if method is None:
        raise ApiError("unknown_method", req_method=name)
    _may(world, method, _token(request, args))
    bucket = f"{name}:{args.get('channel', '')}" if method.per_channel else name
    wait = world.limits.take(bucket, method.rate)
    if wait:
        raise ApiError("ratelimited", retry_after=wait)
    return await method.handler(Call(world=world, args=args))


def _token(request: web.Request, args: Json) -> str:
    bearer = request.headers.get("Authorization", "")
    return bearer.removeprefix("Bearer ").strip() or str(args.get("token", ""))


def _may(world: World, method: Method, token: str) -> None:
    if method.token == "none":
        return
    if not token:
        raise ApiError("not_authed")
    if token not in (BOT_TOKEN, APP_TOKEN):
        raise ApiError("invalid_auth")
    if token != (APP_TOKEN if method.token == "app" else BOT_TOKEN):
        raise ApiError("not_allowed_token_type")
    if method.scope and method.scope not in world.scopes:
        provided = ",".join(sorted(world.scopes))
        raise ApiError("missing_scope", needed=method.scope, provided=provided)


def _headers(world: World, method: Method | None) -> dict[str, str]:
    headers = {"x-oauth-scopes": ",".join(sorted(world.scopes))}
    if method is not None and method.scope:
        headers["x-accepted-oauth-scopes"] = method.scope
    return headers
