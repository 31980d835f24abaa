"""What alarms and PagerDuty say is done once, however often, late or out of order it comes."""

from __future__ import annotations

import itertools
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.incident import IncidentState, Source
from bot.engine import incidents
from bot.engine.hooking import take_hooks
from bot.engine.sweep import sweep
from bot.errors import Temporary
from bot.ports import Hook
from bot.topology import Severity
from tests.ladder import Ladder
from tests.stage import BEN

pytestmark = pytest.mark.unit

TOPIC = "arn:aws:sns:us-east-1:123456789012:prod-alerts"
ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:backend-5xx"
_numbers = itertools.count(1)


@pytest.fixture
def ladder() -> Ladder:
    return Ladder()


async def hook(ladder: Ladder, source: Any, payload: dict[str, Any], *, id_: str = "") -> None:
    """A webhook comes and is acted on."""
    one = Hook(id=id_ or f"hook-{next(_numbers)}", source=source, payload=payload)
    await ladder.world.store.hooks.take(one, ladder.clock.now())
    await take_hooks(ladder.world)


def alarm(ladder: Ladder, state: str, *, at: datetime | None = None) -> dict[str, Any]:
    when = (at or ladder.clock.now()).isoformat()
    said = {
        "AlarmName": "backend-5xx",
        "AlarmArn": ARN,
        "NewStateValue": state,
        "StateChangeTime": when,
        "NewStateReason": "Threshold Crossed",
    }
    return {
        "Type": "Notification",
        "TopicArn": TOPIC,
        "Timestamp": when,
        "Message": json.dumps(said),
    }


def event(
    ladder: Ladder,
    kind: str,
    incident: str,
    *,
    at: datetime | None = None,
    agent: str | None = "Ben Larsen",
    **about: Any,
) -> dict[str, Any]:
    who = {"id": "PU1", "type": "user_reference", "summary": agent} if agent else None
    return {
        "event": {
            "id": f"E{next(_numbers)}",
            "event_type": f"incident.{kind}",
            "occurred_at": (at or ladder.clock.now()).isoformat(),
            "agent": who,
            "data": {"id": incident, "type": "incident", "incident_key": None, **about},
        }
    }


async def rung(ladder: Ladder) -> str:
    """PagerDuty's number of the newest page."""
    found = await ladder.pager.find(ladder.rung()[-1].key)
    assert found is not None
    return found.id


async def test_alarm_opens_and_ok_closes(ladder: Ladder) -> None:
    await hook(ladder, "sns", alarm(ladder, "ALARM"))
    opened = await ladder.incident()
    assert (opened.title, opened.source) == ("backend-5xx", Source.CLOUDWATCH)
    assert opened.severity is Severity.P2
    assert "Threshold Crossed" in await ladder.told()
    await ladder.pass_time(minutes=1)
    await hook(ladder, "sns", alarm(ladder, "OK"))
    assert (await ladder.incident()).state is IncidentState.RESOLVED


async def test_the_same_message_twice_acts_once(ladder: Ladder) -> None:
    for _ in range(2):
        await hook(ladder, "sns", alarm(ladder, "ALARM"), id_="same")
    assert (await ladder.incident()).alerts == 1


async def test_an_alarm_that_comes_after_its_end_opens_nothing(ladder: Ladder) -> None:
    await hook(ladder, "sns", alarm(ladder, "ALARM"))
    raised = ladder.clock.now()
    await ladder.pass_time(minutes=5)
    await hook(ladder, "sns", alarm(ladder, "OK"))
    ladder.clock.advance(3600)
    await hook(ladder, "sns", alarm(ladder, "ALARM", at=raised + timedelta(minutes=1)))
    assert await ladder.world.store.incidents.unresolved() == ()
    await hook(ladder, "sns", alarm(ladder, "ALARM"))
    assert len(await ladder.world.store.incidents.unresolved()) == 1


async def test_an_ok_of_nothing_and_an_ok_of_long_ago_close_nothing(ladder: Ladder) -> None:
    await hook(ladder, "sns", alarm(ladder, "OK"))
    await hook(ladder, "sns", alarm(ladder, "ALARM"))
    long_ago = ladder.clock.now() - timedelta(days=1)
    await hook(ladder, "sns", alarm(ladder, "OK", at=long_ago))
    assert (await ladder.incident()).state is IncidentState.OPEN


async def test_no_data_is_neither_and_a_cancelled_subscription_is_said_aloud(
    ladder: Ladder,
) -> None:
    await hook(ladder, "sns", alarm(ladder, "INSUFFICIENT_DATA"))
    assert await ladder.world.store.incidents.unresolved() == ()
    await hook(ladder, "sns", {"Type": "UnsubscribeConfirmation", "TopicArn": TOPIC})
    assert "cancelled" in (await ladder.incident()).title


async def test_an_acknowledgement_on_the_phone_ends_the_climb(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    await hook(ladder, "pagerduty", event(ladder, "acknowledged", await rung(ladder)))
    incident = await ladder.incident()
    assert (incident.state, incident.acked_by) == (IncidentState.ACKNOWLEDGED, BEN)
    await hook(ladder, "pagerduty", event(ladder, "acknowledged", await rung(ladder)))
    assert (await ladder.told()).count("Acknowledged by") == 1


async def test_a_late_acknowledgement_of_an_earlier_climb_is_old_news(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    number, then = await rung(ladder), ladder.clock.now()
    await ladder.pass_time(minutes=61)
    assert (await ladder.incident()).repeats == 1
    await hook(ladder, "pagerduty", event(ladder, "acknowledged", number, at=then))
    assert (await ladder.incident()).state is IncidentState.OPEN


async def test_taken_back_there_the_climb_goes_on_above_that_level(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    await incidents.acknowledge(ladder.world, 1, BEN, via="Slack")
    await ladder.pass_time(minutes=1)
    number = await rung(ladder)
    await hook(ladder, "pagerduty", event(ladder, "unacknowledged", number, agent=None))
    assert (await ladder.incident()).state is IncidentState.OPEN
    await ladder.pass_time(minutes=14)
    assert ladder.levels() == [1]
    await ladder.pass_time(minutes=2)
    assert ladder.levels() == [1, 2]


async def test_taken_back_before_it_was_given_again_changes_nothing(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    before = ladder.clock.now()
    await ladder.pass_time(minutes=1)
    await incidents.acknowledge(ladder.world, 1, BEN, via="Slack")
    payload = event(ladder, "unacknowledged", await rung(ladder), at=before)
    await hook(ladder, "pagerduty", payload)
    assert (await ladder.incident()).state is IncidentState.ACKNOWLEDGED


async def test_reopened_there_it_is_open_here(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    await incidents.resolve(ladder.world, 1, BEN, via="Slack")
    await ladder.pass_time(minutes=1)
    await hook(ladder, "pagerduty", event(ladder, "reopened", await rung(ladder)))
    assert (await ladder.incident()).state is IncidentState.OPEN


async def test_a_persons_resolve_resolves_and_a_merge_or_a_service_does_not(
    ladder: Ladder,
) -> None:
    await ladder.alert()
    await ladder.wake()
    number = await rung(ladder)
    reason = {"type": "merge_resolve_reason"}
    await hook(ladder, "pagerduty", event(ladder, "resolved", number, resolve_reason=reason))
    await hook(ladder, "pagerduty", event(ladder, "resolved", number, agent=None))
    assert (await ladder.incident()).state is IncidentState.OPEN
    await hook(ladder, "pagerduty", event(ladder, "resolved", number))
    assert (await ladder.incident()).state is IncidentState.RESOLVED


async def test_an_incident_opened_there_gets_its_ladder_here(ladder: Ladder) -> None:
    await ladder.pager.page(key="theirs", level=1, summary="disk full", detail={})
    found = await ladder.pager.find("theirs")
    assert found is not None
    payload = event(ladder, "triggered", found.id, title="disk full", urgency="high")
    await hook(ladder, "pagerduty", payload)
    opened = await ladder.incident()
    assert (opened.title, opened.source) == ("disk full", Source.PAGERDUTY)
    await ladder.pass_time(minutes=16)
    assert ladder.levels() == [1, 2]
    await incidents.acknowledge(ladder.world, 1, BEN, via="Slack")
    await ladder.wake()
    there = await ladder.pager.find("theirs")
    assert there is not None
    assert there.status == "acknowledged"


async def test_what_is_not_ours_is_left_alone(ladder: Ladder) -> None:
    await ladder.pager.page(key="esc:another:L1", level=1, summary="x", detail={})
    found = await ladder.pager.find("esc:another:L1")
    assert found is not None
    for kind in ("triggered", "acknowledged", "annotated"):
        await hook(ladder, "pagerduty", event(ladder, kind, found.id))
    await hook(ladder, "pagerduty", {"event": {"event_type": "pagey.ping"}})
    assert await ladder.world.store.incidents.unresolved() == ()


async def test_what_cannot_be_decided_now_is_tried_again(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    payload = event(ladder, "acknowledged", await rung(ladder))
    ladder.pager.failing = Temporary("PagerDuty does not answer")
    await hook(ladder, "pagerduty", payload)
    assert (await ladder.incident()).state is IncidentState.OPEN
    ladder.pager.failing = None
    ladder.clock.advance(3)
    await take_hooks(ladder.world)
    assert (await ladder.incident()).state is IncidentState.ACKNOWLEDGED


async def test_a_hook_that_breaks_us_is_kept_and_said(
    ladder: Ladder, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> tuple[str, ...]:
        raise RuntimeError("a bug")

    ladder.pager.keys = broken  # type: ignore[method-assign, assignment]
    await hook(ladder, "pagerduty", event(ladder, "acknowledged", "Q1"))
    assert "could not be acted on" in caplog.text
    ladder.clock.advance(3 * 86_400)
    await take_hooks(ladder.world)
    assert "given up after two days" in caplog.text


async def test_a_lost_webhook_is_made_up_for_by_the_sweep(ladder: Ladder) -> None:
    assert await sweep(ladder.world) == 0
    await ladder.alert("a")
    await ladder.alert("b")
    await ladder.pass_time(seconds=50)
    ladder.pager.picked_up(ladder.rung()[0].key, "Ben Larsen")
    ladder.pager.closed(ladder.rung()[1].key)
    assert await sweep(ladder.world) == 2
    assert (await ladder.incident(1)).state is IncidentState.ACKNOWLEDGED
    assert (await ladder.incident(2)).state is IncidentState.RESOLVED
