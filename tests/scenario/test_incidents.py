"""Incidents at night: declared, paged, taken, told, given, over; typed, clicked, in a dialog."""

from __future__ import annotations

import pytest

from blocks import ids
from tests.scenario.outside import words
from tests.scenario.studio import Studio

pytestmark = pytest.mark.scenario

DECLARE = "/filmops incident declare P1 backend login fails for everybody"


async def declared(studio: Studio) -> None:
    """I1 is open, its card is there, level 1 has been paged."""
    assert "I1 is open as P1." in await studio.types("U0BEN", DECLARE)
    await studio.card_says("P1 I1 OPEN: login fails for everybody", request="I1")
    await studio.escalate()


async def paged(studio: Studio) -> list[str]:
    """What PagerDuty was sent, without acknowledgements and resolutions."""
    return [str(line["summary"]) for line in await studio.outside.pagerduty.ask("ledger")]


async def test_one_is_declared_taken_told_and_ended(studio: Studio) -> None:
    await declared(studio)
    assert await paged(studio) == ["[P1] I1 login fails for everybody"]
    shown = await studio.card_says("Level 1 (On-call engineer): paged", request="I1")
    assert "Level 2 (Engineering lead) is paged if nobody acknowledges: due" in shown
    assert "*Changed on backend*" in shown
    await studio.thread_says("Opened as P1: login fails for everybody", "I1")

    taken = await studio.clicks("U0BEN", ids.INCIDENT_ACK, "I1")
    assert "You have I1 until" in taken
    await studio.card_says("P1 I1 ACKNOWLEDGED", "has it until", request="I1")
    late = await studio.types("U0CHLOE", "/filmops incident ack I1")
    assert "I1 was acknowledged by <@U0BEN>" in late
    assert "already_decided" in late

    await studio.types("U0BEN", "/filmops incident note I1 <!channel> the certificate is old")
    noted = await studio.thread_says("the certificate is old", "I1")
    assert "\n<@U0BEN>: " in noted
    assert "<!channel>" not in noted
    story = await studio.types("U0EVE", "/filmops incident show I1")
    assert "*Climb 1* (opened)" in story
    assert "Acknowledged by <@U0BEN> (Slack)." in story

    await studio.types("U0BEN", "/filmops incident resolve I1 new certificate")
    over = await studio.card_says("P1 I1 RESOLVED", "acknowledged by <@U0BEN> after", request="I1")
    assert "new certificate" in over
    assert ids.INCIDENT_ACK not in str(await studio.card("I1"))
    await studio.escalate()
    told = [action for _, action in await studio.told() if action not in ("command", "page")]
    assert told == [
        "incident_opened",
        "incident_acknowledged",
        "incident_note",
        "incident_resolved",
    ]


async def test_the_ladder_is_hurried_the_severity_mended_and_the_owner_named(
    studio: Studio,
) -> None:
    assert "P3" in await studio.types("U0ANA", "/filmops incident declare P3 backend is slow")
    await studio.escalate()
    worse = await studio.types("U0ANA", "/filmops incident severity I1 P1")
    assert "I1 is P1 (production is down) now" in worse
    now = await studio.types("U0ANA", "/filmops incident escalate I1")
    assert "Level 2 (Engineering lead) is paged now for I1" in now
    await studio.escalate()
    assert len(await paged(studio)) == 2
    given = await studio.types("U0ANA", "/filmops incident assign I1 <@U0CHLOE|chloe>")
    assert "I1 is <@U0CHLOE>'s now. Nobody has acknowledged it" in given
    await studio.card_says("<@U0CHLOE>, who has not acknowledged", request="I1")
    listed = await studio.types("U0EVE", "/filmops incident list")
    assert "1 open incident" in listed
    assert "P1 I1 OPEN: is slow" in listed
    refused = await studio.types("U0EVE", "/filmops incident ack I1")
    assert "not_permitted" in refused


async def test_a_snooze_holds_the_ladder_until_its_end(studio: Studio) -> None:
    await studio.types("U0BEN", DECLARE)
    why = await studio.types("U0BEN", "/filmops incident snooze I1 30m")
    assert "needs REASON" in why
    quiet = await studio.types("U0BEN", "/filmops incident snooze I1 30m AWS is on it")
    assert "I1 is quiet until" in quiet
    await studio.card_says("P1 I1 OPEN, SNOOZED", "AWS is on it", request="I1")
    await studio.escalate()
    assert await paged(studio) == []


async def test_dialogs_declare_and_note_and_the_card_asks_for_a_rollback(studio: Studio) -> None:
    await studio.command("U0BEN", "/filmops incident declare")
    dialog = await studio.modal("U0BEN")
    values = {
        ids.DECLARE_TITLE: "login fails",
        ids.DECLARE_SEVERITY: "P1",
        ids.DECLARE_SERVICE: "backend",
        ids.DECLARE_OWNER: "ana",
    }
    await studio.outside.slack.tell(
        "act/submit", user="U0BEN", view_id=dialog["id"], values=values, deliver=2
    )
    assert "I1 is open as P1." in await studio.answer("U0BEN")
    await studio.card_says("P1 I1 OPEN: login fails", "<@U0ANA>", request="I1")

    await studio.press("U0BEN", ids.INCIDENT_NOTE, "I1")
    note = await studio.modal("U0BEN")
    assert "Note on I1" in words(note)
    await studio.outside.slack.tell(
        "act/submit", user="U0BEN", view_id=note["id"], values={ids.NOTE_TEXT: "half are back"}
    )
    assert "in the timeline of I1" in await studio.answer("U0BEN")

    asked = await studio.clicks("U0BEN", ids.INCIDENT_ROLLBACK, "I1")
    assert "R1 is waiting in" in asked
    await studio.card_says("waiting for 1 approval", "I1: login fails")
    # Within the minute: the scheduler has cards that count down drawn anew.
    await studio.app.world.store.incidents.touch(studio.clock.now())
    await studio.card_says("R1 rollback waits for approval", "half are back", request="I1")
    home = words(await studio.opens_home("U0BEN"))
    assert "P1 I1 OPEN: login fails" in home


async def test_a_button_of_an_incident_that_is_none_is_refused(studio: Studio) -> None:
    answer = await studio.forged_click("U0BEN", ids.INCIDENT_ACK, "77", ts="1.1")
    assert "There is no incident I77." in answer
    assert "unknown_incident" in answer
