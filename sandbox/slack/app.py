"""Put the workspace together and bind its addresses.

Before: `__main__` has read the command line. After: one aiohttp application.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.topology import Topology
from sandbox.faults import Faults
from sandbox.slack import control, hooks, methods_files, page, web_api
from sandbox.slack.dispatch import Dispatcher
from sandbox.slack.http_delivery import HttpDelivery
from sandbox.slack.ledger import Ledger
from sandbox.slack.limits import Limits
from sandbox.slack.response_urls import ResponseUrls
from sandbox.slack.sockets import Sockets
from sandbox.slack.values import ApiError
from sandbox.slack.workspace import Workspace
from sandbox.slack.world import World

SCOPES = frozenset(
    {
        "commands",
        "chat:write",
        "files:write",
        "users:read",
        "users:read.email",
        "usergroups:read",
        "channels:read",
        "channels:history",
    }
)
"""What the shipped manifest asks for."""

BODY_MOST = 32_000_000

Serve = Callable[[World, web.Request], Awaitable[web.StreamResponse]]


def build_world(
    topology: Topology,
    *,
    http: HttpDelivery | None,
    limits: bool,
    ack_seconds: float,
    retry_waits: tuple[float, ...],
    scopes: frozenset[str],
) -> World:
    """All parts, not yet bound to an address."""
    faults, sockets = Faults(), Sockets()
    return World(
        workspace=Workspace(topology),
        faults=faults,
        ledger=Ledger(),
        limits=Limits(enforced=limits),
        sockets=sockets,
        dispatcher=Dispatcher(
            sockets=sockets,
            http=http,
            faults=faults,
            ack_seconds=ack_seconds,
            retry_waits=retry_waits,
        ),
        response_urls=ResponseUrls(),
        scopes=scopes,
    )


def build_app(world: World) -> web.Application:
    """Every route."""
    app = web.Application(client_max_size=BODY_MOST)

    def bound(serve: Serve) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await serve(world, request)

        return handle

    app.router.add_route("*", "/api/{method}", bound(web_api.serve))
    app.router.add_post("/commands/{team}/{number}/{secret}", bound(hooks.serve))
    app.router.add_post("/upload/v1/{file}", bound(methods_files.receive))
    app.router.add_get("/link", world.sockets.link)
    app.router.add_get("/", bound(page.index))
    app.router.add_get("/_page/state", bound(page.state))
    app.router.add_get("/files/{file}", bound(page.file))
    app.router.add_static("/static", page.STATIC)
    for verb, path, handler in control.ROUTES:
        app.router.add_route(verb, f"/_control/{path}", bound(_json(handler)))
    return app


def _json(handler: control.Handler) -> Serve:
    """A control handler as a route: refusals are 404 or 400 with their name."""

    async def serve(world: World, request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await handler(world, request))
        except ApiError as error:
            status = 404 if "not_found" in error.name or "no_such" in error.name else 400
            return web.json_response(error.body(), status=status)
        except (KeyError, ValueError) as error:
            body = {"ok": False, "error": "invalid_arguments", "message": repr(error)}
            return web.json_response(body, status=400)

    return serve
