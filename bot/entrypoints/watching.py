"""What looks at FilmOps from outside: `/livez`, `/healthz` and `/metrics`.

Two questions, two addresses: `/livez` is for the platform, which would only do harm by restarting
the web process because the scheduler is away; `/healthz` is for whoever must be told of that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.engine.pulse import database, wrong
from bot.engine.world import World
from bot.entrypoints.metrics import rendered


def watch_routes(world: World) -> tuple[Route, ...]:
    """The three addresses."""

    async def metrics(request: Request) -> Response:
        del request
        return Response(await rendered(world), media_type=CONTENT_TYPE_LATEST)

    return (
        Route("/livez", _complaint(world, database)),
        Route("/healthz", _complaint(world, wrong)),
        Route("/metrics", metrics),
    )


def _complaint(
    world: World, asked: Callable[[World], Awaitable[str]]
) -> Callable[[Request], Awaitable[Response]]:
    """503 and what is wrong, or 200 and ok."""

    async def answer(request: Request) -> Response:
        del request
        found = await asked(world)
        return PlainTextResponse(found or "ok", 503 if found else 200)

    return answer
