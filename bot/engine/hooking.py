"""What alarms and PagerDuty tell us, acted on: incidents opened, closed, answered.

Before it: `bot.entrypoints.webhooks`, which has checked the signature and written the hook down.
Hooks come twice, late and out of order: each is judged by when it happened, and whatever cannot
be decided yet is tried again for two days.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from bot.domain.alert import Alert, alert_of
from bot.domain.incident import Incident, IncidentState, Page, PageState, Source
from bot.domain.live import Missing
from bot.domain.pager_event import PagerEvent, pager_event_of
from bot.engine.answers import acknowledged_there, person, resolved_there, ringing_again
from bot.engine.incidents import resolve
from bot.engine.opening import Report, report
from bot.engine.world import World
from bot.errors import FilmOpsError, Refused
from bot.ports import Hook
from bot.topology import Severity

log = logging.getLogger("filmops.hooking")

LEASE = timedelta(seconds=4)
"""Short, because an alarm's first page waits for it; a hook acted on twice does no harm."""

AT_ONCE = 20
LONGEST_BACKOFF = 300
OURS = "esc:"
"""What the keys of our own pages begin with."""


async def take_hooks(world: World) -> int:
    """Act on the hooks that are due, until there are none; how many."""
    taken = 0
    while True:
        now = world.clock.now()
        hooks = await world.store.hooks.claim(now=now, lease_until=now + LEASE, limit=AT_ONCE)
        if not hooks:
            return taken
        for hook in hooks:
            await _one(world, hook)
        taken += len(hooks)


async def _one(world: World, hook: Hook) -> None:
    try:
        said = await (_sns(world, hook) if hook.source == "sns" else _pagerduty(world, hook))
    except FilmOpsError as fault:
        await _later(world, hook, fault.message)
    except Exception:
        log.exception("hook %s of %s could not be acted on", hook.id, hook.source)
        await _later(world, hook, "a bug of ours, see the log")
    else:
        log.info("hook %s of %s: %s", hook.id, hook.source, said)
        await world.store.hooks.done(hook.id, world.clock.now())


async def _later(world: World, hook: Hook, said: str) -> None:
    wait = min(2 ** min(hook.tries, 10), LONGEST_BACKOFF)
    at = world.clock.now() + timedelta(seconds=wait)
    if not await world.store.hooks.later(hook.id, next_at=at, said=said):
        log.critical("hook %s of %s is given up after two days: %s", hook.id, hook.source, said)


# --- alarms --------------------------------------------------------------------------------


async def _sns(world: World, hook: Hook) -> str:
    alert = alert_of(hook.payload, world.topology.alerts)
    if isinstance(alert, Missing):
        if hook.payload.get("Type") == "UnsubscribeConfirmation":
            await _deaf(world, hook, alert.reason)
        return alert.reason
    if not alert.opened:
        return await _closed(world, alert)
    if await _is_old_news(world, alert):
        return f"{alert.title} was over before this came"
    opened = await report(
        world,
        Report(
            title=alert.title,
            severity=Severity(alert.severity) if alert.severity else Severity.P2,
            source=Source.CLOUDWATCH,
            fingerprint=alert.fingerprint,
            by="CloudWatch" if alert.source == "cloudwatch" else "SNS",
            service=alert.service,
            detail=alert.detail,
        ),
    )
    return f"{opened.incident.name} {'opened' if opened.new else 'reported again'}"


async def _deaf(world: World, hook: Hook, reason: str) -> None:
    """A topic that tells us nothing any more is an incident itself: silence looks like peace."""
    topic = str(hook.payload.get("TopicArn", ""))[:300]
    await report(
        world,
        Report(
            title=reason,
            severity=Severity.P3,
            source=Source.FILMOPS,
            fingerprint=f"unsubscribed:{topic}",
            by="SNS",
        ),
    )


async def _closed(world: World, alert: Alert) -> str:
    incident = await world.store.incidents.of_fingerprint(alert.fingerprint)
    if incident is None or alert.at < incident.opened_at - timedelta(minutes=10):
        return f"{alert.title} is right again, and nothing is open for it"
    try:
        await resolve(world, incident.id, "CloudWatch", via="the alarm went to OK")
    except Refused as refusal:
        return refusal.message
    return f"{incident.name} resolved"


async def _is_old_news(world: World, alert: Alert) -> bool:
    """Whether the same alarm's incident was resolved after this alarm was raised."""
    return any(
        one.fingerprint == alert.fingerprint
        and one.resolved_at is not None
        and one.resolved_at >= alert.at
        for one in await world.store.incidents.recent(limit=200)
    )


# --- PagerDuty -----------------------------------------------------------------------------


async def _pagerduty(world: World, hook: Hook) -> str:
    event = pager_event_of(hook.payload)
    if isinstance(event, Missing):
        return event.reason
    keys = [event.incident_key] if event.incident_key else []
    keys = keys or [*await world.pager.keys(event.incident_id)]
    for key in keys:
        page = await world.store.pages.of_key(key)
        if page is not None:
            return await _ours(world, event, page)
    if event.type != "incident.triggered":
        return f"{event.type} of an incident that is not ours"
    if not keys or any(key.startswith(OURS) for key in keys):
        return "a page of another FilmOps" if keys else "an incident without a key"
    return await _opened_there(world, event, keys[0])


async def _opened_there(world: World, event: PagerEvent, key: str) -> str:
    """Its first level has been rung by PagerDuty; from the second on the ladder is ours."""
    opened = await report(
        world,
        Report(
            title=event.title or f"PagerDuty incident {event.incident_id}",
            severity=Severity.P3 if event.urgency == "low" else Severity.P2,
            source=Source.PAGERDUTY,
            fingerprint=f"pagerduty:{event.incident_id}",
            by="PagerDuty",
            paged_level=1,
            detail={"PagerDuty": event.html_url},
        ),
    )
    climbs = await world.store.incidents.escalations(opened.incident.id)
    if climbs:
        now = world.clock.now()
        await world.store.pages.adopt(
            Page(
                key=key,
                escalation=climbs[-1].id,
                incident=opened.incident.id,
                level=1,
                due_at=now,
                state=PageState.CONFIRMED,
            )
        )
    return f"{opened.incident.name} opened"


async def _ours(world: World, event: PagerEvent, page: Page) -> str:
    incident = await world.store.incidents.get(page.incident)
    if incident is None:
        return f"I{page.incident} is not there"
    who = person(world, email=event.agent_email, name=event.agent_name)
    match event.type:
        case "incident.acknowledged" if not await _is_before_climb(world, event, incident):
            await acknowledged_there(world, incident.id, who)
        case "incident.unacknowledged" | "incident.reopened" if _is_after_answer(event, incident):
            what = event.type.removeprefix("incident.")
            text = f"PagerDuty: {what} (level {page.level} rings again there). The climb goes on."
            await ringing_again(world, incident, page, text)
        case "incident.resolved" if event.agent_id and not event.resolve_reason.startswith("merge"):
            if not await _is_before_climb(world, event, incident):
                await resolved_there(world, incident.id, who)
    return f"{event.type} of {incident.name}"


async def _is_before_climb(world: World, event: PagerEvent, incident: Incident) -> bool:
    """Whether it answered an earlier climb: it came late, and the ladder was begun anew since."""
    climbs = await world.store.incidents.escalations(incident.id)
    return bool(climbs) and climbs[-1].number > 1 and event.at < climbs[-1].began_at


def _is_after_answer(event: PagerEvent, incident: Incident) -> bool:
    """Whether it takes back the answer we know of, and not an earlier one."""
    if incident.state is IncidentState.RESOLVED:
        return incident.resolved_at is not None and event.at > incident.resolved_at
    return incident.acked_at is not None and event.at > incident.acked_at
