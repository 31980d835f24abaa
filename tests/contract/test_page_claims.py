"""A page is one scheduler's at a time, and a claim that is over writes nothing."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from bot.adapters.postgres.sql import QUERIES
from bot.domain.incident import PageState
from bot.ports import Store
from tests.contract.alarms import (
    MINUTE,
    SILENT,
    acked,
    claim,
    climbed,
    kinds,
    opened,
    reread,
    sending,
    states,
    tellings,
)
from tests.contract.asking import LEASE, NOW, after, wanted

pytestmark = pytest.mark.contract


async def test_what_is_due_is_claimed_and_nothing_else(either_store: Store) -> None:
    made = await opened(either_store)
    assert await claim(either_store, -0.001) == ()
    (page,) = await claim(either_store)
    assert (page.incident, page.level, page.state) == (made.id, 1, PageState.SENDING)
    assert (page.attempts, page.unsure, page.next_at) == (1, False, after(10))
    assert await claim(either_store, 9) == ()


async def test_a_silent_severity_pages_nobody(either_store: Store) -> None:
    await opened(either_store, ladder=SILENT)
    assert await claim(either_store, 99_999) == ()


async def test_two_claimers_never_share_a_page(either_store: Store) -> None:
    made = [await opened(either_store, f"i{n}") for n in range(30)]
    claims = await asyncio.gather(
        *(claim(either_store, owner=f"s{n}", free={1: 5}) for n in range(6))
    )
    keys = [page.key for pages in claims for page in pages]
    assert len(keys) == len(set(keys))
    rest = await claim(either_store)
    assert {page.incident for pages in (*claims, rest) for page in pages} == {i.id for i in made}


async def test_a_full_level_does_not_hold_up_another(either_store: Store) -> None:
    for number in range(3):
        await opened(either_store, f"old{number}")
        await claim(either_store, owner="stuck")
    pages = await claim(either_store, 15 * MINUTE, free={1: 0, 2: 2})
    assert [page.level for page in pages] == [2, 2]
    assert [page.level for page in await claim(either_store, 15 * MINUTE, free={2: 9})] == [2]
    assert await claim(either_store, 15 * MINUTE, free={}) == ()


async def test_the_longest_overdue_is_first(either_store: Store) -> None:
    for number in range(3):
        await opened(either_store, f"i{number}")
    pages = await claim(either_store, free={1: 2})
    await either_store.pages.again(pages[0], "one", at=after(5), unsure=False, said="503", now=NOW)
    await either_store.pages.again(pages[1], "one", at=after(3), unsure=False, said="503", now=NOW)
    order = [(await claim(either_store, 6, free={1: 1}))[0].key for _ in range(3)]
    assert order[1:] == [pages[1].key, pages[0].key]


async def test_a_lower_level_is_superseded_and_it_is_said(either_store: Store) -> None:
    made = await opened(either_store)
    before = await wanted(either_store, made.name)
    pages = await claim(either_store, 31 * MINUTE)
    assert [(page.level, str(page.state)) for page in pages] == [
        (1, "superseded"),
        (2, "superseded"),
        (3, "sending"),
    ]
    assert await kinds(either_store, made.id) == ["opened"] + ["page_superseded"] * 2
    assert await wanted(either_store, made.name) > before
    assert await claim(either_store, 31 * MINUTE + 5) == ()


async def test_a_level_that_is_being_tried_is_not_superseded(either_store: Store) -> None:
    await opened(either_store)
    page = await sending(either_store)
    await either_store.pages.again(page, "one", at=after(900), unsure=True, said="x", now=NOW)
    assert [str(p.state) for p in await claim(either_store, 15 * MINUTE)] == ["sending"] * 2


async def test_a_dead_schedulers_page_is_claimed_again_and_looked_for(either_store: Store) -> None:
    await opened(either_store)
    first = await sending(either_store)
    assert await claim(either_store, 9.9, owner="two") == ()
    (again,) = await claim(either_store, 10, owner="two")
    assert (again.key, again.attempts, again.unsure) == (first.key, 2, True)


async def test_a_renewed_lease_keeps_others_off(either_store: Store) -> None:
    await opened(either_store)
    page = await sending(either_store)
    keys = {page.key}
    assert await either_store.pages.renew("one", keys, lease_until=after(20)) == keys
    assert not await either_store.pages.renew("one", (), lease_until=after(90))
    assert not await either_store.pages.renew("two", keys, lease_until=after(90))
    assert await claim(either_store, 19, owner="two") == ()
    assert len(await claim(either_store, 20, owner="two")) == 1
    assert not await either_store.pages.renew("one", keys, lease_until=after(90))
    assert (await reread(either_store, page)).attempts == 2


async def test_what_a_stale_owner_writes_is_refused(either_store: Store) -> None:
    await opened(either_store)
    stale = await sending(either_store)
    pages = either_store.pages
    now, at = after(11), after(20)
    # The same process may be slow as well as another.
    await sending(either_store, 11, owner="two")
    fresh = await sending(either_store, 22, owner="one")
    assert not await pages.sent(stale, "one", look_at=at, now=now)
    assert not await pages.again(stale, "one", at=at, unsure=True, said="", now=now)
    assert not await pages.refused(stale, "one", said="", now=now)
    assert not await pages.skipped(stale, "one", said="", now=now)
    assert not await pages.sent(fresh, "two", look_at=at, now=now)
    assert await reread(either_store, stale) == fresh


async def test_acknowledged_while_it_is_being_sent_it_is_told_when_it_arrives(
    either_store: Store,
) -> None:
    made = await opened(either_store)
    page = await sending(either_store)
    await acked(either_store, made.id, at=1)
    assert await tellings(either_store, 1) == []
    assert await either_store.pages.sent(page, "one", look_at=after(7), now=after(2))
    found = await reread(either_store, page)
    assert (found.state, found.look_at, found.tell_at) == (PageState.SENT, None, after(2))
    assert await tellings(either_store, 2) == [(1, "acknowledge")]


async def test_acknowledged_while_it_is_being_sent_it_is_not_tried_again(
    either_store: Store,
) -> None:
    for name, unsure in (("a", True), ("b", False)):
        made = await opened(either_store, name)
        page = await sending(either_store)
        await acked(either_store, made.id)
        again = either_store.pages.again
        assert await again(page, "one", at=after(9), unsure=unsure, said="503", now=after(1))
        found = await reread(either_store, page)
        state = PageState.GONE if unsure else PageState.CANCELLED
        assert (found.state, found.next_at) == (state, None)
        assert (found.tell_at, str(found.wish)) == (
            (after(1), "acknowledge") if unsure else (None, "")
        )


async def test_a_dead_schedulers_page_that_is_not_needed_is_gone(either_store: Store) -> None:
    made = await opened(either_store)
    await sending(either_store)
    await acked(either_store, made.id)
    (page,) = await claim(either_store, 10, owner="two")
    assert (page.state, page.tell_at) == (PageState.GONE, after(10))
    assert await tellings(either_store, 10) == [(1, "acknowledge")]


async def test_a_page_of_a_climb_that_was_replaced_is_not_tried_again(either_store: Store) -> None:
    made = await opened(either_store)
    page = await sending(either_store)
    assert await climbed(either_store, made.id, at=1, expected=made.resume_at)
    again = either_store.pages.again
    assert await again(page, "one", at=after(2), unsure=False, said="503", now=after(1))
    assert await states(either_store, made.id) == [["cancelled"] * 3, ["armed"] * 3]


def test_a_claim_reads_only_what_is_due_of_ten_thousand(database_dsn: str) -> None:
    with psycopg.connect(database_dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO incidents (title, severity, source, fingerprint, service, state,"
            " opened_at, opened_by) SELECT '', 'P1', 'hand', n::text, '', 'open', now(), ''"
            " FROM generate_series(1, 10000) n"
        )
        connection.execute(
            "INSERT INTO escalations (id, incident, number, why, began_at)"
            " SELECT id::text, id, 1, 'opened', now() FROM incidents"
        )
        connection.execute(
            "INSERT INTO pages (key, escalation, incident, level, due_at, next_at, state)"
            " SELECT id || 'L2', id::text, id, 2, now(), now() + interval '1 hour', 'armed'"
            " FROM incidents"
        )
        connection.execute("ANALYZE")
        params = {"owner": "x", "levels": [1, 2, 3], "free": [8, 8, 8]}
        explain = b"EXPLAIN " + QUERIES["claim_pages"]
        rows = connection.execute(
            explain, {**params, "now": NOW, "lease_until": NOW + LEASE}
        ).fetchall()
        plan = "\n".join(str(row[0]) for row in rows)
        assert "Index Scan using pages_to_send" in plan
        assert "Seq Scan on pages" not in plan
        for name in ("instants", "claim_looks", "claim_tellings"):
            rows = connection.execute(
                b"EXPLAIN " + QUERIES[name], {"now": NOW, "lease_until": NOW, "limit": 20}
            ).fetchall()
            plan = "\n".join(str(row[0]) for row in rows)
            assert "Seq Scan on pages" not in plan, plan
