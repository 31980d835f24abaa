"""A P1 or P2 that is over is followed by its post-mortem, or by two reminders of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.incident import Source
from bot.engine import incidents
from bot.engine.postmortem import remind_of_postmortems
from bot.topology import Severity, load
from tests.ladder import Ladder
from tests.stage import ANA, BEN, SHIPPED

pytestmark = pytest.mark.unit


@pytest.fixture
def ladder() -> Ladder:
    return Ladder()


async def over(ladder: Ladder, **about: Any) -> str:
    """An incident that Ana took and Ben resolved; its name."""
    made = await ladder.alert(**about)
    await incidents.acknowledge(ladder.world, made.id, ANA, via="Slack")
    await incidents.resolve(ladder.world, made.id, BEN, via="Slack")
    return made.name


def reminded(ladder: Ladder) -> list[str]:
    """The reminders in the outbox."""
    notes = ladder.tables.notes
    return [row.note.message.text for key, row in notes.items() if ":postmortem" in key]


async def test_a_day_after_its_end_the_owner_is_reminded_once(ladder: Ladder) -> None:
    await over(ladder)
    ladder.clock.advance(24 * 3600 - 1)
    assert await remind_of_postmortems(ladder.world) == 0
    ladder.clock.advance(1)
    assert await remind_of_postmortems(ladder.world) == 1
    assert await remind_of_postmortems(ladder.world) == 0
    (text,) = reminded(ladder)
    assert text.startswith("<@U0ANA>: I1 (P1) was resolved at ")
    assert "/filmops incident report I1" in text
    assert "/filmops incident note I1 post-mortem" in text


async def test_two_days_later_it_is_asked_for_once_more_and_never_again(ladder: Ladder) -> None:
    await over(ladder)
    for hours in (24, 48, 24, 240):
        ladder.clock.advance(hours * 3600)
        await remind_of_postmortems(ladder.world)
    first, second = reminded(ladder)
    assert "it is time for the post-mortem" in first
    assert "no note speaks of a post-mortem yet" in second


async def test_a_note_that_it_was_held_ends_the_reminding(ladder: Ladder) -> None:
    await over(ladder)
    ladder.clock.advance(24 * 3600)
    await remind_of_postmortems(ladder.world)
    await incidents.note(ladder.world, 1, ANA, "Post-mortem held: the pool was too small")
    ladder.clock.advance(48 * 3600)
    assert await remind_of_postmortems(ladder.world) == 0
    assert len(reminded(ladder)) == 1


async def test_schedulers_that_were_away_send_the_last_reminder_alone(ladder: Ladder) -> None:
    await over(ladder)
    ladder.clock.advance(80 * 3600)
    assert await remind_of_postmortems(ladder.world) == 1
    assert await remind_of_postmortems(ladder.world) == 0


async def test_drills_nuisances_and_what_is_open_are_reminded_of_nothing(ladder: Ladder) -> None:
    await over(ladder, title="drill", source=Source.DRILL)
    await over(ladder, title="nuisance", severity=Severity.P3)
    await ladder.alert("open")
    ladder.clock.advance(30 * 3600)
    assert await remind_of_postmortems(ladder.world) == 0


async def test_one_that_nobody_took_reminds_whoever_knows(ladder: Ladder) -> None:
    made = await ladder.alert(severity=Severity.P2)
    await incidents.resolve(ladder.world, made.id, "CloudWatch", via="the alarm went to OK")
    ladder.clock.advance(24 * 3600)
    await remind_of_postmortems(ladder.world)
    (text,) = reminded(ladder)
    assert text.startswith("Whoever knows what happened: I1 (P2) was resolved")


async def test_a_studio_may_do_without() -> None:
    shipped = load(SHIPPED)
    assert timedelta(hours=shipped.escalation.postmortem_hours) == timedelta(hours=24)
    off = shipped.escalation.model_copy(update={"postmortem_hours": 0})
    ladder = Ladder(topology=shipped.model_copy(update={"escalation": off}))
    await over(ladder)
    ladder.clock.advance(100 * 3600)
    assert await remind_of_postmortems(ladder.world) == 0
