"""Production that goes bad is reported, once an episode, and the way back is proposed."""

from __future__ import annotations

import pytest

from bot.domain.request import RequestState
from bot.domain.run import RunState
from bot.engine.incidents import rate, resolve
from bot.engine.patrol import patrol
from bot.errors import Temporary
from bot.topology import Colour, Patrol, Severity, load
from tests.patrols import Night, topology_with
from tests.stage import ANA, SHIPPED

pytestmark = pytest.mark.unit

TO_GREEN, TO_BLUE = {"blue": 0, "green": 100}, {"blue": 100, "green": 0}
ERRORS, SLOW = "P1 watch:backend:error_rate", "P2 watch:backend:response_time"


@pytest.fixture
def night() -> Night:
    return Night()


async def test_four_bad_minutes_are_not_five(night: Night) -> None:
    await night.passes("ooeeeeoo")
    assert await night.incidents() == ()
    assert await night.requests() == ()


async def test_five_bad_minutes_are_reported_and_the_way_back_waits_for_approval(
    night: Night,
) -> None:
    await night.passes("ooeeeee")
    assert await night.unresolved() == [ERRORS]
    told = await night.told()
    for said in (
        "Opened as P1: Backend API: error rate 10.0 % of 400 on blue",
        (
            "seen: 10 of 10 closed minutes: 2 ok, 5 breach (error rate 10.0 % of 400), 3 without "
            "traffic; p95 200 ms; figures 3 min behind"
        ),
        (
            "way back: green can take the traffic: 3 of 3 targets are healthy, it served nobody "
            "lately. A rollback is asked for."
        ),
        "R1 moves traffic back to green: it waits for approval.",
    ):
        assert said in told
    (request,) = await night.requests()
    assert (request.actor, request.state) == ("filmops", RequestState.PLANNED)
    assert request.words.startswith("rollback backend --to green error rate 10.0 % of 400 on blue")
    assert request.needed == 1
    assert night.production.weights("backend")[0] == TO_BLUE, (
        "nothing moves before a person says so"
    )


async def test_approved_traffic_goes_back_and_the_incident_ends_by_itself(night: Night) -> None:
    await night.passes("eeeee")
    await night.approve(1)
    night.traffic()
    await night.until_quiet()
    assert (await night.run()).state is RunState.SUCCEEDED
    assert night.production.weights("backend")[0] == TO_GREEN
    night.sleeps(15)
    night.production.minutes["backend", Colour.GREEN].clear()
    await night.passes("hhhh", "oooo")
    assert await night.unresolved() == [ERRORS]
    await night.passes("h", "o")
    assert await night.unresolved() == []
    assert "Over: 5 closed minutes without it on green." in await night.told()


async def test_where_the_topology_says_so_it_goes_back_at_once() -> None:
    night = Night(topology=topology_with(load(SHIPPED), production=Patrol.ROLLBACK))
    await night.passes("eeeee")
    (request,) = await night.requests()
    assert (request.state, request.needed) == (RequestState.APPROVED, 0)
    night.traffic()
    await night.until_quiet()
    assert night.production.weights("backend")[0] == TO_GREEN
    (row,) = [r.entry for r in await night.rows() if r.entry.action == "request"]
    assert row.actor == "filmops"
    assert row.detail["pre_approved"] == "filmops.toml says watch.production = rollback"
    assert "R1 moves traffic back to green: it starts at once." in await night.told()


async def test_turned_off_it_does_not_even_look() -> None:
    night = Night(topology=topology_with(load(SHIPPED), production=Patrol.OFF))
    await night.passes("eeeeee")
    assert night.looks() == 0
    assert await night.incidents() == ()


@pytest.mark.parametrize("answer", ["nobody", "no"])
async def test_an_episode_is_reported_and_proposed_once_however_long(
    night: Night, answer: str
) -> None:
    await night.passes("eeeee")
    if answer == "no":
        await night.reject(1)
    await night.passes("e" * 40)
    assert len(await night.incidents()) == 1
    assert len(await night.requests()) == 1
    assert (await night.incidents())[0].alerts == 1


async def test_a_second_episode_is_a_second_incident(night: Night) -> None:
    await night.passes("eeeeeooooo")
    assert await night.unresolved() == []
    await night.reject(1)
    await night.passes("eeeee")
    assert [one.fingerprint for one in await night.incidents()] == ["watch:backend:error_rate"] * 2
    assert len(await night.requests()) == 2


async def test_it_is_not_over_before_enough_minutes_are_fine(night: Night) -> None:
    await night.passes("eeeeeooooeooo--o")
    assert await night.unresolved() == [ERRORS]
    assert len(await night.incidents()) == 1
    await night.passes("o")
    assert await night.unresolved() == []


async def test_nothing_is_well_only_because_nobody_comes(night: Night) -> None:
    await night.passes("eeeee" + "h" * 15)
    assert await night.unresolved() == [ERRORS]


async def test_nothing_is_well_while_nobody_is_sent_anywhere(night: Night) -> None:
    await night.passes("eeeee")
    night.production.set_weights("backend", {Colour.BLUE: 0, Colour.GREEN: 0})
    await night.passes("oooooo")
    assert await night.unresolved() == [ERRORS]


async def test_resolved_by_hand_while_it_is_bad_it_is_reported_after_five_more_minutes(
    night: Night,
) -> None:
    await night.passes("eeeee")
    await resolve(night.world, 1, ANA, via="Slack")
    await night.passes("eeee" + "eeee")  # Four of them had begun before.
    assert len(await night.incidents()) == 1
    await night.passes("e")
    assert len(await night.incidents()) == 2


async def test_after_a_night_without_a_scheduler_only_what_goes_on_is_reported() -> None:
    over, goes_on = Night(), Night()
    for night, minutes in ((over, "eeeeeeoo"), (goes_on, "ooeeeeee")):
        for letter in minutes:
            night.closes(letter, Colour.BLUE, "backend")
            night.clock.advance(60)
        night.clock.advance(-60)
        await patrol(night.world, night.dispatch)
    assert await over.incidents() == ()
    assert await goes_on.unresolved() == [ERRORS]


async def test_one_minute_of_failing_health_checks_is_enough_also_without_traffic(
    night: Night,
) -> None:
    await night.passes("hu")
    assert await night.unresolved() == ["P1 watch:backend:unhealthy_targets"]
    assert "Backend API: 2 of 3 targets unhealthy on blue" in await night.told()
    assert len(await night.requests()) == 1


async def test_one_minute_of_refused_database_connections_is_enough(night: Night) -> None:
    await night.passes("od")
    assert await night.unresolved() == ["P1 watch:backend:database"]
    assert "12 connections refused by the database" in await night.told()


async def test_slow_is_less_than_failing_and_worse_news_is_another_incident(night: Night) -> None:
    await night.passes("sssss")
    assert await night.unresolved() == [SLOW]
    await night.passes("bbbbb")
    assert await night.unresolved() == [SLOW, ERRORS]
    assert len(await night.requests()) == 1, "the first rollback is still waiting"


async def test_one_incident_as_severe_is_enough_for_a_service(night: Night) -> None:
    await night.passes("eeeee" + "oouu")
    assert await night.unresolved() == [ERRORS]
    assert len(await night.requests()) == 1


async def test_an_incident_that_a_person_made_less_severe_stays_the_one(night: Night) -> None:
    await night.passes("eeeee")
    await rate(night.world, 1, ANA, Severity.P3)
    await night.passes("eee")
    (incident,) = await night.incidents()
    assert incident.alerts == 1


async def test_what_happens_to_a_colour_without_weight_is_nobodys_trouble(night: Night) -> None:
    await night.passes("oooooo", "uuuuuu")
    assert await night.incidents() == ()
    await night.passes("o")
    reads = [call for call in night.production.calls if call.action == "routes"]
    assert reads, "its weights were looked at"


async def test_a_service_that_is_well_costs_one_question(night: Night) -> None:
    await night.passes("oooooo")
    assert {call.action for call in night.production.calls} == {"minutes_of"}
    assert night.looks() == 6


async def test_another_ones_staging_is_not_production(night: Night) -> None:
    await night.passes("eeeeee", service="backend-staging")
    assert await night.incidents() == ()


async def test_a_service_with_an_open_run_is_the_runs(night: Night) -> None:
    await night.started()
    await night.passes("eeeeee")
    assert await night.incidents() == ()


async def test_a_service_in_maintenance_is_left_alone(night: Night) -> None:
    await night.type("maintenance start backend 1h we move the database")
    await night.passes("eeeeee")
    assert await night.incidents() == ()


async def test_of_two_schedulers_one_goes_round_in_a_minute(night: Night) -> None:
    for _ in range(3):
        await patrol(night.world, night.dispatch)
    assert night.looks() == 1
    night.clock.advance(60)
    await patrol(night.world, night.dispatch)
    assert night.looks() == 2


async def test_a_database_that_is_away_for_one_service_keeps_no_other() -> None:
    topology = load(SHIPPED)
    another = topology.services["backend"].model_copy(update={"key": "web", "title": "Web"})
    night = Night(
        topology=topology.model_copy(update={"services": {"web": another, **topology.services}})
    )
    whole = night.world.store.incidents.recent

    async def away(**about: object) -> object:
        if about.get("service") == "web":
            raise Temporary("the database is away")
        return await whole(**about)  # type: ignore[arg-type]

    for _ in range(5):
        night.closes("e", Colour.BLUE, "web")
        night.closes("e", Colour.BLUE, "backend")
        night.clock.advance(60)
    night.clock.advance(-60)
    night.world.store.incidents.recent = away  # type: ignore[method-assign,assignment]
    with pytest.raises(Temporary):
        await patrol(night.world, night.dispatch)
    assert await night.unresolved() == [ERRORS]
