"""What people do to incidents, and what many alerts at once become."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.incident import IncidentState, PageState, Source
from bot.domain.reasons import Reason
from bot.engine import incidents
from bot.errors import Refused
from bot.topology import Severity
from tests.ladder import Ladder
from tests.stage import ANA, BEN, CHLOE

pytestmark = pytest.mark.unit


@pytest.fixture
def ladder() -> Ladder:
    return Ladder()


async def refused(deed: object) -> Refused:
    with pytest.raises(Refused) as caught:
        await deed  # type: ignore[misc]
    return caught.value


async def test_the_second_is_told_who_was_first_and_when(ladder: Ladder) -> None:
    await ladder.alert()
    await incidents.acknowledge(ladder.world, 1, BEN, via="Slack")
    refusal = await refused(incidents.acknowledge(ladder.world, 1, CHLOE, via="Slack"))
    assert refusal.code == Reason.ALREADY_DECIDED
    assert "I1 was acknowledged by <@U0BEN> at " in refusal.message
    await incidents.resolve(ladder.world, 1, BEN, via="Slack")
    refusal = await refused(incidents.acknowledge(ladder.world, 1, CHLOE, via="Slack"))
    assert "I1 was resolved by <@U0BEN> at " in refusal.message
    assert "resolved" in (await refused(incidents.resolve(ladder.world, 1, ANA, via=""))).message


async def test_a_number_nobody_has_is_refused(ladder: Ladder) -> None:
    refusal = await refused(incidents.acknowledge(ladder.world, 99, BEN, via="Slack"))
    assert (refusal.code, refusal.hint) == (Reason.UNKNOWN_INCIDENT, "/filmops incident list")


async def test_the_same_alert_again_is_counted(ladder: Ladder) -> None:
    await ladder.alert()
    again = await ladder.alert()
    assert (again.id, again.alerts) == (1, 2)
    await ladder.wake()
    assert ladder.levels() == [1]


async def test_escalate_pages_the_next_level_without_waiting(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    assert await incidents.escalate(ladder.world, 1, BEN) == 2
    await ladder.pass_time(seconds=1)
    assert ladder.levels() == [1, 2]
    await incidents.escalate(ladder.world, 1, BEN)
    await ladder.pass_time(seconds=1)
    assert "no further level" in (await refused(incidents.escalate(ladder.world, 1, BEN))).message
    await incidents.acknowledge(ladder.world, 1, BEN, via="Slack")
    assert "acknowledged" in (await refused(incidents.escalate(ladder.world, 1, BEN))).message


async def test_a_worse_severity_takes_up_its_ladder_from_the_beginning_of_the_incident(
    ladder: Ladder,
) -> None:
    await ladder.alert(severity=Severity.P3)
    await ladder.pass_time(minutes=20)
    assert ladder.levels() == [1]
    await incidents.rate(ladder.world, 1, BEN, Severity.P1)
    await ladder.pass_time(seconds=1)
    assert ladder.levels() == [1, 2]
    await ladder.pass_time(minutes=10)
    assert ladder.levels() == [1, 2, 3]
    assert (
        "P1 already" in (await refused(incidents.rate(ladder.world, 1, BEN, Severity.P1))).message
    )


async def test_the_severity_of_a_taken_one_changes_without_paging(ladder: Ladder) -> None:
    await ladder.alert()
    await ladder.wake()
    await incidents.acknowledge(ladder.world, 1, BEN, via="Slack")
    rated = await incidents.rate(ladder.world, 1, BEN, Severity.P3)
    assert (rated.severity, rated.state) == (Severity.P3, IncidentState.ACKNOWLEDGED)
    await incidents.resolve(ladder.world, 1, BEN, via="Slack")
    await refused(incidents.rate(ladder.world, 1, BEN, Severity.P2))


async def test_it_can_be_given_to_somebody(ladder: Ladder) -> None:
    await ladder.alert()
    given = await incidents.assign(ladder.world, 1, BEN, CHLOE)
    assert given.owner == CHLOE
    assert "<@U0BEN> gave it to <@U0CHLOE>." in await ladder.told()
    await incidents.resolve(ladder.world, 1, BEN, via="Slack")
    await refused(incidents.assign(ladder.world, 1, BEN, CHLOE))


async def test_only_an_open_one_can_be_snoozed(ladder: Ladder) -> None:
    await ladder.alert()
    await incidents.acknowledge(ladder.world, 1, BEN, via="Slack")
    until = ladder.clock.now() + timedelta(minutes=40)
    await refused(incidents.snooze(ladder.world, 1, BEN, until=until, reason="x"))


async def storm(ladder: Ladder, count: int, **about: object) -> None:
    for number in range(count):
        await ladder.alert(f"alarm {number}", service="backend", **about)
        await ladder.wake()
        ladder.clock.advance(20)


async def test_many_of_one_service_become_one_with_one_ladder(ladder: Ladder) -> None:
    await storm(ladder, 8)
    found = await ladder.world.store.incidents.unresolved()
    (parent,) = [one for one in found if one.source is Source.STORM]
    children = [one for one in found if one.parent == parent.id]
    assert (len(children), parent.children) == (8, 8)
    assert parent.title == "5 incidents of backend in 10 minutes"
    before = len(ladder.levels())
    await ladder.pass_time(minutes=45)
    assert ladder.levels()[before:] == [2, 3]
    assert f"Part of the storm {parent.name} now" in await ladder.told(1)


async def test_taking_the_storm_takes_all_of_it_and_what_comes_later(ladder: Ladder) -> None:
    await storm(ladder, 5)
    parent = await ladder.world.store.incidents.of_fingerprint("storm:backend")
    assert parent is not None
    await incidents.acknowledge(ladder.world, parent.id, BEN, via="Slack")
    late = await ladder.alert("one more", service="backend")
    states = {one.state for one in await ladder.world.store.incidents.unresolved()}
    assert states == {IncidentState.ACKNOWLEDGED}
    assert (await ladder.incident(late.id)).acked_by == BEN
    await ladder.pass_time(minutes=20)
    assert all(not page.state.to_send for page in await ladder.pages(parent.id))


async def test_the_storm_is_as_bad_as_the_worst_in_it(ladder: Ladder) -> None:
    await ladder.alert("the worst", service="backend", severity=Severity.P1)
    await storm(ladder, 4, severity=Severity.P3)
    parent = await ladder.world.store.incidents.of_fingerprint("storm:backend")
    assert parent is not None
    assert parent.severity is Severity.P1


async def test_what_a_person_declares_is_never_part_of_a_storm(ladder: Ladder) -> None:
    await storm(ladder, 7, source=Source.HAND)
    assert await ladder.world.store.incidents.of_fingerprint("storm:backend") is None


async def test_one_rung_at_pagerduty_already_goes_on_with_the_second_level(ladder: Ladder) -> None:
    await ladder.alert(source=Source.PAGERDUTY, paged_level=1, detail={"PagerDuty": "https://x"})
    await ladder.pass_time(minutes=14)
    assert ladder.levels() == []
    await ladder.pass_time(minutes=2)
    assert ladder.levels() == [2]
    assert "PagerDuty: https://x" in await ladder.told()
    assert [page.state for page in await ladder.pages()][-1] is PageState.ARMED
