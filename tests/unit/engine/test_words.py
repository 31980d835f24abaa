"""Whatever is typed comes to an operation with params, or to a sentence that says how to say it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import Field

from bot.domain.message import Message
from bot.engine.holding import HeldFor
from bot.engine.operation import Context, Operation, Params
from bot.engine.words import MOST, parse, plain, split, typed, usage
from bot.errors import Refused, UserError
from bot.topology import Colour, Risk, load
from handlers import OPERATIONS
from tests.stage import SHIPPED
from tests.unit.blocks.seeing import HOSTILE, unhurried

pytestmark = pytest.mark.unit

TOPOLOGY = load(SHIPPED)
NOW = datetime(2026, 11, 24, 3, 10, tzinfo=UTC)
KNOWN = {operation.name: operation for operation in OPERATIONS}

verbs = st.sampled_from([*KNOWN, "rollbak", "STATUS", "'", '"', "--"])
pieces = st.one_of(
    verbs,
    st.sampled_from(["backend", "all", "--to", "--to=green", "--for", "R42", "<@U1|ana>", "—for"]),
    st.text(max_size=30),
)


def understood(text: str) -> tuple[Operation, Params]:
    return parse(text, KNOWN, TOPOLOGY, NOW)


def mistake(text: str) -> UserError:
    with pytest.raises(UserError) as raised:
        understood(text)
    return raised.value


@unhurried
@given(st.one_of(st.text(), st.sampled_from(HOSTILE), st.lists(pieces, max_size=8).map(" ".join)))
@example("lock backend x --for " + "999999d" * 280)
@example("show R" + "9" * 400)
@example("rollback " + "\\" * 99)
def test_no_text_ever_raises_anything_but_a_mistake_or_a_refusal(text: str) -> None:
    with suppress(UserError, Refused):
        operation, params = understood(text)
        assert isinstance(params, KNOWN[operation.name].params)


@unhurried
@given(st.dictionaries(st.sampled_from(["service", "to", "reason", "x"]), st.text() | st.none()))
def test_no_dialog_ever_raises_anything_but_a_mistake(values: dict[str, str | None]) -> None:
    with suppress(UserError):
        params = typed(KNOWN["rollback"], values, TOPOLOGY, NOW)
        assert isinstance(params, KNOWN["rollback"].params)


@pytest.mark.parametrize("text", ["", "   ", "\t\n", "help"])
def test_nothing_typed_is_a_call_for_help(text: str) -> None:
    assert understood(text)[0].name == "help"


@pytest.mark.parametrize(
    "text",
    [
        "rollback backend --to green it is slow",
        "ROLLBACK Backend it is slow --to=green",
        "rollback --to green backend it is slow",
        "rollback backend —to Green it is slow",
        "rollback backend it is slow --to=GREEN",
        "rollback backend 'it is slow' --TO green",
        "rollback backend \u201cit is slow\u201d --to green",
    ],
)
def test_one_meaning_has_many_spellings(text: str) -> None:
    operation, params = understood(text)
    assert operation.name == "rollback"
    assert params.model_dump() == {
        "service": "backend",
        "to": Colour.GREEN,
        "via": "filmops",
        "reason": "it is slow",
    }


@pytest.mark.parametrize(
    "text",
    [
        "rollback --to green --reason it is slow",
        "rollback --reason it is slow --to green",
        "rollback --reason=it is slow --to=green",
        "rollback --to=green --reason= it is slow",
        "rollback --REASON 'it is slow' --to green",
    ],
)
def test_the_last_words_may_be_named_where_nothing_comes_before_them(text: str) -> None:
    _, params = understood(text)
    shown = params.model_dump(exclude={"via"})
    assert shown == {"service": None, "to": Colour.GREEN, "reason": "it is slow"}


@pytest.mark.parametrize(
    ("text", "whole"), [("incident list", False), ("incident list --all", True)]
)
def test_an_option_that_is_yes_or_no_takes_no_word(text: str, *, whole: bool) -> None:
    operation, params = understood(text)
    assert params.model_dump() == {"all_": whole}
    assert usage(operation) == "/filmops incident list [--all]"


@pytest.mark.parametrize("text", ["lock debugging the login", "status zzz", "freeze zzz now"])
def test_where_a_service_must_be_named_no_other_way_is_offered(text: str) -> None:
    assert "comes first" not in mistake(text).message


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("rolback", "Did you mean rollback?", "/filmops help rollback"),
        ("xyzzy", "There is no command 'xyzzy'.", "/filmops help"),
        ("rollback backnd", "Did you mean backend?", "service: backend, backend-staging"),
        ("rollback zzz", "There is no service 'zzz'.", "service: backend"),
        (
            "rollback --to green too slow",
            "SERVICE comes first; to leave it out, write --reason and then your words.",
            "service: backend, backend-staging",
        ),
        ("rollback x --reason", "--reason needs a value.", "/filmops rollback"),
        ("rollback backend slow --reason x", "--reason is given twice.", "/filmops rollback"),
        ("lock backend --for 1h --for 2h x", "--for is given twice.", "/filmops lock"),
        ("rollback backend --too green", "Did you mean --to?", "/filmops rollback [SERVICE]"),
        ("rollback backend --xyz 1", "rollback has no --xyz.", "/filmops rollback"),
        ("rollback backend --to", "--to needs a value.", "/filmops rollback"),
        ("rollback --to=blue --to green", "--to is given twice.", "/filmops rollback"),
        ("rollback backend --to red", "to 'red' does not fit", "/filmops rollback"),
        ("status backend now", "'now' is one word too many.", "/filmops status [SERVICE]"),
        ("lock", "lock needs SERVICE. For example: ", "/filmops lock SERVICE REASON… [--for FOR]"),
        ("lock backend", "lock needs REASON.", "/filmops lock SERVICE"),
        ("lock backend x --for 8d", "7d is the longest", "/filmops lock"),
        ("lock backend x --for soon", "write a time like 30m", "/filmops lock"),
        ("show", "show needs REQUEST. For example: /filmops show R42", "/filmops show REQUEST"),
    ],
)
def test_a_mistake_says_what_and_how_to_say_it(text: str, message: str, hint: str) -> None:
    error = mistake(text)
    assert message in error.message
    assert error.hint.startswith(hint)


def test_a_paste_is_a_mistake_and_not_looked_at() -> None:
    error = mistake("x" * (MOST + 1))
    assert "2,001 characters long; 2,000 are the most" in error.message


def test_a_long_mistyped_word_is_not_repeated_whole() -> None:
    assert len(mistake("y" * 1500).message) < 100


def test_an_odd_quote_is_only_a_character() -> None:
    assert split("rollback backend it's slow") == ["rollback", "backend", "it's", "slow"]


def test_what_slack_escaped_is_taken_apart() -> None:
    assert plain("<@U0ANA|ana>") == "U0ANA"
    assert plain("<#C1|ops>") == "C1"
    assert plain("<http://a.example|a.example>") == "http://a.example"
    assert plain("a<b") == "a<b"


def test_a_duration_is_typed() -> None:
    _, params = understood("freeze all tonight --for 1h30m")
    assert params.model_dump()["for_"] == timedelta(minutes=90)


def test_usage_derives_from_the_declaration() -> None:
    assert usage(KNOWN["rollback"]) == "/filmops rollback [SERVICE] [--to TO] [--via VIA] [REASON…]"
    assert usage(KNOWN["lock"]) == "/filmops lock SERVICE REASON… [--for FOR]"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_example_is_understood(operation: Operation) -> None:
    for example_text in operation.examples:
        assert understood(example_text)[0] is operation


def test_a_dialog_s_name_that_is_not_there_is_a_mistake() -> None:
    with pytest.raises(UserError, match="Did you mean backend"):
        typed(KNOWN["rollback"], {"service": "backnd"}, TOPOLOGY, NOW)
    with pytest.raises(UserError, match="at most 500"):
        typed(KNOWN["rollback"], {"reason": "x" * 501}, TOPOLOGY, NOW)


class StoredParams(Params):
    """A length of time, and an option of two words."""

    window: HeldFor = Field(json_schema_extra={"option": True})
    all_flows: bool = Field(default=False, json_schema_extra={"option": True})


async def nothing(context: Context, params: StoredParams) -> Message:
    return Message(text="nothing")


def test_what_was_typed_is_read_again_from_the_store() -> None:
    operation = Operation(
        name="try", summary="Try.", risk=Risk.LOW, params=StoredParams, answer=nothing
    )
    _, params = parse("try --window 1h30m --all-flows", {"try": operation}, TOPOLOGY, NOW)
    stored = params.model_dump(mode="json")
    assert stored == {"window": "5400s", "all_flows": True}
    assert typed(operation, stored, TOPOLOGY, NOW) == params
    assert usage(operation) == "/filmops try --window WINDOW [--all-flows]"


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ("db restore snap-1 as films-2", "films-2", ""),
        ("db restore snap-1 AS films-2 we lost some", "films-2", "we lost some"),
        ("db restore snap-1", None, ""),
        ("db restore snap-1 we lost some as", None, "we lost some as"),
        ("db restore snap-1 --database prod-db as films-2", "films-2", ""),
        ("db restore snap-1 --reason we lost some", None, "we lost some"),
    ],
)
def test_a_value_may_follow_a_small_word_or_be_left_out(
    text: str, name: str | None, reason: str
) -> None:
    operation, params = understood(text)
    assert operation.name == "db restore"
    assert (params.model_dump()["name"], params.model_dump()["reason"]) == (name, reason)


def test_a_small_word_needs_its_value() -> None:
    assert mistake("db restore snap-1 as").message == "as needs a value."
    assert "[as NAME]" in usage(KNOWN["db restore"])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("db migrate status", "db migrations"),
        ("DB Migrate Status --to base", "db migrations"),
        ("db migrate up", "db migrate"),
        ("db migrate down", "db downgrade"),
        ("db migrate", "db migrate"),
        ("db migrate 8c41de", "db migrate"),
    ],
)
def test_an_operation_may_have_other_words(text: str, name: str) -> None:
    assert understood(text)[0].name == name
