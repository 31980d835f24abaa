"""A plan with boxes: people tick them in a dialog, and nobody approves before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blocks import ids
from bot.domain.audit import Entry
from bot.domain.checklist import Box, Check, Found
from bot.domain.request import RequestState
from tests.scenario.outside import Json
from tests.scenario.studio import Studio

pytestmark = pytest.mark.scenario

BOXES = (
    Box(key="plan", title="The rollback plan is documented"),
    Box(key="told", title="Stakeholders have been told"),
)
CHECKS = (Check(title="All tests pass", found=Found.OK, said="12 checks of 3f2a91c"),)


async def boxed(studio: Studio) -> None:
    """R2: the rollback of the backend with a checklist, which asks what R1 asked."""
    await studio.asks("/filmops rollback backend")
    await studio.clicks("U0ANA", ids.REJECT)
    requests = studio.app.world.store.requests
    asked = await requests.get(1)
    assert asked is not None
    plan = replace(asked.plan, boxes=BOXES, checks=CHECKS)
    entry = Entry(actor=asked.actor, action="request", subject=asked.plan.resource)
    await requests.open(replace(asked, plan=plan, state=RequestState.PLANNED), entry)
    await studio.card_says("waiting for 2 ticks and 1 approval", request=2)


async def opens(studio: Studio, who: str) -> Json:
    """The checklist's dialog in front of somebody."""
    await studio.press(who, ids.CHECKLIST, 2)
    return await studio.modal(who)


async def sends(studio: Studio, who: str, view: Json, *keys: str) -> str:
    """Tick these boxes and no others, and send it off; what they are answered."""
    values = {f"{ids.CHECKLIST_BOXES}.0": list(keys)}
    await studio.outside.slack.tell("act/submit", user=who, view_id=view["id"], values=values)
    return await studio.answer(who)


async def test_boxes_are_ticked_in_a_dialog_by_name_before_anybody_approves(
    studio: Studio,
) -> None:
    await boxed(studio)
    await studio.card_says("✅ ok: All tests pass. 12 checks of 3f2a91c", request=2)

    refused = await studio.clicks("U0BEN", ids.APPROVE, 2)
    assert "checklist_open" in refused
    assert "“The rollback plan is documented” and “Stakeholders have been told”" in refused

    answer = await sends(studio, "U0CHLOE", await opens(studio, "U0CHLOE"), "plan")
    assert "Still open on R2: Stakeholders have been told." in answer
    await studio.card_says(
        "waiting for 1 tick and 1 approval",
        "☑ The rollback plan is documented: ticked by <@U0CHLOE>",
        "☐ open: Stakeholders have been told",
        request=2,
    )

    view = await opens(studio, "U0ANA")
    (field, _) = view["blocks"]
    assert [one["value"] for one in field["element"]["initial_options"]] == ["plan"]
    answer = await sends(studio, "U0ANA", view, "plan", "told")
    assert "Every box of R2 is ticked." in answer
    assert "Approved. R2" in await studio.clicks("U0BEN", ids.APPROVE, 2)
    await studio.card_says("done in", request=2)
    ticks = await studio.app.world.store.ticks.of("R2")
    assert {tick.key: tick.actor for tick in ticks} == {"plan": "U0CHLOE", "told": "U0ANA"}
    told = [row.entry for row in await studio.audit() if row.entry.action == "checklist"]
    assert [(e.actor, e.detail["ticked"]) for e in told] == [
        ("U0CHLOE", ["plan"]),
        ("U0ANA", ["told"]),
    ]
