"""The Home tab's buttons stand for commands and go the same way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blocks import ids
from bot.domain.message import View
from bot.engine.click import Home, Reply
from bot.engine.dispatch import Asked, Blocked
from bot.errors import Refused, Temporary, UserError
from handlers.home_tab import ACTIONS
from tests.stage import ANA, BEN, EVE, NOBODY, Stage, codes, said
from tests.unit.blocks.seeing import buttons, good_view, read

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def shown(stage: Stage, who: str) -> View:
    reply = await ACTIONS["app_home_opened"](stage.counter, stage.click("app_home_opened", who=who))
    assert isinstance(reply, Home)
    return good_view(reply.view)


@pytest.mark.parametrize("who", [ANA, BEN, EVE, NOBODY])
async def test_everybody_has_a_home(stage: Stage, who: str) -> None:
    await stage.ask()
    view = await shown(stage, who)
    assert view.payload["type"] == "home"
    assert (ids.HOME_ROLLBACK in buttons(view)) is (who in (ANA, BEN))


async def test_home_is_shown_though_pagerduty_is_away(stage: Stage) -> None:
    stage.pager.failing = Temporary("PagerDuty is away")
    assert "PagerDuty is away" in read(await shown(stage, ANA))


async def test_refreshing_shows_it_afresh(stage: Stage) -> None:
    await stage.ask()
    reply = await ACTIONS[ids.HOME_REFRESH](stage.counter, stage.click(ids.HOME_REFRESH))
    assert isinstance(reply, Home)
    assert "R1" in read(reply.view)


async def test_show_tells_the_whole_story(stage: Stage) -> None:
    await stage.ask()
    reply = await ACTIONS[ids.HOME_SHOW](stage.counter, stage.click(ids.HOME_SHOW, "1"))
    assert "R1" in said(reply)
    with pytest.raises(Refused):
        await ACTIONS[ids.HOME_SHOW](stage.counter, stage.click(ids.HOME_SHOW, "77"))


async def test_status_is_the_command(stage: Stage) -> None:
    reply = await ACTIONS[ids.HOME_STATUS](stage.counter, stage.click(ids.HOME_STATUS))
    assert said(reply)
    assert (await stage.actions()) == ["command"]


async def test_the_dialog_asks_for_nothing_before_it_is_sent_off(stage: Stage) -> None:
    reply = await ACTIONS[ids.HOME_ROLLBACK](stage.counter, stage.click(ids.HOME_ROLLBACK))
    assert isinstance(reply, View)
    assert "Backend API (staging) (backend-staging)" in read(reply)
    assert stage.tables.requests == {}


async def sent(stage: Stage, values: dict[str, str], who: str = BEN) -> Reply:
    click = replace(stage.click(ids.ROLLBACK_MODAL, who=who), values=values)
    return await ACTIONS[ids.ROLLBACK_MODAL](stage.counter, click)


async def test_the_dialog_sent_off_asks_for_the_rollback(stage: Stage) -> None:
    values = {ids.ROLLBACK_SERVICE: "backend-staging", ids.ROLLBACK_REASON: "it is slow"}
    reply = await sent(stage, values)
    assert isinstance(reply, Asked)
    assert reply.request.plan.resource == "service/backend-staging"
    assert (reply.request.actor, reply.request.reason) == (BEN, "it is slow")


async def test_the_dialog_goes_the_way_of_permission(stage: Stage) -> None:
    reply = await sent(stage, {ids.ROLLBACK_SERVICE: "backend"}, EVE)
    assert isinstance(reply, Blocked)
    assert codes(reply) == ["not_permitted"]


async def test_a_dialog_with_a_service_that_is_gone_is_a_mistake(stage: Stage) -> None:
    with pytest.raises(UserError, match="There is no service 'gone'"):
        await sent(stage, {ids.ROLLBACK_SERVICE: "gone"})
