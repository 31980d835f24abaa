"""A drill: the real path, marked, measured, and over by itself."""

import pytest

from bot.domain.incident import IncidentState, PageState, Source
from bot.domain.reasons import Reason
from bot.engine.drill import begin
from bot.engine.incidents import acknowledge, resolve
from bot.engine.opening import Report, report
from bot.errors import Refused
from bot.topology import Severity
from tests.ladder import Ladder
from tests.stage import ANA, BEN

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> Ladder:
    return Ladder()


async def test_acknowledged_it_says_how_long_that_took_and_resolves_itself(
    stage: Ladder,
) -> None:
    drill = await begin(stage.world, ANA, Severity.P1)
    await stage.pass_time(minutes=0.7)
    assert "DRILL" in stage.pager.pages[0].summary
    await acknowledge(stage.world, drill.id, BEN, via="Slack")
    await stage.pass_time(minutes=1)
    over = await stage.incident()
    assert (over.state, over.acked_by) == (IncidentState.RESOLVED, BEN)
    assert "Drill: level 1 acknowledged after 42 s (Slack)." in await stage.told()
    assert [page.level for page in stage.pager.pages] == [1]
    assert await stage.pager.sweep() == ()
    assert "drill_over" in await stage.actions()


async def test_acknowledged_on_the_phone_of_level_2_each_level_has_its_time(
    stage: Ladder,
) -> None:
    await begin(stage.world, ANA, Severity.P1)
    await stage.pass_time(minutes=15.5)
    first, second, _ = await stage.pages()
    stage.pager.picked_up(second.key, "Chloe")
    await acknowledge(stage.world, 1, "Chloe", via="PagerDuty")
    await stage.pass_time(minutes=1)
    said = "Drill: level 1 acknowledged after 15 min 30 s; level 2 acknowledged after 30 s"
    assert said in await stage.told()
    assert await stage.pager.sweep() == ()
    assert first.state is PageState.CONFIRMED


async def test_acknowledged_by_nobody_it_ends_after_one_climb_without_a_banner(
    stage: Ladder,
) -> None:
    await begin(stage.world, ANA, Severity.P1)
    await stage.pass_time(minutes=240)
    over = await stage.incident()
    assert (over.state, over.unowned_at) == (IncidentState.RESOLVED, None)
    assert [page.level for page in stage.pager.pages] == [1, 2, 3]
    assert "Drill: nobody acknowledged, after level 1, 2 and 3." in await stage.told()
    assert await stage.pager.sweep() == ()


async def test_a_level_that_rings_nobody_is_found_out(stage: Ladder) -> None:
    stage.pager.rota[0] = None
    await begin(stage.world, ANA, Severity.P1)
    await stage.pass_time(minutes=1)
    await acknowledge(stage.world, 1, BEN, via="Slack")
    await stage.pass_time(minutes=1)
    (said,) = [line for line in (await stage.told()).splitlines() if line.startswith("Drill:")]
    assert "Reached nobody: level 1 (" in said


async def test_one_drill_at_a_time_and_another_after_it(stage: Ladder) -> None:
    drill = await begin(stage.world, ANA, Severity.P1)
    with pytest.raises(Refused, match="I1 is a drill that is under way") as refused:
        await begin(stage.world, BEN, Severity.P2)
    assert refused.value.code == Reason.BUSY
    assert refused.value.hint == "/filmops incident resolve I1"
    assert (await stage.world.store.incidents.get(1) or drill).alerts == 1
    await resolve(stage.world, drill.id, BEN, via="Slack")
    assert (await begin(stage.world, BEN, Severity.P2)).id == 2


async def test_a_severity_that_pages_nobody_cannot_be_tried(stage: Ladder) -> None:
    with pytest.raises(Refused, match="P4 pages nobody"):
        await begin(stage.world, ANA, Severity.P4)


async def test_a_drill_is_no_part_of_a_storm(stage: Ladder) -> None:
    drill = await begin(stage.world, ANA, Severity.P1)
    for number in range(8):
        await report(
            stage.world,
            Report(
                title=f"alarm {number}",
                severity=Severity.P2,
                source=Source.CLOUDWATCH,
                fingerprint=f"alarm:{number}",
                by="CloudWatch",
                service="backend",
            ),
        )
    found = await stage.world.store.incidents.get(drill.id)
    assert found is not None
    assert found.parent is None
    assert found.children == 0
