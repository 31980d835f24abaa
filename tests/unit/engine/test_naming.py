"""Commands of two words: made-up ones, typed through the whole engine."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import Field

from bot.domain.message import Message
from bot.domain.plan import Plan, StepSpec
from bot.engine.naming import find, group
from bot.engine.operation import Context, Operation, Params
from bot.engine.step import Done, StepCode, Work
from bot.engine.words import parse, usage
from bot.errors import UserError
from bot.topology import Risk, load
from handlers import OPERATIONS
from tests.stage import SHIPPED, Stage, said
from tests.unit.blocks.seeing import good, read, unhurried

pytestmark = pytest.mark.unit


class FilmParams(Params):
    """What the made-up operations take."""

    film: str
    reason: str = Field(default="", json_schema_extra={"rest": True})


async def answer(context: Context, params: FilmParams) -> Message:
    return Message(text=f"{params.film}: {params.reason or 'no reason'}")


async def plan(context: Context, params: FilmParams) -> Plan:
    step = StepSpec(name="film.burn.light", title="Light it")
    return Plan(
        operation="film burn", resource=f"film/{params.film}", summary="Burn it.", steps=(step,)
    )


async def light(work: Work) -> Done:
    return Done(said="It burns.")


def reading(name: str) -> Operation:
    return Operation(
        name=name, summary=f"Do {name}.", risk=Risk.READ, params=FilmParams, answer=answer
    )


BURN = Operation(
    name="film burn",
    summary="Burn a film.",
    risk=Risk.CHANGE,
    params=FilmParams,
    plan=plan,
    steps={"film.burn.light": StepCode(act=light)},
)
MADE_UP = (
    *(reading(name) for name in ("film declare", "film list", "film show", "film ack")),
    BURN,
    reading("reel wind"),
)
KNOWN = {operation.name: operation for operation in (*OPERATIONS, *MADE_UP)}
TOPOLOGY = load(SHIPPED)
NOW = datetime(2026, 11, 24, 3, 10, tzinfo=UTC)


@pytest.fixture
def stage() -> Stage:
    return Stage(operations=tuple(KNOWN.values()))


def mistake(text: str) -> UserError:
    with pytest.raises(UserError) as raised:
        parse(text, KNOWN, TOPOLOGY, NOW)
    return raised.value


async def shown(stage: Stage, text: str) -> str:
    """The answer as it is read, which Slack would take."""
    message = await stage.type(text)
    assert isinstance(message, Message)
    return read(good(message))


@pytest.mark.parametrize(
    "text", ["film ack I7", "FILM Ack I7", "film  ack 'I7'", "'film ack' I7", "film ack I7 "]
)
def test_two_words_name_one_operation_and_the_rest_are_its_own(text: str) -> None:
    operation, params = parse(text, KNOWN, TOPOLOGY, NOW)
    assert operation is KNOWN["film ack"]
    assert params.model_dump() == {"film": "I7", "reason": ""}


def test_the_longest_name_that_fits_is_meant() -> None:
    known = {name: reading(name) for name in ("film", "film ack")}
    assert find(["film", "ack", "I7"], known) == (known["film ack"], ["I7"])
    assert find(["film", "noir"], known) == (known["film"], ["noir"])
    assert find(["film"], known) == (known["film"], [])


def test_a_group_is_what_shares_its_first_word() -> None:
    assert group("reel", KNOWN) == ("reel wind",)
    assert group("film", KNOWN)[:2] == ("film declare", "film list")
    assert group("status", KNOWN) == group("fil", KNOWN) == group("", KNOWN) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("film", "film is several commands: say which."),
        ("film frobnicate", "There is no command 'film frobnicate'."),
        ("film aknowledge", "There is no command 'film aknowledge'. Did you mean film ack?"),
        ("film acknowledge I7", "Did you mean film ack?"),
        ("film delcare", "Did you mean film declare?"),
        ("film I7", "There is no command 'film i7'."),
        ("film --for", "There is no command 'film --for'."),
    ],
)
def test_a_mistake_inside_a_group_lists_the_group(text: str, message: str) -> None:
    error = mistake(text)
    assert error.message.endswith(message)
    assert error.hint == "film: declare, list, show, ack, burn"


@pytest.mark.parametrize(
    ("text", "close"),
    [
        ("flim ack I7", "film ack"),
        ("flim akc I7", "film ack"),
        ("flim I7", "film"),
        ("flim", "film"),
        ("burn I7", "film burn"),
        ("wind", "reel wind"),
        ("statsu", "status"),
    ],
)
def test_a_mistyped_first_word_is_looked_for_in_groups_too(text: str, close: str) -> None:
    error = mistake(text)
    assert error.message.endswith(f"Did you mean {close}?")
    assert error.hint == f"/filmops help {close}"


def test_words_that_fit_nothing_are_answered_with_help() -> None:
    for text in ("xyzzy ack", "'' ack", "''"):
        assert mistake(text).hint == "/filmops help", text


def test_what_is_missing_or_too_much_is_said_with_the_whole_name() -> None:
    error = mistake("film ack")
    assert error.message == "film ack needs FILM."
    assert error.hint == usage(KNOWN["film ack"]) == "/filmops film ack FILM [REASON…]"


words = st.sampled_from(["film", "ack", "acknowledge", "reel", "help", "why", "'", "--film", ""])


@unhurried
@given(st.lists(words | st.text(max_size=20), max_size=6).map(" ".join))
@example("why film ack")
@example("help film")
def test_no_words_raise_anything_but_a_mistake(text: str) -> None:
    with suppress(UserError):
        operation, params = parse(text, KNOWN, TOPOLOGY, NOW)
        assert isinstance(params, operation.params)


async def test_it_is_answered_and_audited_as_typed(stage: Stage) -> None:
    assert said(await stage.type("film ack I7 I see it")) == "I7: I see it"
    (row,) = await stage.rows()
    assert row.entry.detail == {"words": "film ack I7 I see it"}


async def test_one_that_changes_something_is_asked_for_and_run_under_its_whole_name(
    stage: Stage,
) -> None:
    request = await stage.ask("film burn alien it is old")
    await stage.approve(request.id)
    await stage.until_quiet()
    assert (await stage.run()).operation == "film burn"
    assert "film burn" in await shown(stage, "operations")
    details = [row.entry.detail for row in await stage.rows() if row.entry.action == "request"]
    assert details[0]["operation"] == "film burn"


async def test_why_takes_a_command_of_two_words(stage: Stage) -> None:
    assert "would need 1 approval" in said(await stage.type("why film burn alien"))
    assert "answers at once" in said(await stage.type("why film show alien"))
    with pytest.raises(UserError, match="film is several commands"):
        await stage.type("why film")


async def test_help_explains_a_group_and_each_of_it(stage: Stage) -> None:
    listed = await shown(stage, "help")
    assert "`/filmops film` declare, list, show, ack and burn: `/filmops help film`" in listed
    assert "`/filmops reel wind FILM [REASON…]`" in listed
    whole = await shown(stage, "help film")
    assert "`/filmops film burn FILM [REASON…]` Burn a film." in whole
    for text in ("help film burn", "help film burn alien", "help /FILM BURN"):
        one = await shown(stage, text)
        assert one.startswith("/filmops film burn\nBurn a film.")
    with pytest.raises(UserError, match="Did you mean film ack"):
        await stage.type("help film acknowledge")
