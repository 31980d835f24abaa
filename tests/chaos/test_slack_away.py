"""Slack is away for all of a run: the run goes on, then the card catches up, once."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.message import Message
from bot.ports import ThreadNote
from tests.chaos.scene import Scene
from tests.chaos.stage import Stage

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(120)]

LIMITED = {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}, "times": None}
BROKEN = {"kind": "status", "status": 500, "times": 2}
LOST: dict[str, Any] = {"kind": "drop", "times": 1}

NOTES = ("First, the one.", "Then, the other.")


@pytest.mark.parametrize(
    "faults", [[LIMITED], [LOST, BROKEN, LIMITED]], ids=["never there", "an answer lost at first"]
)
async def test_a_run_does_not_wait_for_slack_and_nothing_is_lost_or_doubled(
    scene: Scene, faults: list[dict[str, Any]]
) -> None:
    async with scene.stage() as stage:
        for fault in faults:
            await scene.tell("slack", "faults", match="chat.*", **fault)
        try:
            await stage.approved()
            await _note(stage)
            worker = await stage.worker()
            await stage.until("succeeded")
            assert not any("done in" in card["text"] for card in await stage.cards())
        finally:
            await scene.clear_faults("slack")
        # The first note is posted and its answer lost: it must be found, not posted again.
        await scene.tell("slack", "faults", match="chat.postMessage", **_late(faults))
        card = await stage.card_says("done in")
        await stage.notes_are_posted()
        replies = (await stage.cards())[0]["replies"]
        assert [reply["text"] for reply in replies] == list(NOTES)
        assert (await stage.cards())[0]["text"] == card["text"]
        assert list((await stage.effects()).values()) == [1, 1]
        assert await worker.stop() == 0


def _late(faults: list[dict[str, Any]]) -> dict[str, Any]:
    """Where the card is there already, the next post is a note's: its answer is lost too."""
    return LOST if LOST in faults else {"kind": "latency", "seconds": 0.1, "times": 1}


async def _note(stage: Stage) -> None:
    for number, text in enumerate(NOTES):
        key = f"chaos:{stage.request}:{number}"
        note = ThreadNote(key=key, subject=f"R{stage.request}", message=Message(text=text))
        assert await stage.world.store.cards.note(note, stage.world.clock.now())
