"""A worker dies before, at or after any call of a deployment: the next goes on, and acts once.

The finest grain, in one process, on twins (tests.chaos.deployments): whatever place the worker
dies at, what the run leaves behind is what an undisturbed one leaves, to the word: the same
effects once and in order, notes, charts, freeze, retirement, change log and audit log.
"""

from __future__ import annotations

import pytest

from bot.domain.audit import broken
from tests.chaos.deployments import STORIES, Story, left

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120)]


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
