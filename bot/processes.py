"""The long-lived processes, from the application's parts: web, worker, scheduler, or all in one.

Before it: `bot.__main__`. Each ends when `stop` is set; a bug in one part ends them all, and the
platform starts the process anew.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import uuid
from collections.abc import Awaitable, Callable, Sequence

from starlette.routing import Route

from bot.adapters.slack import Identity, proxy_for
from bot.app import Application
from bot.engine.escalator import Escalator
from bot.entrypoints.intake import Intake
from bot.entrypoints.rounds import rest
from bot.entrypoints.scheduler import schedule
from bot.entrypoints.watching import watch_routes
from bot.entrypoints.web import serve
from bot.entrypoints.webhooks import webhook_routes
from bot.entrypoints.worker import work
from bot.errors import ConfigurationError, OperationFailed, Temporary

log = logging.getLogger("filmops")

Process = Callable[[Application, asyncio.Event], Awaitable[None]]


def web(host: str, port: int) -> Process:
    """Hears Slack."""

    async def process(app: Application, stop: asyncio.Event) -> None:
        me = await _introduced(app, stop)
        if me is None:
            return
        settings = app.settings
        bot_token, app_token = settings.slack_bot_token, settings.slack_app_token
        secret = settings.slack_signing_secret
        await serve(
            Intake(app.world.store.inbox, app.world.clock, team=me.team_id),
            client=app.slack.web_client(),
            bot_token=bot_token.get_secret_value() if bot_token else "",
            app_token=app_token.get_secret_value() if app_token else None,
            signing_secret=secret.get_secret_value() if secret else None,
            team=me.team_id,
            bot_user=me.bot_user_id,
            proxy=proxy_for(settings.slack_api_url),
            routes=(*watch_routes(app.world), *_webhooks(app)),
            host=host,
            port=port,
            stop=stop,
        )

    return process


async def worker(app: Application, stop: asyncio.Event) -> None:
    """Answers, carries runs and publishes cards."""
    name = f"worker-{os.getpid()}"
    await work(
        app.world,
        app.desk,
        carry=lambda until: app.jobs.run_worker(until, name=name),
        cards_changed=app.cards_changed.wait,
        delivered=app.delivered.wait,
        stop=stop,
    )


async def scheduler(app: Application, stop: asyncio.Event) -> None:
    """Minds the time: pages who is due, acts on hooks, expires what is over."""
    # No other process has this name, not even after a reboot on the same host.
    owner = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    await schedule(
        app.world,
        app.dispatch,
        Escalator(app.world, owner=owner),
        pages_changed=app.pages_changed.wait,
        hooked=app.hooked.wait,
        heartbeat=app.heartbeat,
        stop=stop,
    )


def everything(host: str, port: int) -> Process:
    """All in one process, for a small team or a first look."""

    async def process(app: Application, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            for part in (web(host, port), worker, scheduler):
                group.create_task(_part(part, app, stop))

    return process


async def _part(part: Process, app: Application, stop: asyncio.Event) -> None:
    await part(app, stop)


async def _introduced(app: Application, stop: asyncio.Event) -> Identity | None:
    """Who Slack says we are: without it no request's team could be checked, so none is heard."""
    wanted = app.settings.slack_team_id
    wait = 1.0
    while not stop.is_set():
        try:
            me = await app.slack.identity()
        except Temporary as fault:
            log.warning("Slack does not say who we are (%s); again in %.0f s", fault.message, wait)
            await rest(stop, wait)
            wait = min(30.0, wait * 2)
        except OperationFailed as failure:
            raise ConfigurationError([f"SLACK_BOT_TOKEN: {failure.advice}"]) from failure
        else:
            if wanted is not None and me.team_id != wanted:
                raise ConfigurationError(
                    [f"SLACK_TEAM_ID is {wanted}, and the token belongs to {me.team_id}"]
                )
            return me
    return None


def _webhooks(app: Application) -> Sequence[Route]:
    return webhook_routes(
        app.world.store.hooks,
        app.world.clock,
        pagerduty_secrets=[s.get_secret_value() for s in app.settings.pagerduty_webhook_secret],
        sns_door=app.sns_door,
        sns_topics=app.world.topology.alerts.sns_topics,
    )
