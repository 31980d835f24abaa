"""Each operation on capacity and data: refused, not found, in no state for it, a read denied,
drifted. Nothing happens then, and everybody who was in it is told why.
"""

from __future__ import annotations

import pytest

from blocks import ids
from tests.scenario.capacity import PLAYED, STORIES, variables
from tests.scenario.studio import Studio
from tests.scenario.telling import Story, Telling

__all__ = ["variables"]

pytestmark = [pytest.mark.scenario, PLAYED]


@pytest.mark.parametrize("story", STORIES, ids=lambda each: each.text)
async def test_nothing_is_changed_and_everybody_is_told(studio: Studio, story: Story) -> None:
    telling = Telling(studio, story)
    await telling.begins()
    refused = await telling.refused(story.text, who="U0EVE")
    assert "it may be asked for by engineer or lead or cto, and you are auditor" in refused
    for typed, said in story.absent.items():
        assert said in await telling.refused(typed)
    if story.wrong is not None:
        await telling.happens(story.wrong.comes)
        assert story.wrong.said in await telling.answer(story.wrong.text or story.text)
        await telling.happens(story.wrong.ends)
    await telling.denied_a_read()

    first = await telling.asks()
    own = await studio.clicks("U0ANA", ids.APPROVE, first)
    assert "You asked for this yourself; it needs a second person." in own
    rejected = await studio.clicks(story.approvers[0], ids.REJECT, first)
    assert f"R{first} is rejected; nothing was done." in rejected

    second = await telling.asks()
    await telling.happens(story.drift)
    await telling.agreed(second)
    stale = await studio.card_says("nothing was changed", story.moved, request=second)
    assert f"`{story.text}`" in stale
    assert await telling.called() == {}
    assert await studio.app.world.store.runs.changes() == ()
    told = await studio.told()
    assert {
        *(("U0EVE", "denied"), ("U0ANA", "blocked"), ("U0ANA", "approve.refused")),
        (story.approvers[0], "reject"),
        *((who, "approve") for who in story.approvers),
    } <= set(told)
    assert told[-1] in (("filmops", "request.stale"), ("filmops", "request.refused"))
