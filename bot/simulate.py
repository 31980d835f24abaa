"""`filmops simulate`: who would be paged when, printed; no Slack and no database.

Before it: the command line. After it: `bot.domain.foresight`, as for `/filmops escalation
simulate`. The times are the topology's; the people are PagerDuty's of now, when there is a token.
"""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.adapters.pagerduty import PagerDutyPager
from bot.app import pagerduty_api
from bot.console import say
from bot.domain.foresight import foresee
from bot.domain.instant import parse_instant
from bot.domain.listing import both
from bot.domain.roster import Levels, empty_levels, reachable
from bot.errors import FilmOpsError, UserError
from bot.settings import Settings
from bot.topology import Severity, Topology


async def simulate(options: Namespace, settings: Settings, topology: Topology) -> int:
    """Print it. Raises UserError for a time that is none."""
    now = datetime.now(UTC)  # noqa: TID251 - nothing is due by it, and no database is asked
    zone = ZoneInfo(topology.studio.timezone)
    try:
        at = parse_instant(options.at, now=now, zone=zone) if options.at else now
    except ValueError as error:
        raise UserError(f"--at {options.at[:40]!r}: {error}.") from error
    levels, whose = await _people(settings, topology)
    severity = Severity(options.severity)
    foresight = foresee(
        topology.escalation.ladder(severity),
        severity,
        at,
        answer_after=options.ack,
        empty=empty_levels(levels, topology),
    )
    say(f"{severity} at {_moment(at, zone)}")
    for page in foresight.pages:
        who = _rung(page.level, levels, topology)
        say(f"  {_moment(page.at, zone)}  climb {page.climb}  level {page.level}: {who}")
    for when, words in foresight.afterwards:
        say(f"  {_moment(when, zone)}  {words}")
    if not foresight.pages and not foresight.afterwards:
        say("  nobody is paged")
    for level in sorted(foresight.passed):
        say(f"Level {level}: nobody is on call there, it is passed over at once.")
    say(whose)
    return 0


async def _people(settings: Settings, topology: Topology) -> tuple[Levels, str]:
    if settings.pagerduty_api_token is None:
        return {}, "Without PAGERDUTY_API_TOKEN it is not known who is on call."
    api = pagerduty_api(settings)
    names = [level.pagerduty_service for level in topology.escalation.levels]
    try:
        levels = await PagerDutyPager(api, services=names).on_call()
    except FilmOpsError as fault:
        return {}, f"Who is on call is not known: {fault.message}."
    finally:
        await api.close()
    return levels, "The people are those on call now, whatever the time asked for."


def _rung(level: int, levels: Levels, topology: Topology) -> str:
    name = topology.escalation.levels[level - 1].name
    people = both([one.name for one in reachable(levels.get(level, ()))])
    return f"{name}, {people}" if people else name


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
