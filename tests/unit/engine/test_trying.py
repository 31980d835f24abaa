"""Asking the product itself: what is wrong with it, in words, and how long one asks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.adapters.memory.probe import MemoryAnswer
from bot.engine.step import Back, Hold, Wait, Work
from bot.engine.trying import LOOKS, fine, look_again, wait_on, wrong_with
from bot.topology import Colour
from tests.stage import Stage

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.answer_with("v1.4.2")
    return stage


async def wrong(stage: Stage, version: str = "v1.4.2") -> str:
    service = stage.topology.services["backend"]
    return await wrong_with(stage.world, service, version, flows=service.critical_flows)


def answers(stage: Stage, path: str, answer: MemoryAnswer | None, method: str = "GET") -> None:
    stage.probe.answers["backend", method, path] = answer


async def test_nothing_is_wrong_with_a_product_that_answers_as_it_should(stage: Stage) -> None:
    assert await wrong(stage) == ""
    service = stage.topology.services["backend"]
    assert fine(service, "v1.4.2", service.critical_flows) == (
        "/version says v1.4.2, /health is fine, login works."
    )


async def test_another_version_is_named(stage: Stage) -> None:
    assert await wrong(stage, "v1.4.3") == "v1.4.2 answers, not v1.4.3"


@pytest.mark.parametrize("body", ["v1.4.2", "[]", '"v1"', "{}", ""])
async def test_an_answer_of_another_form_cannot_be_compared(stage: Stage, body: str) -> None:
    answers(stage, "/version", MemoryAnswer(body=body))
    assert await wrong(stage, "v9") == ""


async def test_what_has_no_tag_is_not_compared_either(stage: Stage) -> None:
    assert await wrong(stage, "untagged") == ""


async def test_each_thing_that_does_not_answer_is_named(stage: Stage) -> None:
    flow = stage.topology.services["backend"].critical_flows[0]
    answers(stage, flow.path, MemoryAnswer(status=503), flow.method)
    assert await wrong(stage) == f"{flow.name} says answered 503, expected {flow.expect}"
    answers(stage, "/health", None)
    assert await wrong(stage) == "/health says ConnectError: refused"
    answers(stage, "/version", MemoryAnswer(status=500))
    assert await wrong(stage) == "the version path says answered 500, expected 2xx"


async def test_a_colour_s_own_address_is_asked_instead(stage: Stage) -> None:
    service = stage.topology.services["backend"]
    said = await wrong_with(stage.world, service, "v1", flows=(), colour=Colour.GREEN)
    assert "404" in said


def work(stage: Stage, **progress: int) -> Work:
    return Work(
        world=stage.world,
        run=1,
        args={},
        progress=progress,
        started_at=stage.clock.now(),
        fence=lambda: None,
    )


def test_it_is_looked_at_so_often_and_then_a_person_or_the_way_back(stage: Stage) -> None:
    again = look_again(work(stage), "no")
    assert again == Wait(seconds=2.0, progress={"looks": 1, "said": "no"})
    last = work(stage, looks=LOOKS - 1)
    assert look_again(last, "no") == Hold(said="no (15 looks).")
    assert look_again(last, "no", then=Back) == Back(said="no (15 looks).")


def test_what_takes_minutes_is_looked_at_seldomer_and_not_for_ever(stage: Stage) -> None:
    given = work(stage, looks=2)
    waits = wait_on(given, "Coming.", 60, shown=3)
    assert isinstance(waits, Wait)
    assert waits.progress == {"looks": 3, "said": "Coming.", "shown": 3}
    late = wait_on(work(stage, looks=99), "Coming.", 60)
    assert isinstance(late, Wait)
    assert late.seconds == 15.0
    stage.clock.advance(timedelta(seconds=61).total_seconds())
    assert wait_on(given, "Coming.", 60) == Hold(said="Coming. That takes longer than 60 s.")
