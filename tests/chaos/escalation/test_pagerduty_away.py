"""PagerDuty throttles, breaks, hangs, is gone, or takes a page and rings nobody.

What is not PagerDuty's last word is tried again until it is; what is, passes the page on to the
next level at once, aloud. Waiting for a look at a page is shortened where that is not the point.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.adapters.pagerduty_errors import THROTTLED_SECONDS
from bot.domain.incident import PageState
from bot.engine.paging import PARALLEL
from tests.chaos.escalation.ladder import FAR
from tests.chaos.escalation.scene import Scene

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120)]

THROTTLED: dict[str, Any] = {"kind": "status", "status": 429}


async def test_a_page_that_is_not_taken_is_tried_again_and_delays_no_other_level(
    ladders: Scene,
) -> None:
    async def through(name: str, *, failures: int, **fault: Any) -> None:
        async with ladders.story() as story:
            await story.phones.fault(times=failures, **fault)
            await story.scheduler()
            incident = await story.incident()
            await story.rung(incident, name=f"{name}:")
            assert (await story.page(incident, 1)).failures == failures

    await asyncio.gather(
        through("429 with a time", **THROTTLED, headers={"ratelimit-reset": "1"}, failures=2),
        through("500", kind="status", status=500, failures=1),
        through("cut before it was taken", kind="refuse", failures=1),
        through("taken, and the answer lost", kind="drop", failures=1),
    )
    # Not beside those: a scheduler that stands still for longer than a page's lease, as one of many
    # may, does not write what came of its attempt.
    await asyncio.gather(
        _throttled_without_a_time(ladders),
        _every_call_of_level_one_hangs(ladders),
        _connections_are_refused(ladders),
    )


async def _throttled_without_a_time(ladders: Scene) -> None:
    async with ladders.story() as story:
        await story.phones.fault(**THROTTLED)
        await story.scheduler()
        incident = await story.incident()
        await story.rung(incident, levels=(2, 3), name="429 without a time:")
        page = await story.page(incident, 1)
        assert page.state is PageState.WAITING
        assert page.first_at is not None
        assert page.next_at is not None
        assert (page.next_at - page.first_at).total_seconds() >= THROTTLED_SECONDS


async def _every_call_of_level_one_hangs(ladders: Scene) -> None:
    async with ladders.story() as story:
        await story.phones.fault("latency", seconds=60, times=None)
        await story.scheduler()
        incidents = [await story.incident() for _ in range(PARALLEL + 2)]
        await story.rung(*incidents, levels=(2, 3), name="level 1 hangs:")


async def _connections_are_refused(ladders: Scene) -> None:
    async with ladders.story() as story:
        await story.phones.listen(on=False)
        await story.scheduler()
        incident = await story.incident()
        # Level 3 has come due, too.
        await story.page_is(incident, 3, PageState.WAITING)
        await story.phones.listen(on=True)
        await story.rung(incident, name="connections refused for a while:")


async def test_a_page_that_reaches_nobody_is_said_aloud_and_the_next_level_is_paged_at_once(
    ladders: Scene,
) -> None:
    async def maintenance() -> None:
        async with ladders.story() as story:
            await story.phones.maintain(1)
            await story.scheduler(hasty=True)
            incident = await story.incident(FAR)
            await story.rung(incident, levels=(2,), name="202 without an incident:")
            await story.page_is(incident, 1, PageState.UNCONFIRMED)
            assert "made no incident of it" in await story.told(incident)

    async def nobody_there() -> None:
        async with ladders.story() as story:
            await story.phones.leave(1)
            await story.scheduler(hasty=True)
            incident = await story.incident(FAR)
            await story.rung(incident, levels=(2,), name="nobody on call:")
            page = await story.page(incident, 1)
            assert page.state in (PageState.SKIPPED, PageState.UNCONFIRMED)
            assert page.said in await story.told(incident)

    async def wrong_key() -> None:
        async with ladders.story() as story:
            wrong = {"PAGERDUTY_ROUTING_KEY_L1": "R-NOBODYS"}
            await story.scheduler(environment=wrong)
            incident = await story.incident(FAR)
            await story.rung(incident, levels=(2,), name="a wrong routing key:")
            page = await story.page_is(incident, 1, PageState.REFUSED)
            assert page.failures == 0
            assert "PAGERDUTY_ROUTING_KEY_L1" in await story.told(incident)

    await asyncio.gather(maintenance(), nobody_there(), wrong_key())
