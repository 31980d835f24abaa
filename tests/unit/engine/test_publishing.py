"""What the public is told is said once, in one post, and written down with who said it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.incident import Source
from bot.domain.post import Impact, Post, PostStatus
from bot.engine import incidents
from bot.engine.publishing import publish, remind_to_publish
from bot.errors import OperationFailed, Refused, Temporary
from bot.topology import Severity, load
from tests.ladder import Ladder
from tests.stage import ANA, BEN, SHIPPED

pytestmark = pytest.mark.unit

INVESTIGATING, MONITORING, RESOLVED = (
    PostStatus.INVESTIGATING,
    PostStatus.MONITORING,
    PostStatus.RESOLVED,
)


@pytest.fixture
def ladder() -> Ladder:
    return Ladder()


def shown(ladder: Ladder) -> list[list[str]]:
    """What each post says, oldest first."""
    return [[f"{w.status}: {w.text}" for w in said] for said in ladder.status_page.posts.values()]


async def test_the_first_words_open_a_post_and_the_next_go_into_it(ladder: Ladder) -> None:
    await ladder.alert(service="backend")
    said = await publish(ladder.world, 1, ANA, INVESTIGATING, "Logins fail.")
    assert said == "I1 stands at the status page as investigating. The timeline has your words."
    await publish(ladder.world, 1, BEN, RESOLVED, "Logins work.")
    assert shown(ladder) == [["investigating: Logins fail.", "resolved: Logins work."]]
    assert "<@U0ANA> published at the status page: investigating: Logins fail." in (
        await ladder.told()
    )
    row = (await ladder.rows())[-1].entry
    assert (row.actor, row.action, row.subject) == (BEN, "incident_published", "I1")
    assert row.detail == {"status": "resolved", "post": "post1", "incident": "I1"}


async def test_the_public_reads_the_services_name_and_not_the_incidents_title() -> None:
    shipped = load(SHIPPED)
    page = shipped.statuspage.model_copy(update={"page": "p", "components": {"backend": "c1"}})
    ladder = Ladder(topology=shipped.model_copy(update={"statuspage": page}))
    await ladder.alert("prod-db-1 password expired", service="backend", severity=Severity.P2)
    await ladder.alert("something else")
    await publish(ladder.world, 1, ANA, INVESTIGATING, "We look into it.")
    await publish(ladder.world, 2, ANA, INVESTIGATING, "We look into it.")
    (one,), (two,) = ladder.status_page.posts.values()
    assert (one.title, one.component, one.impact) == (
        "Problem with Backend API",
        "c1",
        Impact.MAJOR,
    )
    assert (two.title, two.component, two.impact) == (
        "Problem with AI Film Studio",
        "",
        Impact.CRITICAL,
    )


async def test_a_post_that_was_opened_and_not_written_down_is_found(ladder: Ladder) -> None:
    await ladder.alert()
    await publish(ladder.world, 1, ANA, INVESTIGATING, "Logins fail.")
    ladder.tables.posts.clear()
    await publish(ladder.world, 1, ANA, INVESTIGATING, "Logins fail.")
    assert len(shown(ladder)) == 1
    assert await ladder.world.store.posts.of(1) == Post(id="post1", status=INVESTIGATING)


async def test_a_post_that_was_deleted_there_is_opened_anew(ladder: Ladder) -> None:
    await ladder.alert()
    await publish(ladder.world, 1, ANA, INVESTIGATING, "Logins fail.")
    ladder.status_page.posts.clear()
    await publish(ladder.world, 1, ANA, MONITORING, "Logins work again.")
    assert shown(ladder) == [["monitoring: Logins work again."]]


@pytest.mark.parametrize(
    "fault", [Temporary("away"), OperationFailed("status 401", code="401")], ids=type
)
async def test_what_could_not_be_said_is_not_written_down(
    ladder: Ladder, fault: Temporary | OperationFailed
) -> None:
    await ladder.alert()
    await publish(ladder.world, 1, ANA, INVESTIGATING, "Logins fail.")
    ladder.status_page.failing = fault
    with pytest.raises(type(fault)):
        await publish(ladder.world, 1, ANA, MONITORING, "Logins work again.")
    assert await ladder.world.store.posts.of(1) == Post(id="post1", status=INVESTIGATING)
    assert "Logins work again." not in await ladder.told()


async def test_a_drill_is_told_to_nobody(ladder: Ladder) -> None:
    await ladder.alert(source=Source.DRILL)
    with pytest.raises(Refused, match="drill"):
        await publish(ladder.world, 1, ANA, INVESTIGATING, "Logins fail.")
    assert shown(ladder) == []


async def test_without_a_status_page_the_words_are_for_a_person_to_write(ladder: Ladder) -> None:
    await ladder.alert()
    world = replace(ladder.world, status_page=None)
    said = await publish(world, 1, ANA, INVESTIGATING, "Logins fail.")
    assert said.startswith("Update the status page by hand: investigating: Logins fail.\n")
    timeline = await world.store.incidents.timeline(1)
    assert [line.kind for line in timeline][-1] == "statuspage"
    assert await world.store.posts.of(1) is None
    assert (await ladder.rows())[-1].entry.detail == {
        "status": "investigating",
        "by_hand": True,
        "incident": "I1",
    }


async def test_resolving_a_published_incident_asks_once_to_publish_that(ladder: Ladder) -> None:
    for title in ("published", "silent", "said"):
        await ladder.alert(title)
    await publish(ladder.world, 1, ANA, INVESTIGATING, "Logins fail.")
    await publish(ladder.world, 3, ANA, RESOLVED, "Logins work.")
    assert await remind_to_publish(ladder.world) == 0
    for number in (1, 2, 3):
        await incidents.resolve(ladder.world, number, BEN, via="Slack")
    assert await remind_to_publish(ladder.world) == 1
    assert await remind_to_publish(ladder.world) == 0
    note = ladder.tables.notes["I1:publish"].note
    assert note.message.text == (
        "I1 is resolved, and the status page does not say so yet: "
        "/filmops incident publish I1 resolved …"
    )
