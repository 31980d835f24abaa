"""Who is on call, what the ladder is, would do and did: as typed and as shown."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.incident import Source
from bot.engine import oncall
from bot.engine.incidents import acknowledge, snooze
from bot.engine.opening import Report, report
from bot.errors import ConfigurationError, Refused, Temporary, UserError
from bot.topology import Severity
from tests.ladder import Ladder
from tests.stage import ANA, BEN
from tests.unit.blocks.seeing import good, read

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> Ladder:
    return Ladder()


async def shown(stage: Ladder, text: str, who: str = ANA) -> str:
    """All that can be read in the answer, which Slack would take."""
    answer = await stage.type(text, who)
    return read(good(answer))  # type: ignore[arg-type]


def on_call(stage: Ladder) -> None:
    """PagerDuty's answer, with e-mails."""
    people = {p.name: p.email for p in stage.topology.people.values()}
    stage.pager._emails.update(people)
    stage.pager.rota[:] = [stage.topology.people[key].name for key in ("ana", "chloe", "dana")]


async def alarm(stage: Ladder, severity: Severity = Severity.P1, number: int = 1) -> None:
    """Something is wrong with the backend."""
    told = Report(
        title="errors",
        severity=severity,
        source=Source.CLOUDWATCH,
        fingerprint=f"alarm:{number}",
        by="CloudWatch",
        service="backend",
    )
    await report(stage.world, told)


# --- who is on call --------------------------------------------------------------------------


async def test_everybody_in_place_is_mentioned_without_a_warning(stage: Ladder) -> None:
    on_call(stage)
    words = await shown(stage, "oncall")
    assert "*Level 1* On-call engineer, after 0 min: <@U0ANA>" in words
    assert "*Level 3* CTO, after 30 min: <@U0DANA>" in words
    assert "warning" not in words
    assert "Read from PagerDuty" in words


async def test_an_empty_level_and_a_stranger_are_warned_of(stage: Ladder) -> None:
    on_call(stage)
    stage.pager.rota[1:] = [None, "Zoe"]
    words = await shown(stage, "oncall")
    assert "2 warnings" in words
    assert "Level 2 (Engineering lead): nobody is on call" in words
    assert "Zoe (no e-mail) is on call and not in filmops.toml" in words
    assert "*Level 3* CTO, after 30 min: Zoe" in words


async def test_a_pagerduty_that_fails_is_answered_from_the_last_minute_and_says_so(
    stage: Ladder,
) -> None:
    on_call(stage)
    await shown(stage, "oncall")
    stage.pager.failing = Temporary("PagerDuty answered 503")
    stage.clock.advance(40)
    words = await shown(stage, "oncall")
    assert "<@U0ANA>" in words
    assert "this was read 40 s ago" in words
    stage.clock.advance(21)
    words = await shown(stage, "oncall")
    assert "<@U0ANA>" not in words
    assert "PagerDuty could not be asked: PagerDuty answered 503." in words


async def test_a_pagerduty_that_hangs_or_is_not_set_up_is_given_up(
    stage: Ladder, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.pager.failing = ConfigurationError(["PAGERDUTY_API_TOKEN is not set"])
    assert "could not be read: PAGERDUTY_API_TOKEN is not set" in await shown(stage, "oncall")
    monkeypatch.setattr(oncall, "PATIENCE_SECONDS", 0.0)

    async def hangs() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(stage.pager, "on_call", hangs)
    assert "has not answered within 0 s" in await shown(stage, "oncall")


# --- the ladder ------------------------------------------------------------------------------


async def test_the_ladders_are_shown_as_they_are_set_up(stage: Ladder) -> None:
    words = await shown(stage, "escalation show")
    assert "1. On-call engineer (PagerDuty: Level 1)" in words
    assert "level 1 after 0 min, level 2 after 15 min, level 3 after 30 min" in words
    assert "pages nobody." in words


async def test_an_incidents_climbs_show_each_level_and_the_next_deadline(
    stage: Ladder,
) -> None:
    await alarm(stage)
    await stage.pass_time(minutes=5)
    words = await shown(stage, "escalation show I1")
    assert "*Climb 1* (opened)" in words
    assert "level 1: *confirmed*" in words
    assert "reached Ana" in words
    assert "level 2: *armed*" in words
    assert "level 2 is paged" in words
    assert "(in 10 min)" in words

    await acknowledge(stage.world, 1, BEN, via="Slack")
    words = await shown(stage, "escalation show 1")
    assert "level 2: *cancelled*" in words
    assert "its owner is asked for news" in words

    await stage.pass_time(minutes=600)
    words = await shown(stage, "escalation show I1")
    assert "*Climb 2*" in words
    assert "UNOWNED since" in words
    with pytest.raises(Refused, match="There is no incident I9"):
        await stage.type("escalation show I9")


async def test_an_incident_that_waits_or_pages_nobody_says_so(stage: Ladder) -> None:
    await alarm(stage, Severity.P4)
    assert "nothing, its severity pages nobody" in await shown(stage, "escalation show I1")
    await alarm(stage, number=2)
    until = stage.clock.now() + timedelta(hours=1)
    await snooze(stage.world, 2, BEN, until=until, reason="known")
    assert "the snooze ends" in await shown(stage, "escalation show I2")
    await stage.type("maintenance start backend 1h new disks")
    await alarm(stage, number=3)
    words = await shown(stage, "escalation show I3")
    assert "It has not been climbed." in words
    assert "the maintenance window ends" in words


# --- the simulator ---------------------------------------------------------------------------


async def test_the_simulator_and_the_engine_agree(stage: Ladder) -> None:
    on_call(stage)
    words = await shown(stage, "escalation simulate")
    await alarm(stage)
    await stage.pass_time(minutes=600)
    paged = [page for page in await stage.pages() if page.sent_at is not None]
    assert len(paged) == 12
    for page in paged:
        assert page.sent_at == page.due_at
    foretold = [f"{p.due_at:%Y-%m-%d %H:%M} UTC climb {n // 3 + 1}" for n, p in enumerate(paged)]
    assert all(line in words for line in foretold)
    unowned = (await stage.incident()).unowned_at
    assert unowned is not None
    assert f"{unowned:%Y-%m-%d %H:%M} UTC UNOWNED" in words
    assert "level 2: Engineering lead, <@U0CHLOE>" in words
    assert "nothing was opened and nobody was paged" in words


async def test_they_agree_where_nobody_is_on_call_too(stage: Ladder) -> None:
    stage.pager.rota[0] = None
    words = await shown(stage, "escalation simulate --severity p1 --ack 20m")
    assert "Level 1: nobody is on call there, it is passed over at once." in words
    await alarm(stage)
    await stage.pass_time(minutes=20)
    levels = [page.level for page in await stage.pages() if page.sent_at is not None]
    assert levels == [2]
    assert words.count("climb 1, level") == 1


async def test_another_time_and_an_unknown_one(stage: Ladder) -> None:
    stage.pager.failing = Temporary("PagerDuty answered 503")
    words = await shown(stage, "escalation simulate --at 2026-11-24T15:30Z --severity P4")
    assert "P4 at 2026-11-24 15:30 UTC" in words
    assert "Nobody is paged." in words
    assert "Who is on call is not known: PagerDuty answered 503" in words
    with pytest.raises(UserError):
        await stage.type("escalation simulate --ack never")


# --- the drill -------------------------------------------------------------------------------


async def test_a_drill_is_announced_to_all(stage: Ladder) -> None:
    answer = await stage.type("escalation drill p2")
    words = read(good(answer))  # type: ignore[arg-type]
    assert "*DRILL I1 (P2) has begun*, asked for by <@U0ANA>" in words
    assert getattr(answer, "public", False)
    with pytest.raises(Refused, match="one at a time"):
        await stage.type("escalation drill", BEN)
