"""`incident report` and `incident publish`, as a person is answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.domain.message import Message
from bot.domain.post import PostStatus
from bot.engine import incidents
from bot.engine.operation import Operation
from bot.errors import OperationFailed, Refused, Temporary, UserError
from handlers.incident import publish, report
from tests.ladder import Ladder
from tests.stage import ANA
from tests.unit.blocks.seeing import read

pytestmark = pytest.mark.unit


@pytest.fixture
def ladder() -> Ladder:
    return Ladder()


async def answer(ladder: Ladder, operation: Operation, **given: Any) -> Message:
    """What Ana is answered."""
    assert operation.answer is not None
    found = await operation.answer(await ladder.context(ANA), operation.params(**given))
    assert isinstance(found, Message)
    return found


async def shown(ladder: Ladder) -> str:
    """The incident's card is in the channel; its ts."""
    ts = await ladder.chat.post(channel="ops-alerts", message=Message(text="I1"), key="card")
    await ladder.world.store.cards.shown("I1", ts=ts, version=1, next_at=ladder.clock.now())
    return ts


async def test_the_report_is_a_file_in_the_thread_and_the_person_is_told_where(
    ladder: Ladder,
) -> None:
    await ladder.alert(service="backend")
    ts = await shown(ladder)
    said = read(await answer(ladder, report.OPERATION, incident="I1"))
    assert said == "The report of I1 is in the thread of I1 in #ops-alerts, as `I1.md`."
    (file,) = ladder.chat.files
    assert (file.channel, file.thread, file.title) == ("ops-alerts", ts, "Report of I1")
    assert file.content.decode().startswith("# I1: logins fail\n")


async def test_for_programs_it_is_json(ladder: Ladder) -> None:
    await ladder.alert()
    said = read(await answer(ladder, report.OPERATION, incident="I1", format="JSON"))
    assert "in #ops-alerts, as `I1.json`" in said
    (file,) = ladder.chat.files
    assert (file.thread, json.loads(file.content)["incident"]["name"]) == (None, "I1")


async def test_an_app_that_may_upload_nothing_shows_the_report_and_says_why(
    ladder: Ladder,
) -> None:
    await ladder.alert("<b> & `x`")
    refusal = OperationFailed("missing scope files:write", code="missing_scope", hint="add it")
    ladder.chat.fail("upload", refusal)
    message = await answer(ladder, report.OPERATION, incident="I1")
    said = read(message)
    assert "could not be uploaded (missing scope files:write. add it): here it is." in said
    assert "## Timeline" in said
    assert "cut" not in message.text


async def test_a_report_longer_than_a_message_is_cut_and_says_so(ladder: Ladder) -> None:
    await ladder.alert()
    for number in range(200):
        await incidents.note(ladder.world, 1, ANA, f"note {number} " + "x" * 100)
    ladder.chat.fail("upload", OperationFailed("no", code="missing_scope"))
    message = await answer(ladder, report.OPERATION, incident="I1")
    assert "It is cut: " in message.text
    said = read(message)
    assert "note 3 " in said
    assert "note 199 " not in said


async def test_while_slack_is_away_nothing_is_said_to_be_uploaded(ladder: Ladder) -> None:
    await ladder.alert()
    ladder.chat.fail("upload", Temporary("away"))
    with pytest.raises(Temporary):
        await answer(ladder, report.OPERATION, incident="I1")


async def test_a_number_nobody_has_is_refused(ladder: Ladder) -> None:
    with pytest.raises(Refused, match="There is no incident I9"):
        await answer(ladder, report.OPERATION, incident="I9")
    assert ladder.chat.files == []


async def test_words_for_the_public_are_published(ladder: Ladder) -> None:
    await ladder.alert(service="backend")
    said = read(
        await answer(
            ladder, publish.OPERATION, incident="I1", status="Investigating", words="Logins fail."
        )
    )
    assert said.startswith("I1 stands at the status page as investigating.")
    ((words,),) = ladder.status_page.posts.values()
    assert (words.status, words.text) == (PostStatus.INVESTIGATING, "Logins fail.")


async def test_a_status_the_page_does_not_have_is_a_mistake(ladder: Ladder) -> None:
    operations = {one.name: one for one in (publish.OPERATION, report.OPERATION)}
    ladder.dispatch._operations = operations
    with pytest.raises(UserError, match="status"):
        await ladder.type("incident publish I1 broken Logins fail.")
