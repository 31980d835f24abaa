"""A person's Home tab: what waits for them, what runs, and the two quick ways in.

Before: the handler gathers a `HomeView`. After: the Slack adapter publishes it. Approving is
done on the card, where the plan is: here is only the way to see it.
"""

from __future__ import annotations

from collections.abc import Sequence

from blocks import ids, parts
from blocks.elements import Block, actions, bullets, button, context, divider, header, section
from blocks.incident_buttons import acknowledging
from blocks.status import incident_line, own_line, request_line, run_line
from blocks.status_service import unread
from blocks.text import inline, moment
from bot.domain.incident import Incident
from bot.domain.live import Missing
from bot.domain.message import View
from bot.domain.request import Request
from bot.domain.view import HomeView

_MOST_LISTED = 10


def home(view: HomeView) -> View:
    """The tab. Somebody who may change nothing sees no rollback button."""
    return View(payload={"type": "home", "blocks": _blocks(view)})


def _blocks(view: HomeView) -> list[Block]:
    if not view.may_read:
        words = "You hold no role in FilmOps. Have a maintainer add you to one in filmops.toml."
        return [header("FilmOps"), section(words)]
    return [
        header("FilmOps"),
        _quick(view),
        divider(),
        *_requests("Waiting for your approval", view.to_approve),
        *_requests("Your requests", view.mine),
        _listed("Running now", [run_line(run) for run in view.runs]),
        *_ours(view.ours),
        *([_incidents(view)] if view.incidents else []),
        context(
            f"Services: {inline(', '.join(view.services), 1500)} · as of {moment(view.now)} · "
            "all commands: `/filmops help`"
        ),
    ]


def _quick(view: HomeView) -> Block:
    rollback = [button("Rollback…", ids.HOME_ROLLBACK, style="danger")] if view.may_change else []
    declare = [button("Declare an incident…", ids.HOME_DECLARE)] if view.may_act else []
    return actions(
        *rollback, *declare, button("Status", ids.HOME_STATUS), button("Refresh", ids.HOME_REFRESH)
    )


def _requests(title: str, requests: Sequence[Request]) -> list[Block]:
    """One section a request with its Show button; those beyond ten are counted."""
    if not requests:
        return [section(f"*{title}:* none")]
    rows = [_request(request) for request in requests[:_MOST_LISTED]]
    left = len(requests) - len(rows)
    more = [context(f"… and {left} more: `/filmops operations`")] if left else []
    return [section(f"*{title}*"), *rows, *more]


def _request(request: Request) -> Block:
    made = section(f"{request_line(request)}\n{inline(request.plan.summary, 500)}")
    if request.state != "planned":
        made = section(
            f"{inline(parts.subject(request), 200)}: {request.state}, "
            f"asked {moment(request.asked_at)}"
        )
    return {**made, "accessory": button("Show", ids.HOME_SHOW, str(request.id))}


def _ours(incidents: Sequence[Incident]) -> list[Block]:
    """One section an incident with Show and, while nobody has it, Acknowledge."""
    if not incidents:
        return [section("*Open incidents:* none")]
    left = len(incidents) - _MOST_LISTED
    more = [context(f"… and {left} more: `/filmops incident list`")] if left > 0 else []
    rows = [block for incident in incidents[:_MOST_LISTED] for block in _incident(incident)]
    return [section("*Open incidents*"), *rows, *more]


def _incident(incident: Incident) -> list[Block]:
    show = button("Show", ids.HOME_INCIDENT, str(incident.id))
    return [
        section(own_line(incident)),
        actions(*acknowledging(incident, ids.HOME_ACK), show),
    ]


def _incidents(view: HomeView) -> Block:
    if isinstance(view.incidents, Missing):
        return section(f"*Open at PagerDuty alone:* {unread(view.incidents)}")
    return _listed("Open at PagerDuty alone", [incident_line(i) for i in view.incidents])


def _listed(title: str, lines: Sequence[str]) -> Block:
    return bullets(f"*{title}*", lines) if lines else section(f"*{title}:* none")
