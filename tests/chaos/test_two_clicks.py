"""Two people click Approve at once: one decision, and the second is told who was first."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from blocks import ids
from sandbox.world import free_port
from tests.chaos.scene import Scene
from tests.chaos.stage import eventually

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120)]

BEN, CHLOE = "U0BEN", "U0CHLOE"


async def test_two_approvals_at_one_instant_are_one_decision_and_one_run(scene: Scene) -> None:
    async with scene.stage() as stage:
        command = ["web", "--host", "127.0.0.1", "--port", str(free_port())]
        web = await stage.worker(command=command)

        async def listening() -> bool:
            return bool((await scene.ask("slack", "sockets"))["connected"])

        await eventually(listening, web.said())
        worker = await stage.worker()
        text = f"/filmops rollback {stage.service}"
        await scene.tell("slack", "act/command", user="U0ANA", channel="ops-alerts", text=text)
        stage.request = await eventually(stage.newest, "nothing was asked for")
        card = await stage.card_says("waiting for 1 approval")
        # Slack also loses some answers: they are told again, and once.
        broken = {"match": "response_url", "kind": "status", "status": 500, "times": 2}
        await scene.tell("slack", "faults", **broken)

        async def click(who: str) -> None:
            where: dict[str, Any] = {"channel": "ops-alerts", "ts": card["ts"]}
            await scene.tell("slack", "act/click", user=who, action_id=ids.APPROVE, **where)

        await asyncio.gather(click(BEN), click(CHLOE))

        async def told(who: str) -> list[str]:
            shown = await scene.ask("slack", "messages", channel="ops-alerts", user=who)
            name = f"R{stage.request}"
            return [said["text"] for said in shown["ephemerals"] if name in said["text"]]

        await stage.until("succeeded")
        said = {who: await eventually(lambda w=who: told(w), who) for who in (BEN, CHLOE)}  # type: ignore[misc]
        (approval,) = (await stage.asked()).approvals
        first, second = (BEN, CHLOE) if approval.actor == BEN else (CHLOE, BEN)
        assert len(said[first]) == len(said[second]) == 1
        assert said[first][0].startswith("Approved.")
        assert f"<@{first}> approved it" in said[second][0]
        assert list((await stage.effects()).values()) == [1, 1]
        await stage.card_says("done in")
        assert await stage.audit_is_broken() is None
        assert [await one.stop() for one in (web, worker)] == [0, 0]
