"""Boxes a person answers for: ticked by name; nobody approves before all are."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from blocks import ids
from bot.domain.checklist import Box
from bot.domain.message import Message, View
from bot.domain.plan import Plan
from bot.domain.request import Answer, RequestState
from bot.engine.approvals import decide
from bot.engine.operation import Context
from bot.errors import Refused
from handlers import ACTIONS, OPERATIONS
from handlers.rollback import OPERATION, plan
from tests.stage import ANA, BEN, CHLOE, EVE, NOBODY, Stage, said
from tests.unit.blocks.seeing import buttons, good, good_view, read

pytestmark = pytest.mark.unit

BOXES = (Box(key="plan", title="The rollback plan is documented"), Box(key="told", title="Told"))


async def boxed(context: Context, params: Any) -> Plan:
    return replace(await plan(context, params), boxes=BOXES)


@pytest.fixture
def stage() -> Stage:
    others = tuple(one for one in OPERATIONS if one.name != "rollback")
    return Stage(operations=(replace(OPERATION, plan=boxed), *others))


async def opens(stage: Stage, who: str = BEN, subject: str = "R1") -> View:
    view = await ACTIONS[ids.CHECKLIST](stage.counter, stage.click(ids.CHECKLIST, subject, who))
    assert isinstance(view, View)
    return good_view(view)


async def sends(stage: Stage, view: View, *keys: str, who: str = BEN) -> str:
    fields = {f"{ids.CHECKLIST_BOXES}.0": "\n".join(keys)}
    click = stage.click(ids.CHECKLIST_MODAL, view.payload["private_metadata"], who, **fields)
    return said(await ACTIONS[ids.CHECKLIST_MODAL](stage.counter, click))


async def ticked(stage: Stage) -> list[tuple[str, str]]:
    return [(tick.key, tick.actor) for tick in await stage.world.store.ticks.of("R1")]


async def refused(doing: Awaitable[object], code: str) -> Refused:
    with pytest.raises(Refused) as raised:
        await doing
    assert raised.value.code == code
    return raised.value


async def card(stage: Stage) -> Message:
    await stage.publisher.publish()
    return good(stage.chat.messages("ops-alerts")[0].message)


def chosen(view: View) -> Sequence[str]:
    (first, _) = view.payload["blocks"]
    return [one["value"] for one in first["element"].get("initial_options", ())]


async def test_nobody_approves_while_a_box_is_open_and_is_told_which(stage: Stage) -> None:
    await stage.ask()
    await sends(stage, await opens(stage), "plan")
    refusal = await refused(stage.approve(1), "checklist_open")
    assert refusal.message == "Nobody has ticked “Told” on the checklist of R1 yet."
    assert "Checklist…" in refusal.hint
    assert (await stage.rows())[-1].entry.detail == {"code": "checklist_open"}
    assert (await stage.request()).state is RequestState.PLANNED
    assert stage.jobs.waiting == []


async def test_with_every_box_ticked_it_is_approved_as_ever(stage: Stage) -> None:
    await stage.ask()
    assert await sends(stage, await opens(stage), "plan", "told") == "R1: every box is ticked."
    assert "Approved. R1" in await stage.approve(1, CHLOE)
    await stage.until_quiet(seconds=0)
    assert (await stage.request()).state is RequestState.STARTED


async def test_a_no_needs_no_box(stage: Stage) -> None:
    await stage.ask()
    assert "is rejected" in await stage.reject(1)


async def test_who_ticked_what_is_on_the_card_in_words(stage: Stage) -> None:
    await stage.ask()
    words = read(await card(stage))
    assert "waiting for 2 ticks and 1 approval" in words
    assert "☐ open: The rollback plan is documented" in words
    stage.clock.advance(2)
    await sends(stage, await opens(stage), "plan")
    shown = await card(stage)
    assert "☑ The rollback plan is documented: ticked by <@U0BEN> 20" in read(shown)
    assert "*Still needed:* 1 tick on the checklist, then 1 approval from" in read(shown)
    assert buttons(shown)[ids.CHECKLIST] == "R1"


async def test_who_asked_may_tick_and_ticking_is_audited(stage: Stage) -> None:
    await stage.ask()
    assert await sends(stage, await opens(stage, ANA), "told", who=ANA) == (
        "R1: still open: The rollback plan is documented."
    )
    entry = (await stage.rows())[-1].entry
    assert (entry.actor, entry.action, entry.subject) == (ANA, "checklist", "R1")
    assert entry.detail == {"ticked": ["told"], "unticked": []}


async def test_only_what_one_saw_ticked_is_unticked(stage: Stage) -> None:
    await stage.ask()
    early = await opens(stage, CHLOE)
    await sends(stage, await opens(stage), "plan")
    await sends(stage, early, "told", who=CHLOE)
    assert await ticked(stage) == [("plan", BEN), ("told", CHLOE)]
    later = await opens(stage, CHLOE)
    assert chosen(later) == ["plan", "told"]
    await sends(stage, later, "told", who=CHLOE)
    assert await ticked(stage) == [("told", CHLOE)]


async def test_a_dialog_sent_twice_ticks_once(stage: Stage) -> None:
    await stage.ask()
    view = await opens(stage)
    await sends(stage, view, "plan")
    rows = len(await stage.rows())
    await sends(stage, view, "plan")
    assert len(await stage.rows()) == rows


async def test_keys_nobody_was_shown_are_not_kept(stage: Stage) -> None:
    await stage.ask()
    await sends(stage, await opens(stage), "forged")
    assert await ticked(stage) == []


@pytest.mark.parametrize(("who", "code"), [(EVE, "not_permitted"), (NOBODY, "unknown_person")])
async def test_who_may_not_ask_for_it_may_not_tick_and_is_written_down(
    stage: Stage, who: str, code: str
) -> None:
    await stage.ask()
    await refused(opens(stage, who), code)
    await refused(sends(stage, await opens(stage), "plan", who=who), code)
    assert (await stage.actions())[-2:] == ["checklist.refused", "checklist.refused"]
    assert await ticked(stage) == []


async def test_what_is_decided_has_a_closed_checklist(stage: Stage) -> None:
    await stage.ask()
    view = await opens(stage)
    await stage.reject(1)
    refusal = await refused(sends(stage, view, "plan"), "already_decided")
    assert "R1 is rejected already: its checklist is closed." in refusal.message
    late = await refused(stage.approve(1, CHLOE), "already_decided")
    assert "rejected it" in late.message


async def test_past_its_time_it_has_expired_whatever_is_ticked(stage: Stage) -> None:
    await stage.ask()
    stage.clock.advance(901)
    await refused(decide(stage.world, stage.asking(BEN), 1, Answer.APPROVE), "expired")


@pytest.mark.parametrize("value", ["", "1", "R", "R99", "I1", "R1x", "R" + "9" * 16])
async def test_a_button_that_carries_no_checklist_opens_none(stage: Stage, value: str) -> None:
    await stage.ask()
    await refused(opens(stage, BEN, value), "unknown_request")


@pytest.mark.parametrize("value", ["", "{}", "[]", "[", json.dumps(["R99"]), "7"])
async def test_a_dialog_that_carries_none_ticks_nothing(stage: Stage, value: str) -> None:
    await stage.ask()
    click = stage.click(ids.CHECKLIST_MODAL, value)
    await refused(ACTIONS[ids.CHECKLIST_MODAL](stage.counter, click), "unknown_request")
