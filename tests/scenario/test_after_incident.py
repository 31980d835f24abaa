"""After an incident: its report is a file for everybody, and the public is told in our words."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.engine.postmortem import remind_of_postmortems
from tests.scenario.studio import Studio, until

pytestmark = pytest.mark.scenario


@pytest.fixture
async def incident(studio: Studio) -> Studio:
    """I1 is open, and its card is there."""
    declare = "/filmops incident declare P1 backend login fails for everybody"
    assert "I1 is open as P1." in await studio.types("U0BEN", declare)
    await studio.card_says("P1 I1 OPEN", request="I1")
    return studio


async def files(studio: Studio) -> list[dict[str, Any]]:
    """All that was shared in the thread of the incident's card."""
    replies = (await studio.card("I1")).get("replies", [])
    return [file for reply in replies for file in reply.get("files", [])]


async def test_the_report_is_a_file_for_people_and_for_programs(incident: Studio) -> None:
    answer = await incident.types("U0EVE", "/filmops incident report I1")
    assert "The report of I1 is in the thread of I1 in #ops-alerts, as `I1.md`." in answer
    (file,) = await until(lambda: files(incident), "a file")
    assert (file["name"], file["title"]) == ("I1.md", "Report of I1")
    text = (await incident.http.get(file["url_private"])).text
    assert text.startswith("# I1: login fails for everybody\n")
    assert "- Service: Backend API" in text

    await incident.types("U0ANA", "/filmops incident report I1 --format json")
    (_, file) = await files(incident)
    shape = (await incident.http.get(file["url_private"])).json()
    assert (shape["version"], shape["incident"]["service"]) == (1, "backend")
    assert json.dumps(shape["timeline"]).count("Opened as P1") == 1


async def test_an_app_without_the_scope_shows_the_report_to_who_asked(incident: Studio) -> None:
    await incident.outside.slack.fault(
        "files.getUploadURLExternal", "status", status=200, code="missing_scope"
    )
    incident.refusals.add("fault:status")
    answer = await incident.types("U0ANA", "/filmops incident report I1")
    assert "could not be uploaded" in answer
    assert "## Timeline" in answer
    assert await files(incident) == []


async def test_a_day_after_its_end_the_thread_asks_for_the_post_mortem(incident: Studio) -> None:
    await incident.types("U0BEN", "/filmops incident ack I1")
    await incident.types("U0BEN", "/filmops incident resolve I1")
    incident.clock.ahead += timedelta(hours=24)
    assert await remind_of_postmortems(incident.app.world) == 1
    await incident.thread_says("<@U0BEN>: I1 (P1) was resolved at ", "I1")


async def test_without_a_status_page_the_words_are_ticked_and_written_by_hand(
    incident: Studio,
) -> None:
    words = "/filmops incident publish I1 investigating Logins fail. We look into it."
    denied = await incident.types("U0EVE", words)
    assert "not_permitted" in denied
    answer = await incident.types("U0ANA", words)
    assert "Update the status page by hand: investigating: Logins fail. We look into it." in answer
    timeline = await incident.app.world.store.incidents.timeline(1)
    assert [line.kind for line in timeline].count("statuspage") == 1
    assert (await incident.told())[-1] == ("U0ANA", "incident_published")
