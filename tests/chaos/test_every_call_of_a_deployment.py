"""A worker dies before, at or after any call of a deployment: the next goes on, and acts once.

The finest grain, in one process, on twins (tests.chaos.deployments): whatever place the worker
dies at, what the run leaves behind is what an undisturbed one leaves, to the word: the same
effects once and in order, notes, charts, freeze, retirement, change log and audit log.
"""

from __future__ import annotations

from dataclasses import fields

import pytest

from bot.domain.audit import Entry, broken
from bot.domain.lock import LockKind
from bot.ports import Store
from bot.topology import load
from tests.chaos.deployments import STORIES, Bad, ByWorkflow, Good, Story, left, timeless
from tests.chaos.mortal import RESOURCE
from tests.chaos.tap import Tap, tapped
from tests.stage import CHLOE, SHIPPED, Stage

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.mark.parametrize("name", STORIES)
async def test_undisturbed_it_goes_as_it_is_told(name: str) -> None:
    await _undisturbed(STORIES[name])


@pytest.mark.parametrize("name", STORIES)
async def test_wherever_a_worker_dies_a_deployment_leaves_what_it_would_have_left(
    name: str,
) -> None:
    story = STORIES[name]
    places, wanted = await _undisturbed(story)
    wrong = {place: what for place in places if (what := await _died(story, place, wanted))}
    assert not wrong, "\n".join(f"{place}: {what}" for place, what in wrong.items())


async def _undisturbed(story: Story) -> tuple[list[str], list[str]]:
    """The places its worker comes by, from the story's first step on, and what is left."""
    stage = story.stage()
    places: list[str] = []
    stage.worker(places.append)
    run = await stage.carried(await stage.begins(), stage.meanwhile)
    assert run.state is story.ends, run.note
    assert tuple(call.action for call in stage.effected()) == story.effects
    assert stage.now_at() == [story.weights] * 2
    position = next((s.position for s in run.steps if s.spec.name == story.first), None)
    begin = 0 if position is None else places.index(f"before runs.claim({position})#1")
    assert len(places) - begin > 50, places
    return places[begin:], left(stage)


async def _died(story: Story, place: str, wanted: list[str]) -> str:
    """Die there and let another go on; what was wrong then, if anything."""
    stage = story.stage()
    run = await stage.carried_past(place, await stage.begins(), stage.meanwhile)
    if run is None:
        return "the worker never came by"
    found = left(stage)
    wrong = [f"- {line}" for line in wanted if line not in found]
    wrong += [f"+ {line}" for line in found if found.count(line) > wanted.count(line)]
    deaths = sum(step.deaths for step in run.steps)
    if deaths > 1:
        wrong.append(f"{deaths} deaths")
    if stage.jobs.waiting:
        wrong.append(f"jobs are left: {stage.jobs.waiting}")
    log = stage.tables.audit
    if broken(log, stage.tables.head) is not None:
        wrong.append("the audit log is broken")
    return "\n  ".join(wrong)


SAMPLE = (
    "after runs.claim({watch})#2",
    "before runs.wait({watch})#1",
    "after runs.wait({watch})#1",
    "before runs.finish({watch})#1",
    "after runs.finish({watch})#1",
    "before runs.turn#1",
    "after runs.turn#1",
    "after locks.take#1",
    "before cards.note#2",
    "after cards.note#2",
    "at traffic.set_weights#3",
    "after traffic.set_weights#4",
    "before runs.finish({settle})#1",
    "after runs.finish({settle})#1",
    "before runs.move#1",
)
"""Where the journal, the outbox and the locks are written while a run turns round."""


async def test_on_postgresql_too_a_run_that_turns_round_does_so_once(store: Store) -> None:
    stage = Bad(store=store)
    stage.worker()
    run = await stage.carried(await stage.begins())
    steps = {step.spec.name.removeprefix("deploy."): step.position for step in run.steps}
    for number, place in enumerate((template.format(**steps) for template in SAMPLE), start=2):
        await unfrozen(store)
        stage = Bad(store=store)
        found = await stage.carried_past(place, await stage.begins())
        assert found is not None, place
        deaths = sum(step.deaths for step in found.steps)
        assert (found.state, timeless(found.note)) == (run.state, timeless(run.note)), place
        assert tuple(call.action for call in stage.effected()) == STORIES["bad"].effects, place
        assert (len(await store.locks.held(stage.clock.now())), deaths <= 1) == (1, True), place
        assert len(await store.runs.changes(limit=100)) == number, place
    await stage.rows()  # The audit log of all of them is whole.


async def unfrozen(store: Store) -> None:
    """The last one's freeze is taken away."""
    entry = Entry(actor=CHLOE, action="unfreeze", subject=RESOURCE)
    await store.locks.release(RESOURCE, LockKind.FREEZE, entry, Stage().clock.now())


@pytest.mark.parametrize("place", ["after runs.claim({})#4", "before runs.wait({})#4"])
async def test_a_watch_that_loses_its_worker_in_minute_4_of_10_goes_on_with_minute_4(
    place: str,
) -> None:
    watches = []
    for at in ("", place):
        stage = Good(topology=load(SHIPPED))
        number = await stage.begins()
        stage.worker()
        await stage.until_quiet(seconds=90)
        (watch,) = [s for s in (await stage.run(number)).steps if s.spec.name == "deploy.watch"]
        assert watch.started_at is not None, "It has not come so far."
        if at:
            await stage.carried_past(at.format(watch.position), number)
        else:
            await stage.carried(number)
        ended = (await stage.run(number)).steps[watch.position]
        watches.append((ended.started_at, ended.ended_at, ended.deaths, ended.result["said"]))
    (began, over, _, said), (began_too, over_too, deaths, said_too) = watches
    assert deaths == 1
    assert (began_too, over_too, said_too) == (began, over, said)
    assert said.startswith("10 of 10 closed minutes: 10 ok")


async def test_traffic_is_back_before_anything_is_drawn() -> None:
    stage = Bad()
    places: list[str] = []
    stage.worker(places.append)
    await stage.carried(await stage.begins())
    assert places.index("before charts.minutes#1") > places.index("after traffic.set_weights#4")
    assert [key for key in stage.tables.notes if key.startswith("R1:chart:10:")]


def test_every_port_that_a_run_may_call_has_its_places() -> None:
    world = ByWorkflow().world
    there = tapped(world, Tap(lambda here: None))
    untapped = {
        each.name
        for each in fields(world)
        if getattr(there, each.name) is getattr(world, each.name)
    }
    # Values; and ports that only those who answer people, page or post to Slack have to do with.
    values = {"topology", "clock", "voice", "release"}
    assert untapped == values | {"roster", "people", "chat", "status_page"}
