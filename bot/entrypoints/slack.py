"""Bolt: where Slack's requests arrive, by Socket Mode or by signed HTTP.

Each listener does three things and no more: write the delivery down, acknowledge, hand over.
No network call but the database's stands before an acknowledgement, so Bolt is given who we
are (`authorize`) instead of asking Slack on the way.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.entrypoints import intake
from bot.entrypoints.intake import Intake
from bot.errors import FilmOpsError
from bot.ports import Delivery

log = logging.getLogger("filmops.slack")

SORRY = "FilmOps cannot reach its database, so it did nothing. Try again in a moment."
ANYTHING = re.compile(".*")


def build_bolt(
    client: AsyncWebClient,
    taking: Intake,
    *,
    bot_token: str,
    signing_secret: str | None,
    team: str,
    bot_user: str,
) -> AsyncApp:
    """The Bolt app with FilmOps' four listeners."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=team, bot_user_id=bot_user, bot_token=bot_token
        )

    # While it is made it would warn that a token is unused: it finds SLACK_BOT_TOKEN in the
    # environment by itself, and there is no way to keep it from looking.
    bolt_log = logging.getLogger("filmops.bolt")
    bolt_log.setLevel(logging.ERROR)
    app = AsyncApp(
        # Else it reads the whole stack's source to find one: 50 ms.
        name="filmops",
        client=client,
        logger=bolt_log,
        signing_secret=signing_secret or "unused: Socket Mode only",
        authorize=authorize,
        # Our own messages carry no commands, and their echo costs nothing to ignore.
        ignoring_self_events_enabled=False,
    )
    bolt_log.setLevel(logging.WARNING)
    # It would write rejected bodies, possibly with what somebody typed, into the log.
    logging.getLogger("slack_bolt.RequestVerification").setLevel(logging.WARNING)

    async def command(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        await _take(taking, intake.command(body), ack, sorry=True)

    async def click(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        await _take(taking, intake.click(body), ack)

    async def submission(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        await _take(taking, intake.submission(body), ack)

    async def home_opened(body: Mapping[str, Any]) -> None:
        await taking.take(intake.home_opened(body))

    app.command(ANYTHING)(command)
    app.action(ANYTHING)(click)
    app.view(ANYTHING)(submission)
    app.event("app_home_opened")(home_opened)
    return app


async def _take(taking: Intake, delivery: Delivery, ack: AsyncAck, *, sorry: bool = False) -> None:
    try:
        await taking.take(delivery)
    except FilmOpsError as error:
        log.warning("a %s was not taken: %s", delivery.kind, error)
        await (ack(SORRY) if sorry else ack())
        return
    await ack()


class Socket:
    """The Socket Mode connection: opened by `start`, kept by slack_sdk, closed by `stop`."""

    def __init__(self, app: AsyncApp, app_token: str, *, proxy: str | None) -> None:
        self._handler = AsyncSocketModeHandler(app, app_token, proxy=proxy)

    async def start(self) -> None:
        """Connect; slack_sdk reconnects by itself from then on."""
        await self._handler.connect_async()

    async def stop(self) -> None:
        """Disconnect."""
        await self._handler.close_async()
