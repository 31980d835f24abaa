"""Each operation on capacity and data while AWS throttles it, denies it by either code, and does it
without answering: all in one run, which has done it once in the end, and has told what it met.
"""

from __future__ import annotations

from collections import Counter

import pytest

from blocks import ids
from tests.scenario.capacity import LOOK, PLAYED, STORIES, variables
from tests.scenario.studio import Studio, until
from tests.scenario.telling import Story, Telling

__all__ = ["variables"]

pytestmark = [pytest.mark.scenario, PLAYED]

DENIALS = ("AccessDenied", "403")


@pytest.mark.parametrize("story", [*STORIES, LOOK], ids=lambda each: each.text)
async def test_what_passes_passes_and_what_is_denied_is_held(studio: Studio, story: Story) -> None:
    telling = Telling(studio, story)
    await telling.begins()
    met = await _faults(telling)
    number = await telling.asks()
    await telling.agreed(number)
    action = story.denied.replace(".", ":")
    for code in DENIALS:
        held = await studio.card_says("a person must decide", f"{code}: ", request=number)
        assert f"AWS {action} (" in held
        assert f"Allow {action} to filmops' IAM role." in held
        assert f"R{number} goes on." in await studio.clicks("U0CHLOE", ids.RESUME, number)
    await telling.ended_well(number)
    assert met <= await telling.called()
    told = await studio.told()
    assert told.count(("filmops", "run.held")) == told.count(("U0CHLOE", "run.resume")) == 2
    assert ("filmops", "run.succeeded") in told


async def test_a_dr_test_that_may_not_restore_ends_and_says_so(studio: Studio) -> None:
    """It is turned round instead of held: an instance may be there that costs money."""
    (story,) = (each for each in STORIES if each.text == "/filmops backup dr-test")
    telling = Telling(studio, story)
    await studio.outside.aws.fault(
        "rds.RestoreDBInstanceFromDBSnapshot", "status", status=403, code="AccessDenied"
    )
    number = await telling.asks()
    await telling.agreed(number)
    card = await studio.card_says("failed", "is not there (any more)", request=number)
    assert "Allow rds:RestoreDBInstanceFromDBSnapshot to filmops' IAM role." in card
    await studio.thread_says("DR test of prod-db: failed", request=number)
    assert await telling.effects() == {}


async def test_what_aws_does_when_nobody_waits_for_it_any_more_is_done_once(
    studio: Studio,
) -> None:
    """The first call is given up after 5 s and comes to AWS after the second one."""
    (story,) = (each for each in STORIES if each.text == "/filmops db backup")
    telling = Telling(studio, story)
    await telling.begins()
    await studio.outside.aws.fault("rds.CreateDBSnapshot", "latency", seconds=7)
    number = await telling.asks()
    await telling.agreed(number)
    await telling.ended_well(number)

    async def both() -> bool:
        return sum((await telling.called()).values()) == 2

    await until(both, "the first call has come to AWS")
    assert await telling.effects() == {"CreateDBSnapshot": 1}


async def _faults(telling: Telling) -> Counter[str]:
    """Arm them; what comes of the calls that meet them."""
    met = Counter[str]()
    for effect in telling.story.effects:
        codes = ["ThrottlingException", *(DENIALS if effect == telling.story.denied else ())]
        name = effect.partition(".")[2]
        for code in codes:
            status = 403 if code in DENIALS else 400
            await telling.aws.fault(effect, "status", status=status, code=code)
            met[f"{name} status {status}"] += 1
        await telling.aws.fault(effect, "drop")
        met[f"{name} dropped"] += 1
    return met
