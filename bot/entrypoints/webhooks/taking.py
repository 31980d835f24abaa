"""The end both webhooks come to: written down, or to be sent again."""

from __future__ import annotations

import logging

from starlette.responses import PlainTextResponse, Response

from bot.errors import FilmOpsError
from bot.ports import Clock, Hook, Hooks

log = logging.getLogger("filmops.webhooks")

TOO_LARGE = "the body is too large"


async def taken(hooks: Hooks, clock: Clock, hook: Hook) -> Response:
    """202 once it is in the database, this time or before; 503 when it could not be written."""
    try:
        new = await hooks.take(hook, clock.now())
    except FilmOpsError as error:
        log.warning("a webhook of %s was not taken: %s", hook.source, error)
        return PlainTextResponse("it could not be written down: send it again", 503)
    return PlainTextResponse("taken" if new else "known already", 202)
