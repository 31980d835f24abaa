"""Boxes before a run and after it: people tick them in a dialog, by name.

One studio for both: what follows a rollback is the same dialog on another card.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from blocks import ids
from bot.domain.afterwards import BOXES as AFTERWARDS
from bot.domain.audit import Entry
from bot.domain.checklist import Box, Check, Found
from bot.domain.request import RequestState
from bot.engine.afterwards import follow_up
from tests.scenario.outside import Json, words
from tests.scenario.studio import Studio, until

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


async def opens(studio: Studio, who: str, name: str = "R2") -> Json:
    """The checklist's dialog in front of somebody, from the card whose text begins so."""

    async def there() -> Json | None:
        cards = [one for one in await studio.cards() if one["text"].startswith(name)]
        return cards[0] if cards and ids.CHECKLIST in str(cards[0]) else None

    card = await until(there, f"a checklist on the card {name}")
    assert card is not None
    await studio.outside.slack.tell(
        "act/click", user=who, channel="ops-alerts", ts=card["ts"], action_id=ids.CHECKLIST
    )
    return await studio.modal(who)


async def engineering(studio: Studio) -> str:
    """All that the team has been told in its own channel."""
    found = await studio.outside.slack.ask("messages", channel="engineering")
    return words(found["messages"])


async def sends(studio: Studio, who: str, view: Json, *keys: str) -> str:
    """Tick these boxes and no others, and send it off; what they are answered."""
    values = {f"{ids.CHECKLIST_BOXES}.0": list(keys)}
    await studio.outside.slack.tell("act/submit", user=who, view_id=view["id"], values=values)
    return await studio.answer(who)


async def test_boxes_are_ticked_by_name_before_anybody_approves_and_after_the_rollback(
    studio: Studio,
) -> None:
    await boxed(studio)
    await before_the_run(studio)
    await after_the_run(studio)


async def before_the_run(studio: Studio) -> None:
    await studio.card_says("✅ ok: All tests pass. 12 checks of 3f2a91c", request=2)

    refused = await studio.clicks("U0BEN", ids.APPROVE, 2)
    assert "checklist_open" in refused
    assert "“The rollback plan is documented” and “Stakeholders have been told”" in refused

    answer = await sends(studio, "U0CHLOE", await opens(studio, "U0CHLOE"), "plan")
    assert "R2: still open: Stakeholders have been told." in answer
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
    assert "R2: every box is ticked." in answer
    assert "Approved. R2" in await studio.clicks("U0BEN", ids.APPROVE, 2)
    await studio.card_says("done in", request=2)
    ticks = await studio.app.world.store.ticks.of("R2")
    assert {tick.key: tick.actor for tick in ticks} == {"plan": "U0CHLOE", "told": "U0ANA"}
    told = [row.entry for row in await studio.audit() if row.entry.action == "checklist"]
    assert [(e.actor, e.detail["ticked"]) for e in told] == [
        ("U0CHLOE", ["plan"]),
        ("U0ANA", ["told"]),
    ]


async def after_the_run(studio: Studio) -> None:
    await studio.types("U0CHLOE", "/filmops incident declare P2 backend logins fail")
    assert await follow_up(studio.app.world) == 1
    assert await follow_up(studio.app.world) == 0
    after = await studio.channel_says("After R2 rollback backend: ")
    assert "/filmops incident report INCIDENT" in after
    await until(lambda: engineering(studio), "a note to the team")
    assert "R2 by <@U0ANA>, approved by <@U0BEN>" in await engineering(studio)
    await until(lambda: told_engineering(studio), "the card of the note is known as posted")
    await studio.tick()
    await studio.types("U0EVE", "/filmops incident report I1")
    await studio.channel_says("3 of 5 left to do")

    view = await opens(studio, "U0BEN", "After R2")
    assert "Checklist: After R2" in words(view)
    answer = await sends(studio, "U0BEN", view, *(box.key for box in AFTERWARDS))
    assert "After R2: every box is ticked." in answer
    done = await studio.channel_says("all is done")
    assert "Document root cause: ticked by <@U0BEN>" in done
    assert "Create incident report: ticked by filmops" in done


async def told_engineering(studio: Studio) -> bool:
    card = await studio.app.world.store.cards.of("E2")
    return card is not None and card.ts is not None
