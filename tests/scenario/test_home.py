"""The Home tab: what waits for me, and the quick ways in."""

from __future__ import annotations

import pytest

from blocks import ids
from tests.scenario.outside import words
from tests.scenario.studio import Studio, until

pytestmark = pytest.mark.scenario


async def test_the_dialog_asks_as_the_command_does(studio: Studio) -> None:
    home = await studio.opens_home("U0ANA")
    assert "Waiting for your approval:* none" in words(home)
    assert "backend" in words(home)
    await studio.on_home("U0ANA", ids.HOME_ROLLBACK)
    dialog = await studio.modal("U0ANA")
    assert "a second person approves it" in words(dialog)
    values = {ids.ROLLBACK_SERVICE: "backend", ids.ROLLBACK_REASON: "checkout is on fire"}
    await studio.outside.slack.tell(
        "act/submit", user="U0ANA", view_id=dialog["id"], values=values, deliver=3
    )
    assert "R1 is waiting in" in await studio.answer("U0ANA")
    await studio.card_says("waiting for 1 approval", "checkout is on fire")
    assert (await studio.outside.slack.ask("views", user="U0ANA"))["views"] == []
    assert len(await studio.app.world.store.requests.recent()) == 1
    assert [action for _, action in await studio.told()] == ["form", "request"]

    mine = words(await studio.opens_home("U0BEN", deliver=3))
    assert "R1 rollback backend" in mine
    assert len(await studio.calls("views.publish")) == 2
    await studio.on_home("U0BEN", ids.HOME_SHOW)
    assert "checkout is on fire" in await studio.answer("U0BEN")
    await studio.on_home("U0BEN", ids.HOME_STATUS)
    assert "Backend API" in await studio.answer("U0BEN")
    await studio.on_home("U0BEN", ids.HOME_REFRESH)
    await until(lambda: _published(studio, 3), "the tab again")


async def test_everybody_sees_what_they_may_do(studio: Studio) -> None:
    auditor = await studio.opens_home("U0EVE")
    assert ids.HOME_ROLLBACK not in str(auditor)
    assert ids.HOME_STATUS in str(auditor)
    stranger = await studio.opens_home("U0GUEST", team_id="T0SANDBOX")
    assert "You hold no role in FilmOps." in words(stranger)


async def _published(studio: Studio, times: int) -> bool:
    return len(await studio.calls("views.publish")) == times
