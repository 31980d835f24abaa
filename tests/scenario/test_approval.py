"""A second person's yes: who may give it, how it ends without one, and what moved meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from blocks import ids
from tests.scenario.studio import Studio, until

pytestmark = pytest.mark.scenario


async def test_those_who_may_not_are_told_why_and_written_down(studio: Studio) -> None:
    await studio.asks()

    own = await studio.clicks("U0ANA", ids.APPROVE)
    assert "You asked for this yourself; it needs a second person." in own
    assert "own_request" in own
    auditor = await studio.clicks("U0EVE", ids.APPROVE)
    assert "A change operation is decided by engineer or lead or cto." in auditor
    stranger = await studio.clicks("U0GUEST", ids.REJECT, team_id="T0SANDBOX")
    assert "not_permitted" in stranger
    guest = await studio.clicks("U0GUEST", ids.APPROVE)
    assert "You are a guest from another workspace" in guest

    refusals = [row.entry for row in await studio.audit() if row.entry.action.endswith(".refused")]
    assert [(e.actor, e.action, e.subject, e.detail["code"]) for e in refusals] == [
        ("U0ANA", "approve.refused", "R1", "own_request"),
        ("U0EVE", "approve.refused", "R1", "not_permitted"),
        ("U0GUEST", "reject.refused", "R1", "not_permitted"),
    ]
    assert "waiting for 1 approval" in (await studio.card())["text"]
    assert await studio.outside.aws.changes() == []


async def test_who_may_not_ask_is_refused(studio: Studio) -> None:
    auditor = await studio.types("U0EVE", "/filmops rollback backend")
    assert "it may be asked for by engineer or lead or cto, and you are auditor" in auditor
    assert "not_permitted" in auditor
    stranger = await studio.types("U0GUEST", "/filmops rollback backend", team_id="T0SANDBOX")
    assert "You hold no role in FilmOps." in stranger
    guest = await studio.types("U0GUEST", "/filmops status")
    assert "wrong_team" in guest
    assert ("U0EVE", "denied") in await studio.told()
    await studio.nothing_changed()


async def test_a_rejection_ends_it_and_later_clicks_hear_who_was_first(studio: Studio) -> None:
    await studio.asks()
    card = await studio.card()
    rejected = await studio.clicks("U0BEN", ids.REJECT)
    assert "R1 is rejected; nothing was done." in rejected
    shown = await studio.card_says("rejected, nothing was changed", "Rejected by <@U0BEN>")
    assert "/filmops rollback backend" in shown
    assert ids.APPROVE not in str(await studio.card())
    late = await studio.forged_click("U0CHLOE", ids.APPROVE, "1", ts=card["ts"])
    assert "R1 is rejected already: <@U0BEN> rejected it at" in late
    assert await studio.outside.aws.changes() == []


async def test_one_may_withdraw_what_one_asked_for(studio: Studio) -> None:
    await studio.asks()
    assert "R1 is rejected" in await studio.clicks("U0ANA", ids.REJECT)
    await studio.card_says("Rejected by <@U0ANA>")


@pytest.mark.parametrize("studio", [{"approvals": 2}], indirect=True)
async def test_two_must_be_two(studio: Studio) -> None:
    await studio.types("U0ANA", "/filmops rollback backend")
    await studio.card_says("waiting for 2 approvals")
    assert "Counted. R1 needs 1 more." in await studio.clicks("U0BEN", ids.APPROVE)
    again = await studio.clicks("U0BEN", ids.APPROVE)
    assert "You have answered R1 already." in again
    await studio.card_says("waiting for 1 approval", "Approved by <@U0BEN>")
    assert await studio.outside.aws.changes() == []


async def test_a_request_nobody_answers_is_reminded_of_once_and_expires(studio: Studio) -> None:
    await studio.asks("/filmops rollback backend v1.4.2 logs people out")
    studio.clock.ahead = timedelta(seconds=301)
    await studio.tick()
    await studio.tick()
    reminder = await studio.thread_says("R1")
    assert "approv" in reminder
    assert len((await studio.card())["replies"]) == 1

    card = await studio.card()
    studio.clock.ahead = timedelta(seconds=901)
    late = await studio.clicks("U0BEN", ids.APPROVE)
    assert "R1 expired at" in late
    assert "/filmops rollback backend v1.4.2 logs people out" in late
    await studio.tick()
    shown = await studio.card_says("expired without approval, nothing was changed")
    assert "/filmops rollback backend v1.4.2 logs people out" in shown
    later = await studio.forged_click("U0CHLOE", ids.APPROVE, "1", ts=card["ts"])
    assert "R1 is expired already" in later
    (late_click,) = [row.entry for row in await studio.audit() if row.entry.action == "approve"]
    assert (late_click.actor, late_click.detail["outcome"]) == ("U0BEN", "expired")
    assert await studio.outside.aws.changes() == []


async def test_what_nobody_looks_at_expires_by_the_scheduler(studio: Studio) -> None:
    await studio.asks()
    studio.clock.ahead = timedelta(seconds=901)
    await studio.tick()
    await studio.card_says(
        "expired without approval, nothing was changed", "Nobody approved in time"
    )
    assert (await studio.told())[-1] == ("filmops", "expire")


async def test_what_moved_since_the_plan_is_said_and_nothing_is_done(studio: Studio) -> None:
    await studio.asks()
    await studio.outside.aws.tell("weights", service="backend", blue=70, green=30)
    await studio.clicks("U0BEN", ids.APPROVE)
    shown = await studio.card_says("plan is stale, nothing was changed")
    assert "plan_stale: the live state is not what was approved." in shown
    assert "traffic of HTTPS:443 default: blue 100, green 0 → blue 70, green 30" in shown
    assert "/filmops rollback backend" in shown
    assert await studio.outside.aws.changes() == []
    assert ("filmops", "request.stale") in await studio.told()


async def test_a_standby_that_broke_since_the_plan_is_not_rolled_back_onto(studio: Studio) -> None:
    await studio.asks()
    await studio.outside.aws.tell("colour", service="backend", colour="green", unhealthy_targets=3)
    await until(lambda: _unhealthy(studio), "green is unhealthy")
    await studio.clicks("U0BEN", ids.APPROVE)
    shown = await studio.card_says("refused, nothing was changed")
    assert "green of Backend API cannot take the traffic: 0 of 3 targets are healthy" in shown
    again = await studio.types("U0ANA", "/filmops rollback backend")
    assert "idle_colour_broken" in again
    assert "bring green up first, then ask again" in again
    assert await studio.outside.aws.changes() == []


async def _unhealthy(studio: Studio) -> bool:
    half = await studio.outside.aws.half("green")
    return bool(half["healthy_targets"] == 0)
