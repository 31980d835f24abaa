"""A word that names a service or a person is looked up; any other is told the nearest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import Field

from bot.domain.message import Message
from bot.engine.known import only_service
from bot.engine.operation import Context, Operation, Params
from bot.engine.words import parse, typed
from bot.errors import Refused, UserError
from bot.topology import Risk, Topology, load
from tests.stage import SHIPPED

pytestmark = pytest.mark.unit

TOPOLOGY = load(SHIPPED)
NOW = datetime(2026, 11, 24, 3, 10, tzinfo=UTC)


class CastParams(Params):
    """Somebody for a part, and a stand-in."""

    actor: str = Field(json_schema_extra={"names": "people"})
    for_: str = Field(
        default="none", json_schema_extra={"names": "people", "also": ["none"], "option": True}
    )


async def answer(context: Context, params: CastParams) -> Message:
    return Message(text=params.actor)


CAST = Operation(name="cast", summary="Cast.", risk=Risk.READ, params=CastParams, answer=answer)


def cast(text: str, topology: Topology = TOPOLOGY) -> dict[str, Any]:
    _, params = parse(f"cast {text}", {"cast": CAST}, topology, NOW)
    return params.model_dump()


def mistake(text: str, topology: Topology = TOPOLOGY) -> UserError:
    with pytest.raises(UserError) as raised:
        cast(text, topology)
    return raised.value


@pytest.mark.parametrize(
    "text",
    [
        "<@U0CHLOE|chloe>",
        "<@U0CHLOE>",
        "U0CHLOE",
        "chloe",
        "Chloe",
        "@chloe",
        "'Chloe Tan'",
        "\u201cchloe tan\u201d",
    ],
)
def test_a_person_is_mentioned_or_named(text: str) -> None:
    assert cast(text) == {"actor": "U0CHLOE", "for_": "none"}
    assert cast(f"ana --for {text}") == {"actor": "U0ANA", "for_": "U0CHLOE"}


def test_somebody_mentioned_need_not_be_in_the_topology() -> None:
    assert cast("<@U0GUEST|zoe>")["actor"] == "U0GUEST"


def test_a_dialog_and_a_stored_request_give_the_id() -> None:
    params = typed(CAST, {"actor": "U0BEN", "for_": "none"}, TOPOLOGY, NOW)
    assert params.model_dump() == {"actor": "U0BEN", "for_": "none"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chlo", "There is no actor 'chlo'. Did you mean chloe?"),
        ("'Chloe Tann'", "There is no actor 'chloe tann'. Did you mean chloe?"),
        ("xyzzy", "There is no actor 'xyzzy'."),
        ("u0chloe", "There is no actor 'u0chloe'. Did you mean chloe?"),
        ("<!channel>", "There is no actor 'channel'."),
        ("<@U0ANA|ana>,", "There is no actor '<@u0ana|ana>,'."),
    ],
)
def test_nobody_of_that_name_says_the_nearest_and_all_there_are(text: str, message: str) -> None:
    error = mistake(text)
    assert error.message == message
    assert error.hint == "actor: ana, ben, chloe, dana, eve"


def test_a_mistake_in_an_option_names_it_and_what_else_it_takes() -> None:
    error = mistake("ana --for bbn")
    assert error.message == "There is no for 'bbn'. Did you mean ben?"
    assert error.hint == "for: ana, ben, chloe, dana, eve, none"


def test_a_name_two_people_share_means_neither() -> None:
    ben = TOPOLOGY.people["ben"].model_copy(update={"name": "Ana Okafor"})
    two = TOPOLOGY.model_copy(update={"people": {**TOPOLOGY.people, "ben": ben}})
    assert cast("ana", two)["actor"] == "U0ANA"
    assert "There is no actor 'ana okafor'." in mistake("'Ana Okafor'", two).message


def test_a_key_is_never_somebody_elses_name() -> None:
    ben = TOPOLOGY.people["ben"].model_copy(update={"name": "Ana"})
    two = TOPOLOGY.model_copy(update={"people": {**TOPOLOGY.people, "ben": ben}})
    assert cast("ana", two)["actor"] == "U0ANA"


def test_a_declaration_that_looks_up_what_there_is_not_is_a_bug() -> None:
    class OddParams(Params):
        star: str = Field(json_schema_extra={"names": "stars"})

    odd = Operation(name="odd", summary="Odd.", risk=Risk.READ, params=OddParams, answer=answer)
    with pytest.raises(ValueError, match="looks nothing up in 'stars'"):
        typed(odd, {"star": "x"}, TOPOLOGY, NOW)


def test_the_only_service_of_production_needs_no_name() -> None:
    assert only_service(TOPOLOGY, None) == "backend"
    assert only_service(TOPOLOGY, "backend-staging") == "backend-staging"


def test_where_there_are_two_services_one_must_be_named() -> None:
    backend = TOPOLOGY.services["backend"]
    two = {**TOPOLOGY.services, "web": backend.model_copy(update={"key": "web"})}
    with pytest.raises(Refused) as raised:
        only_service(TOPOLOGY.model_copy(update={"services": two}), None)
    assert raised.value.hint == "/filmops rollback backend"
    assert "backend, backend-staging, web" in raised.value.message
