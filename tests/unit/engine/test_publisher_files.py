"""A note's file comes after its words, and never holds up the thread for ever."""

from __future__ import annotations

import pytest

from bot.domain.message import MOST_BYTES, Attachment, Message
from bot.engine.attaching import FILES, MOST_UPLOADS
from bot.errors import OperationFailed, Temporary
from bot.ports import ThreadNote
from tests.stage import Stage

pytestmark = pytest.mark.unit

CHART = Attachment(name="a.png", title="Errors of v1.4.3", alt="They fall.", content=b"\x89PNG")
NO_SCOPE = OperationFailed(
    "Slack: files.upload: missing scope files:write",
    code="missing_scope",
    hint="add files:write to the app's bot scopes and install it again",
)


@pytest.fixture
async def stage() -> Stage:
    """R1's card is posted, and a note with a file is in the outbox, one without behind it."""
    stage = Stage()
    await stage.ask()
    await stage.publisher.publish()
    await noted(stage, "chart", "5 minutes at 25 %", CHART)
    await noted(stage, "next", "on to 50 %")
    stage.chat.calls.clear()
    return stage


async def noted(stage: Stage, key: str, text: str, file: Attachment | None = None) -> None:
    note = ThreadNote(key=key, subject="R1", message=Message(text=text), attachment=file)
    await stage.world.store.cards.note(note, stage.clock.now())


def thread(stage: Stage) -> list[str]:
    (card,) = stage.chat.messages("ops-alerts")
    return [said.message.text for said in stage.chat.messages("ops-alerts", thread=card.ts)]


async def publish(stage: Stage, times: int = 1, *, every: float = 2.0) -> None:
    for _ in range(times):
        await stage.publisher.publish()
        stage.clock.advance(every)


async def test_the_file_lies_in_the_thread_after_its_words_and_before_what_comes_next(
    stage: Stage,
) -> None:
    await publish(stage)
    (file,) = stage.chat.files
    (card,) = stage.chat.messages("ops-alerts")
    assert (file.thread, file.name, file.title) == (card.ts, "a.png", "Errors of v1.4.3")
    assert (file.alt, file.content) == ("They fall.", b"\x89PNG")
    assert stage.chat.calls == ["post", "upload", "post"]
    assert thread(stage) == ["5 minutes at 25 %", "on to 50 %"]
    await publish(stage, 3)
    assert len(stage.chat.files) == 1


async def test_a_file_slack_did_not_take_is_tried_again_and_its_words_are_not(
    stage: Stage,
) -> None:
    stage.chat.fail("upload", Temporary("down", retry_after=7))
    await publish(stage)
    assert stage.chat.files == []
    assert thread(stage) == ["5 minutes at 25 %"]
    await publish(stage, 5)
    assert len(stage.chat.files) == 1
    assert thread(stage) == ["5 minutes at 25 %", "on to 50 %"]


async def test_an_app_that_may_not_upload_says_so_below_the_words_with_what_the_chart_shows(
    stage: Stage,
) -> None:
    stage.chat.fail("upload", NO_SCOPE)
    await publish(stage)
    chart, after = thread(stage)
    assert chart == (
        "5 minutes at 25 % Errors of v1.4.3: the file could not be put here. "
        "Slack: files.upload: missing scope files:write. "
        "add files:write to the app's bot scopes and install it again. They fall."
    )
    assert after == "on to 50 %"
    assert stage.chat.files == []


async def test_an_upload_that_never_comes_to_its_end_is_given_up(stage: Stage) -> None:
    stage.chat.fail("upload", Temporary("the answer was lost"), times=99, after=True)
    await publish(stage, 40)
    assert len(stage.chat.files) == MOST_UPLOADS
    chart, after = thread(stage)
    assert chart.startswith("5 minutes at 25 % Errors of v1.4.3: the file may be missing")
    assert chart.endswith("They fall.")
    assert after == "on to 50 %"


async def test_a_worker_that_dies_over_each_upload_does_not_loop_for_ever(stage: Stage) -> None:
    class Killed(BaseException):
        """What no handler catches."""

    stage.chat.fail("upload", Killed(), times=99)  # type: ignore[arg-type] # no error of ours
    for _ in range(MOST_UPLOADS):
        with pytest.raises(Killed):
            await stage.publisher.publish()
        stage.clock.advance(15)
    await publish(stage)
    assert stage.chat.calls.count("upload") == MOST_UPLOADS
    chart, after = thread(stage)
    assert "the file may be missing" in chart
    assert after == "on to 50 %"


async def test_files_have_a_budget_of_their_own(stage: Stage) -> None:
    name, per_minute, burst = FILES
    spend = stage.world.store.cards.spend
    for _ in range(int(burst)):
        await spend(name, per_minute=per_minute, burst=burst, now=stage.clock.now())
    await stage.publisher.publish()
    assert stage.chat.calls == []
    await publish(stage, 2)
    assert len(stage.chat.files) == 1


@pytest.mark.parametrize("size", [0, MOST_BYTES + 1])
def test_a_file_that_could_not_be_sent_is_refused_where_it_is_made(size: int) -> None:
    with pytest.raises(ValueError, match=r"a\.png has"):
        Attachment(name="a.png", title="A", alt="", content=bytes(size))
