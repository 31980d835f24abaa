"""One suite on both pagers: what a page does, and what is open."""

from __future__ import annotations

import pytest

from bot.errors import ConfigurationError, OperationFailed, Temporary
from tests.contract.pager_stage import KEY, Stage, page

pytestmark = pytest.mark.contract


@pytest.fixture
def stage(pager_stage: Stage) -> Stage:
    return pager_stage


async def test_a_page_rings_the_person_on_call_of_that_level(stage: Stage) -> None:
    await page(stage, level=2)
    assert await stage.rang() == [(2, "Chloe Tan")]


async def test_a_page_sent_twice_rings_once(stage: Stage) -> None:
    await page(stage)
    await page(stage)
    assert [person for _, person in await stage.rang()] == ["Ana Okafor", None]
    assert len(await stage.pager.incidents()) == 1


async def test_the_same_key_rings_again_once_the_first_is_resolved(stage: Stage) -> None:
    await page(stage)
    await stage.resolve(KEY)
    await page(stage)
    assert [person for _, person in await stage.rang()] == ["Ana Okafor", "Ana Okafor"]


async def test_levels_do_not_share_an_incident(stage: Stage) -> None:
    await page(stage, level=1)
    await page(stage, level=3)
    services = {incident.service for incident in await stage.pager.incidents()}
    assert services == {"Level 1", "Level 3"}


async def test_an_open_incident_says_what_where_and_whose(stage: Stage) -> None:
    await page(stage)
    await stage.acknowledge(KEY)
    (incident,) = await stage.pager.incidents()
    assert (incident.title, incident.service) == ("5xx at 12 %", "Level 1")
    assert (incident.status, incident.urgency) == ("acknowledged", "high")
    assert incident.assigned_to == ("Ana Okafor",)
    assert incident.opened_at.utcoffset() is not None
    assert incident.url.startswith("http")


async def test_open_incidents_come_newest_first_without_the_resolved(stage: Stage) -> None:
    for number in (1, 2, 3):
        await page(stage, level=number, key=f"esc:{number}", summary=f"number {number}")
    await stage.resolve("esc:2")
    titles = [incident.title for incident in await stage.pager.incidents()]
    assert sorted(titles) == ["number 1", "number 3"]


async def test_a_page_for_nobody_is_taken_and_rings_nobody(stage: Stage) -> None:
    await stage.nobody_on_call(2)
    await page(stage, level=2)
    assert await stage.rang() == [(2, None)]
    assert await stage.pager.incidents() == ()


async def test_a_long_summary_is_shortened_and_still_rings(stage: Stage) -> None:
    await page(stage, summary="x" * 5000)
    (incident,) = await stage.pager.incidents()
    assert len(incident.title) == 1024
    assert incident.title.endswith("…")


async def test_a_key_that_would_be_refused_is_never_sent(stage: Stage) -> None:
    for key in ("", "k" * 256):
        with pytest.raises(OperationFailed) as failure:
            await page(stage, key=key)
        assert failure.value.code == "bad_key"
    assert await stage.rang() == []


async def test_a_level_without_a_routing_key_is_a_configuration_error(stage: Stage) -> None:
    with pytest.raises(ConfigurationError, match="PAGERDUTY_ROUTING_KEY_L4"):
        await page(stage, level=4)


async def test_silence_is_temporary(stage: Stage) -> None:
    await stage.unreachable()
    with pytest.raises(Temporary):
        await page(stage)
    with pytest.raises(Temporary):
        await stage.pager.incidents()


async def test_throttling_says_how_long_to_wait(stage: Stage) -> None:
    await stage.throttling(17)
    with pytest.raises(Temporary) as throttled:
        await page(stage)
    assert throttled.value.retry_after == 17


async def test_a_stuck_level_keeps_no_other_level_from_being_paged(stage: Stage) -> None:
    await stage.stuck(1)
    with pytest.raises(Temporary):
        await page(stage, level=1)
    await page(stage, level=2)
    assert await stage.rang() == [(2, "Chloe Tan")]
