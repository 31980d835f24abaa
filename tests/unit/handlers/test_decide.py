"""The card's Approve and Reject do what they say, for the number they carry."""

import pytest

from blocks import ids
from bot.domain.request import RequestState
from bot.errors import Refused
from handlers.decide import ACTIONS
from tests.stage import ANA, BEN, Stage, said

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("action", "state", "words"),
    [
        (ids.APPROVE, RequestState.APPROVED, "Approved. R1"),
        (ids.REJECT, RequestState.REJECTED, "R1 is rejected; nothing was done."),
    ],
)
async def test_a_click_decides_and_says_so(action: str, state: RequestState, words: str) -> None:
    stage = Stage()
    await stage.ask()
    reply = await ACTIONS[action](stage.counter, stage.click(action, "1", BEN))
    assert words in said(reply)
    assert (await stage.request()).state is state


async def test_a_click_on_cancel_takes_back_what_was_approved() -> None:
    stage = Stage()
    request = await stage.ask()
    await stage.approve(request.id)
    stage.jobs.waiting.clear()
    reply = await ACTIONS[ids.CANCEL](stage.counter, stage.click(ids.CANCEL, "1", ANA))
    assert said(reply) == "R1 is cancelled; nothing was done."
    assert (await stage.request()).state is RequestState.CANCELLED


async def test_the_requester_s_own_yes_is_refused() -> None:
    stage = Stage()
    await stage.ask()
    with pytest.raises(Refused, match="second person"):
        await ACTIONS[ids.APPROVE](stage.counter, stage.click(ids.APPROVE, "1", ANA))
    assert (await stage.request()).state is RequestState.PLANNED


async def test_a_click_decides_about_the_plan_as_it_is_stored_and_not_as_it_was_shown() -> None:
    stage = Stage()
    request = await stage.ask()
    await ACTIONS[ids.APPROVE](stage.counter, stage.click(ids.APPROVE, "1", BEN))
    (approval,) = (await stage.request()).approvals
    assert approval.plan_hash == request.plan.hash
