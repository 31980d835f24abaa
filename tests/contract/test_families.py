"""A storm is one parent: what concerns it concerns its children."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.incident import IncidentState, Why
from bot.ports import Store
from tests.contract.alarms import (
    acked,
    climbed,
    kinds,
    line,
    opened,
    resolved,
    sending,
    sent,
    states,
    tellings,
)
from tests.contract.asking import entry, intact, unwritable, wanted

pytestmark = pytest.mark.contract


async def fold(store: Store, child: int, parent: int) -> bool:
    return await store.incidents.fold(child, parent, happening=line("folded"), entry=entry("fold"))


async def test_a_child_is_not_climbed_for(either_store: Store) -> None:
    parent = await opened(either_store, "storm")
    child = await opened(either_store, "a", parent=parent.id)
    assert (child.parent, child.resume_at) == (parent.id, None)
    assert await states(either_store, child.id) == []
    again = await either_store.incidents.get(parent.id)
    assert again is not None
    assert again.children == 1
    assert await either_store.pages.stranded() == ()


async def test_a_resolved_parent_and_a_childs_are_forgotten(either_store: Store) -> None:
    parent = await opened(either_store, "storm")
    child = await opened(either_store, "a", parent=parent.id)
    assert (await opened(either_store, "b", parent=child.id)).parent is None
    assert (await opened(either_store, "c", parent=99)).parent is None
    await resolved(either_store, parent.id)
    late = await opened(either_store, "d", parent=parent.id)
    assert late.parent is None
    assert await states(either_store, late.id) == [["armed"] * 3]


async def test_what_was_paged_rings_on_when_it_is_folded(either_store: Store) -> None:
    one = await opened(either_store, "a")
    await sent(either_store)
    parent = await opened(either_store, "storm")
    before = await wanted(either_store, parent.name)
    assert await fold(either_store, one.id, parent.id)
    assert await states(either_store, one.id) == [["sent", "cancelled", "cancelled"]]
    assert await wanted(either_store, parent.name) > before
    assert await acked(either_store, parent.id)
    assert await tellings(either_store, 1) == [(1, "acknowledge")]


async def test_only_open_ones_without_a_family_are_folded(either_store: Store) -> None:
    parent = await opened(either_store, "storm")
    other = await opened(either_store, "other")
    child = await opened(either_store, "a", parent=parent.id)
    gone = await opened(either_store, "b")
    await resolved(either_store, gone.id)
    for pair in (
        (gone.id, parent.id),
        (other.id, gone.id),
        (parent.id, other.id),
        (child.id, other.id),
        (other.id, child.id),
        (other.id, other.id),
        (99, parent.id),
        (other.id, 99),
    ):
        assert not await fold(either_store, *pair), pair
    with pytest.raises((TypeError, ValueError)):
        await either_store.incidents.fold(other.id, parent.id, happening=line(), entry=unwritable())
    assert await states(either_store, other.id) == [["armed"] * 3]


async def test_the_family_is_acknowledged_and_resolved_together(either_store: Store) -> None:
    parent = await opened(either_store, "storm")
    children = [await opened(either_store, f"c{n}", parent=parent.id) for n in range(3)]
    await resolved(either_store, children[0].id)
    assert await acked(either_store, parent.id)
    found = [await either_store.incidents.get(one.id) for one in (parent, *children)]
    assert [one and one.state for one in found] == [
        IncidentState.ACKNOWLEDGED,
        IncidentState.RESOLVED,
        IncidentState.ACKNOWLEDGED,
        IncidentState.ACKNOWLEDGED,
    ]
    assert [one and one.resume_why for one in found] == [Why.PROMISE, None, None, None]
    assert await kinds(either_store, children[1].id) == ["opened", "ack"]
    assert await resolved(either_store, parent.id)
    assert await either_store.incidents.unresolved() == ()
    assert (await intact(either_store))[-2:] == ["ack", "resolve"]


async def test_a_child_climbs_when_its_parent_is_over(either_store: Store) -> None:
    parent = await opened(either_store, "storm")
    child = await opened(either_store, "a", parent=parent.id)
    why = Why.UNACKNOWLEDGED
    assert await climbed(either_store, child.id, at=9, expected=None, why=why) is None
    await resolved(either_store, parent.id)
    back = await climbed(either_store, child.id, at=9, expected=None, why=why)
    assert back is not None
    assert back.parent is None
    assert (await sending(either_store, 9)).incident == child.id


async def test_folding_and_acknowledging_at_once_leaves_none_behind(either_store: Store) -> None:
    for number in range(20):
        ones = [await opened(either_store, f"{number}.{n}") for n in range(3)]
        parent = await opened(either_store, f"storm {number}")
        await asyncio.gather(
            *(fold(either_store, one.id, parent.id) for one in ones),
            acked(either_store, parent.id),
        )
        for one in ones:
            found = await either_store.incidents.get(one.id)
            assert found is not None
            folded = found.parent == parent.id
            assert folded == (found.state is IncidentState.ACKNOWLEDGED)
            assert await states(either_store, one.id) == [["cancelled" if folded else "armed"] * 3]
    assert await either_store.pages.stranded() == ()
