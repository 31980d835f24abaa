"""One suite on both pagers: what became of a page, telling PagerDuty, and who is on call."""

from __future__ import annotations

import pytest

from bot.domain.pager import OnCall, PagerIncident, PagerStatus, Told
from bot.errors import ConfigurationError, OperationFailed, Temporary
from tests.contract.pager_stage import KEY, Stage, page

pytestmark = pytest.mark.contract

ANA, CHLOE, STRANGER = "ana@aifilmstudio.com", "chloe@aifilmstudio.com", "eve@elsewhere.com"


@pytest.fixture
def stage(pager_stage: Stage) -> Stage:
    return pager_stage


async def acknowledge(stage: Stage, by: str = CHLOE, level: int = 1, key: str = KEY) -> Told:
    return await stage.pager.acknowledge(
        key, level=level, by_email=by, note="Acknowledged by Chloe"
    )


async def resolve(stage: Stage, by: str = CHLOE) -> Told:
    return await stage.pager.resolve(KEY, level=1, by_email=by, note="Resolved by Chloe")


async def found(stage: Stage, key: str = KEY) -> PagerIncident:
    incident = await stage.pager.find(key)
    assert incident is not None
    return incident


# --- find --------------------------------------------------------------------------------


async def test_a_page_is_found_by_its_key_with_whom_it_rang(stage: Stage) -> None:
    await page(stage)
    incident = await found(stage)
    assert (incident.key, incident.status) == (KEY, PagerStatus.TRIGGERED)
    assert (incident.service, incident.assigned_to) == ("Level 1", ("Ana Okafor",))
    assert (incident.acknowledged_by, incident.merged) == ("", False)
    assert incident.url.startswith("http")


async def test_a_page_that_reached_nobody_is_not_found(stage: Stage) -> None:
    await stage.nobody_on_call(1)
    await page(stage)
    assert await stage.pager.find(KEY) is None


async def test_a_page_is_found_after_it_was_resolved(stage: Stage) -> None:
    await page(stage)
    await stage.resolve(KEY)
    incident = await found(stage)
    assert (incident.status, incident.assigned_to) == (PagerStatus.RESOLVED, ())


async def test_of_several_pages_with_a_key_the_newest_is_found(stage: Stage) -> None:
    await page(stage)
    first = await found(stage)
    await stage.resolve(KEY)
    await page(stage)
    second = await found(stage)
    assert second.id != first.id
    assert second.status is PagerStatus.TRIGGERED


async def test_who_acknowledged_on_the_phone_is_known_by_e_mail(stage: Stage) -> None:
    await page(stage)
    await stage.acknowledge(KEY)
    incident = await found(stage)
    assert (incident.status, incident.acknowledged_by) == (PagerStatus.ACKNOWLEDGED, ANA)


async def test_an_acknowledgement_that_timed_out_rings_again(stage: Stage) -> None:
    await page(stage)
    await stage.acknowledge(KEY)
    await stage.timed_out(KEY)
    incident = await found(stage)
    assert (incident.status, incident.acknowledged_by) == (PagerStatus.TRIGGERED, "")


async def test_an_empty_key_is_never_asked_for(stage: Stage) -> None:
    await page(stage)
    with pytest.raises(OperationFailed) as refused:
        await stage.pager.find("")
    assert refused.value.code == "bad_key"
    for told in (stage.pager.acknowledge, stage.pager.resolve):
        with pytest.raises(OperationFailed):
            await told("", level=1, by_email=ANA, note="")


# --- acknowledge and resolve -------------------------------------------------------------


async def test_acknowledging_makes_the_page_that_persons(stage: Stage) -> None:
    await page(stage)
    assert await acknowledge(stage) is Told.DONE
    incident = await found(stage)
    assert (incident.status, incident.acknowledged_by) == (PagerStatus.ACKNOWLEDGED, CHLOE)
    assert incident.assigned_to == ("Chloe Tan",)
    assert await stage.notes() == []


async def test_what_is_acknowledged_already_keeps_its_owner(stage: Stage) -> None:
    await page(stage)
    await stage.acknowledge(KEY)
    assert await acknowledge(stage) is Told.ALREADY
    assert (await found(stage)).acknowledged_by == ANA


async def test_acknowledging_never_reopens_what_is_resolved(stage: Stage) -> None:
    await page(stage)
    await stage.resolve(KEY)
    assert await acknowledge(stage) is Told.ALREADY
    assert await acknowledge(stage, by="") is Told.ALREADY
    assert (await found(stage)).status is PagerStatus.RESOLVED


async def test_a_page_that_is_not_there_yet_cannot_be_answered(stage: Stage) -> None:
    assert await acknowledge(stage) is Told.NOT_FOUND
    assert await resolve(stage) is Told.NOT_FOUND


@pytest.mark.parametrize("by", ["", STRANGER])
async def test_without_a_pagerduty_user_it_is_acknowledged_and_noted(stage: Stage, by: str) -> None:
    await page(stage)
    assert await acknowledge(stage, by=by) is Told.DONE
    incident = await found(stage)
    assert (incident.status, incident.acknowledged_by) == (PagerStatus.ACKNOWLEDGED, "")
    assert incident.assigned_to == ("Ana Okafor",)
    assert await stage.notes() == ["Acknowledged by Chloe"]


async def test_resolving_ends_it_once(stage: Stage) -> None:
    await page(stage)
    assert await resolve(stage) is Told.DONE
    assert (await found(stage)).status is PagerStatus.RESOLVED
    assert await resolve(stage) is Told.ALREADY


async def test_what_is_acknowledged_can_be_resolved(stage: Stage) -> None:
    await page(stage)
    await stage.acknowledge(KEY)
    assert await resolve(stage, by=STRANGER) is Told.DONE
    assert (await found(stage)).status is PagerStatus.RESOLVED
    assert await stage.notes() == ["Resolved by Chloe"]


async def test_in_nobodys_name_the_levels_own_key_is_needed(stage: Stage) -> None:
    await page(stage)
    with pytest.raises(ConfigurationError, match="PAGERDUTY_ROUTING_KEY_L4"):
        await acknowledge(stage, by="", level=4)


# --- who is on call ----------------------------------------------------------------------


async def test_everyone_on_call_is_known_by_level(stage: Stage) -> None:
    await stage.nobody_on_call(2)
    on_call = await stage.pager.on_call()
    assert on_call == {
        1: (OnCall(name="Ana Okafor", email=ANA, rung=1),),
        2: (),
        3: (OnCall(name="Dana Ruiz", email="dana@aifilmstudio.com", rung=1),),
    }


# --- keys and the sweep ------------------------------------------------------------------


async def test_an_incidents_key_is_found_by_its_id(stage: Stage) -> None:
    await page(stage)
    assert await stage.pager.keys((await found(stage)).id) == (KEY,)


async def test_an_incident_that_is_not_there_has_no_keys_to_give(stage: Stage) -> None:
    with pytest.raises(OperationFailed) as refused:
        await stage.pager.keys("QNOWHERE")
    assert refused.value.code == "404"


async def test_the_sweep_brings_all_that_is_open_with_its_key(stage: Stage) -> None:
    for number in (1, 2, 3):
        await page(stage, level=number, key=f"esc:7:L{number}")
    await stage.acknowledge("esc:7:L1")
    await stage.resolve("esc:7:L2")
    swept = {incident.key: incident for incident in await stage.pager.sweep()}
    assert sorted(swept) == ["esc:7:L1", "esc:7:L3"]
    assert swept["esc:7:L1"].status is PagerStatus.ACKNOWLEDGED
    assert swept["esc:7:L1"].acknowledged_by == ANA
    assert swept["esc:7:L1"] == await stage.pager.find("esc:7:L1")


async def test_the_next_sweep_brings_the_news(stage: Stage) -> None:
    await page(stage)
    await stage.pager.sweep()
    await stage.acknowledge(KEY)
    (incident,) = await stage.pager.sweep()
    assert incident.status is PagerStatus.ACKNOWLEDGED
    await stage.resolve(KEY)
    assert await stage.pager.sweep() == ()


async def test_silence_is_temporary_for_every_question(stage: Stage) -> None:
    await page(stage)
    await stage.unreachable()
    with pytest.raises(Temporary):
        await stage.pager.find(KEY)
    with pytest.raises(Temporary):
        await acknowledge(stage)
    with pytest.raises(Temporary):
        await resolve(stage)
    with pytest.raises(Temporary):
        await stage.pager.on_call()
    with pytest.raises(Temporary):
        await stage.pager.keys("Q1")
    with pytest.raises(Temporary):
        await stage.pager.sweep()
