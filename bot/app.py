"""The composition root: the one place that names concrete classes.

`opened` puts an application together from settings and topology and takes it apart again.
Before it: `bot.__main__`, which reads both. After it: the entrypoints, which get ports.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blocks.voice import BlockKitVoice
from bot import __version__
from bot.adapters.aws import AwsChecks, AwsClients, AwsSnsDoor, build_aws
from bot.adapters.charts import MatplotlibCharts
from bot.adapters.clock import build_clock
from bot.adapters.heartbeat import HttpHeartbeat
from bot.adapters.pagerduty import PagerDutyPager
from bot.adapters.pagerduty_api import Api as PagerDutyApi
from bot.adapters.pagerduty_checks import PagerDutyChecks
from bot.adapters.postgres.jobs import ProcrastinateJobs, build_jobs
from bot.adapters.postgres.listen import CARDS, HOOKS, INBOX, PAGES, Listener
from bot.adapters.postgres.migrate import pending
from bot.adapters.postgres.pool import Pool, open_pool
from bot.adapters.postgres.product import ProductSql
from bot.adapters.postgres.product_checks import ProductChecks
from bot.adapters.postgres.store import build_store
from bot.adapters.probe import HttpProbe
from bot.adapters.slack import SlackApi, SlackChat, SlackChecks, SlackPeople
from bot.adapters.statuspage import AtlassianStatusPage
from bot.adapters.statuspage_checks import StatusPageChecks
from bot.engine.desk import Desk
from bot.engine.dispatch import Dispatch
from bot.engine.launch import Launcher
from bot.engine.oncall import Roster
from bot.engine.runs import Runner
from bot.engine.world import World
from bot.errors import ConfigurationError
from bot.manifest import scopes
from bot.ports import Checks
from bot.settings import Settings
from bot.topology import Topology
from handlers import ACTIONS, OPERATIONS

if TYPE_CHECKING:
    from bot.adapters.github_build import Github

POOL = 12
"""Connections a process may hold: more than a worker serves deliveries and jobs at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Everything an entrypoint is given."""

    settings: Settings
    world: World
    jobs: ProcrastinateJobs
    dispatch: Dispatch
    desk: Desk
    cards_changed: Listener
    delivered: Listener
    pages_changed: Listener
    hooked: Listener
    slack: SlackApi
    sns_door: AwsSnsDoor
    heartbeat: HttpHeartbeat | None
    pool: Pool
    clock_kept: asyncio.Task[None]


@asynccontextmanager
async def opened(
    settings: Settings, topology: Topology, dsn: str, name: str
) -> AsyncIterator[Application]:
    """The application on a migrated database, closed at the end.

    Raises ConfigurationError when migrations are missing, Temporary when the database is away.
    """
    async with AsyncExitStack() as stack:
        missing = await pending(dsn)
        if missing:
            raise ConfigurationError(
                [f"the database lacks {', '.join(missing)}: run filmops migrate first"]
            )
        pool = await open_pool(dsn, max_size=POOL, name=f"filmops-{name}")
        stack.push_async_callback(pool.close)
        listeners = {
            channel: Listener(dsn, channel=channel) for channel in (CARDS, INBOX, PAGES, HOOKS)
        }
        for listener in listeners.values():
            stack.push_async_callback(listener.close)
        jobs = await build_jobs(pool)
        slack = slack_api(settings)
        stack.push_async_callback(slack.close)
        sns_door = AwsSnsDoor(endpoint_url=settings.aws_endpoint_url)
        stack.push_async_callback(sns_door.close)
        world = await _world(settings, topology, pool, jobs, slack, stack)
        operations = {operation.name: operation for operation in OPERATIONS}
        dispatch = Dispatch(world, operations)
        launcher = Launcher(world, operations)
        runner = Runner(world, {name: code for op in OPERATIONS for name, code in op.steps.items()})
        jobs.attach(launcher.launch, runner.carry)
        kept = asyncio.create_task(_keep_clock(world, pool))
        stack.callback(kept.cancel)
        yield Application(
            settings=settings,
            world=world,
            dispatch=dispatch,
            desk=Desk(world, dispatch, ACTIONS),
            jobs=jobs,
            cards_changed=listeners[CARDS],
            delivered=listeners[INBOX],
            pages_changed=listeners[PAGES],
            hooked=listeners[HOOKS],
            slack=slack,
            sns_door=sns_door,
            heartbeat=_heartbeat(settings, stack),
            pool=pool,
            clock_kept=kept,
        )


async def _world(  # noqa: PLR0917 - the parts made before it
    settings: Settings,
    topology: Topology,
    pool: Pool,
    jobs: ProcrastinateJobs,
    slack: SlackApi,
    stack: AsyncExitStack,
) -> World:
    clients = AwsClients(topology)
    stack.callback(clients.close)
    probe = HttpProbe()
    stack.push_async_callback(probe.close)
    pagerduty = pagerduty_api(settings)
    stack.push_async_callback(pagerduty.close)
    status_page = status_page_of(settings, topology)
    if status_page is not None:
        stack.push_async_callback(status_page.close)
    charts = MatplotlibCharts()
    stack.callback(charts.close)
    github = github_of(settings, topology)
    if github is not None:
        stack.push_async_callback(github.close)
    clock = await build_clock(pool)
    pager = PagerDutyPager(pagerduty, services=_levels(topology))
    return World(
        topology=topology,
        clock=clock,
        store=build_store(pool),
        jobs=jobs,
        aws=build_aws(topology, clients=clients),
        probe=probe,
        pager=pager,
        roster=Roster(pager, clock),
        people=SlackPeople(slack, topology, clock),
        chat=SlackChat(slack),
        charts=charts,
        sql=product_sql(settings, topology),
        voice=BlockKitVoice(),
        release=__version__,
        status_page=status_page,
        code=None if github is None else github.code,
    )


def _heartbeat(settings: Settings, stack: AsyncExitStack) -> HttpHeartbeat | None:
    url = settings.filmops_heartbeat_url
    if url is None:
        return None
    heartbeat = HttpHeartbeat(url.get_secret_value())
    stack.push_async_callback(heartbeat.close)
    return heartbeat


async def _keep_clock(world: World, pool: Pool) -> None:
    clock = world.clock
    await clock.keep(pool, asyncio.Event())  # type: ignore[attr-defined]


def slack_api(settings: Settings) -> SlackApi:
    """The Web API client; `require` has seen to the token."""
    token = settings.slack_bot_token
    return SlackApi(
        token=token.get_secret_value() if token else "", base_url=settings.slack_api_url
    )


def pagerduty_api(settings: Settings) -> PagerDutyApi:
    """The PagerDuty client."""
    token = settings.pagerduty_api_token
    return PagerDutyApi(
        routing_keys={n: k.get_secret_value() for n, k in settings.pagerduty_routing_keys.items()},
        token=token.get_secret_value() if token else None,
        from_address=settings.pagerduty_from,
        api_url=settings.pagerduty_api_url,
        events_url=settings.pagerduty_events_url,
    )


def status_page_of(settings: Settings, topology: Topology) -> AtlassianStatusPage | None:
    """The public status page's client; None when people write there by hand."""
    token, page = settings.statuspage_token, topology.statuspage.page
    if token is None or not page:
        return None
    return AtlassianStatusPage(
        token=token.get_secret_value(), page=page, base_url=settings.statuspage_api_url
    )


def github_of(settings: Settings, topology: Topology) -> Github | None:
    """GitHub; None without a token, and when no service says where its code is."""
    token = settings.github_token
    deployables = {key: service.deploy for key, service in topology.services.items()}
    sources = {key: each.github for key, each in deployables.items() if each and each.github}
    if token is None or not sources:
        return None
    from bot.adapters.github_build import build_github  # noqa: PLC0415 - see there

    return build_github(
        sources,
        token=token.get_secret_value(),
        base_url=settings.github_api_url,
        ca_file=settings.ssl_cert_file,
    )


def product_sql(settings: Settings, topology: Topology) -> ProductSql:
    """The product's databases, those somebody gave an address of."""
    urls = {key: settings.product_database_url(key) for key in topology.databases}
    return ProductSql({key: url for key, url in urls.items() if url is not None})


@asynccontextmanager
async def checking(settings: Settings, topology: Topology) -> AsyncIterator[tuple[Checks, ...]]:
    """The outside systems' parts of `filmops check`, closed at the end."""
    async with AsyncExitStack() as stack:
        slack = slack_api(settings)
        stack.push_async_callback(slack.close)
        pagerduty = pagerduty_api(settings)
        stack.push_async_callback(pagerduty.close)
        clients = AwsClients(topology)
        stack.callback(clients.close)
        app_token = settings.slack_app_token
        slack_checks = SlackChecks(
            slack,
            channels=topology.studio.channels,
            scopes=scopes(),
            app_token=app_token.get_secret_value() if app_token else None,
            team_id=settings.slack_team_id,
            groups=sorted({g for role in topology.roles.values() for g in role.groups}),
        )
        checks: list[Checks] = [
            slack_checks,
            AwsChecks(topology, clients=clients),
            PagerDutyChecks(pagerduty, levels=topology.escalation.levels),
            ProductChecks(product_sql(settings, topology), topology.databases.values()),
        ]
        status_page = status_page_of(settings, topology)
        if status_page is not None:
            stack.push_async_callback(status_page.close)
            checks.append(StatusPageChecks(status_page, topology.statuspage.components))
        github = github_of(settings, topology)
        if github is not None:
            stack.push_async_callback(github.close)
            checks.append(github.checks)
        yield tuple(checks)


def _levels(topology: Topology) -> tuple[str, ...]:
    return tuple(level.pagerduty_service for level in topology.escalation.levels)
