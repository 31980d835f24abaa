"""A run begun under one release is finished under the next, by the steps in its journal."""

from __future__ import annotations

import asyncio
import signal

import pytest

from tests.chaos.scene import Scene
from tests.chaos.stage import Stage

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120)]

NEXT = "2027.1"


async def test_the_next_release_finishes_what_this_one_began(scene: Scene) -> None:
    async def begun(number: signal.Signals) -> None:
        async with scene.stage() as stage:
            await stage.approved()
            # The first switch is done and in the journal when this release's last worker goes.
            old = await stage.worker(at="before runs.claim(2)#1", signal=number, hasty=True)
            status = await old.end()
            assert status == (0 if number is signal.SIGTERM else -number), old.said()
            await _finished(stage, f"after {number.name}")

    await asyncio.gather(begun(signal.SIGTERM), begun(signal.SIGKILL))


async def _finished(stage: Stage, what: str) -> None:
    names = [step.spec.name for step in (await stage.asked_run()).steps]
    new = await stage.worker(release=NEXT, hasty=True)
    run = await stage.until("succeeded")
    assert [step.spec.name for step in run.steps] == names, what
    assert run.release != NEXT
    assert list((await stage.effects()).values()) == [1, 1]
    await stage.card_says("done in")
    assert not (await stage.history()).contradictions()
    assert await new.stop() == 0


async def test_a_step_the_next_release_does_not_know_holds_the_run_and_says_so(
    scene: Scene,
) -> None:
    async with scene.stage() as stage:
        await stage.approved()
        old = await stage.worker(at="before runs.claim(2)#1", hasty=True)
        assert await old.end() == -signal.SIGKILL
        new = await stage.worker(release=NEXT, unknown=["rollback.probe"], hasty=True)
        run = await stage.until("held")
        assert f"This release ({NEXT}) has no step rollback.probe." in run.note
        card = await stage.card_says("HELD")
        assert "rollback.probe" in card["text"]
        assert await new.stop() == 0
        # Back to the release that knows it, a person lets it go on.
        await stage.worker(hasty=True)
        await stage.resume()
        await stage.until("succeeded")
        assert list((await stage.effects()).values()) == [1, 1]
