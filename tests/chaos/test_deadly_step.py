"""A step that kills its worker three times holds the run, says so and pages; a person goes on."""

from __future__ import annotations

import signal

import pytest

from tests.chaos.scene import Scene
from tests.chaos.stage import eventually

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120)]


async def test_a_step_that_kills_three_workers_holds_the_run_and_pages_once(scene: Scene) -> None:
    async with scene.stage() as stage:
        await stage.approved()
        for _ in range(3):
            worker = await stage.worker(at="after runs.claim(3)#1", hasty=True)
            assert await worker.end() == -signal.SIGKILL, worker.said()
        healthy = await stage.worker(hasty=True)
        await stage.worker(command=["scheduler"], hasty=True)
        run = await stage.until("held")
        assert run.note.startswith("Held at step 4, Check green's targets: 3 workers died")

        async def paged() -> list[dict[str, str]]:
            ledger = await scene.ask("pagerduty", "ledger")
            return [page for page in ledger if f"{run.name} (" in str(page)]

        assert len(await eventually(paged, "nobody was paged")) == 1
        card = await stage.card_says("HELD")
        assert "3 workers died" in card["text"]
        await stage.resume()
        await stage.until("succeeded")
        await stage.card_says("done in")
        assert list((await stage.effects()).values()) == [1, 1]
        assert len(await paged()) == 1
        assert [reply["text"] for reply in (await stage.cards())[0]["replies"]] == [
            f"{run.name} is held: I1 pages for it until somebody acknowledges."
        ]
        assert not (await stage.history()).contradictions()
        assert await stage.audit_is_broken() is None
        assert await healthy.stop() == 0
