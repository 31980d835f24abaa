"""Production goes bad at night: the patrol pages and proposes, somebody approves, it is well."""

from __future__ import annotations

import pytest

from blocks import ids
from bot.engine.patrol import patrol
from tests.scenario.studio import Studio, until

pytestmark = pytest.mark.scenario


@pytest.mark.parametrize("studio", [{"trigger_minutes": 2, "watch_minutes": 2}], indirect=True)
async def test_bad_production_is_paged_and_goes_back_when_somebody_says_so(studio: Studio) -> None:
    """The plant's blue has served 8 % errors for minutes. A period is a second here."""

    async def goes_round() -> None:
        await patrol(studio.app.world, studio.app.dispatch)

    async def proposed() -> bool:
        await goes_round()
        return bool(await studio.app.world.store.requests.recent())

    await until(proposed, "a rollback is proposed")
    shown = await studio.card_says("waiting for 1 approval")
    assert "Asked by* filmops" in shown
    assert "on blue since" in shown
    await studio.channel_says("Backend API: ")
    await studio.thread_says("R1 moves traffic back to green: it waits for approval.", request="I1")
    await studio.escalate()
    pages = [str(line["summary"]) for line in await studio.outside.pagerduty.ask("ledger")]
    assert len(pages) == 1
    assert pages[0].startswith("[P1] I1 Backend API: ")
    assert await studio.outside.aws.weights() == (100, 0)

    await studio.clicks("U0BEN", ids.APPROVE)
    await studio.card_says("done in")
    assert await studio.outside.aws.weights() == (0, 100)

    async def over() -> bool:
        await goes_round()
        return await studio.app.world.store.incidents.unresolved() == ()

    await until(over, "the incident is resolved")
    await studio.thread_says("closed minutes without it on green.", request="I1")
    told = [row for row in await studio.told() if row[0] == "filmops"]
    assert told[0][1] == "incident_opened"
    assert len(await studio.app.world.store.requests.recent()) == 1
