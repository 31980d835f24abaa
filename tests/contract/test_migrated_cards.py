"""From 0002 to 0003: no card and no note is lost, and the release before goes on beside this one.

The statements here are that release's own, as they were.
"""

from __future__ import annotations

import pytest

from bot.adapters.postgres import migrate as module
from bot.adapters.postgres.migrate import migrate
from bot.adapters.postgres.pool import Pool, connected, open_pool
from bot.adapters.postgres.store import build_store
from bot.errors import OperationFailed
from bot.ports import Card, Store
from tests.contract.asking import NOW, entry, request, wanted

pytestmark = pytest.mark.contract

ASKED = """
INSERT INTO requests (operation, params, words, actor, channel, risk, resource, plan, needed,
                      asked_at, expires_at, reason, state, note)
VALUES ('rollback', '{}', '', 'U0MARA', 'ops', 'change', 'service/web', '{}', 1,
        now(), now(), '', 'planned', '')
"""
CARD = "INSERT INTO cards (request, channel) VALUES (%s, 'ops')"
SHOWN = "UPDATE cards SET ts = '1.1', wanted = 3, shown = 2 WHERE request = %s"
NOTE = """
INSERT INTO notes (key, request, message, made_at)
VALUES (%s, %s, '{"text": "late", "blocks": []}', now())
"""
POSTED = "UPDATE notes SET ts = '1.2' WHERE key = %s"
CLAIM = """
WITH due AS (SELECT request FROM cards WHERE wanted > shown ORDER BY changed LIMIT 10)
UPDATE cards SET lease_until = now() FROM due WHERE cards.request = due.request RETURNING cards.*
"""


async def by_the_release_before(pool: Pool, *statements: tuple[str, tuple[object, ...]]) -> None:
    async with connected(pool) as connection:
        for statement, values in statements:
            await connection.execute(statement.encode(), values)


async def notes(store: Store) -> list[tuple[str, str, str]]:
    found = await store.cards.claim_notes(now=NOW, lease_until=NOW)
    return [(note.key, note.subject, note.thread) for note in found]


async def test_cards_and_notes_are_kept(empty_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [one for one in module._ours() if one[0] < "0003"]
    with monkeypatch.context() as earlier:
        earlier.setattr(module, "_ours", lambda: iter(before))
        await migrate(empty_dsn)
    pool = await open_pool(empty_dsn, min_size=1, max_size=2)
    try:
        await by_the_release_before(
            pool,
            *((ASKED, ()) for _ in range(12)),
            (CARD, (1,)),
            (CARD, (12,)),
            (SHOWN, (12,)),
            *((NOTE, (key, 12)) for key in ("posted", "first", "second")),
            (POSTED, ("posted",)),
        )
        assert "0003_subjects.sql" in await migrate(empty_dsn)
        store = build_store(pool)
        assert await store.cards.claim(now=NOW, lease_until=NOW) == (
            Card(subject="R1", channel="ops", wanted=1, shown=0),
            Card(subject="R12", channel="ops", wanted=3, shown=2, ts="1.1"),
        )
        assert await notes(store) == [("first", "R12", "1.1"), ("second", "R12", "1.1")]
        await by_the_release_before(pool, ("UPDATE requests SET note = 'x' WHERE id = 12", ()))
        assert await wanted(store, "R12") == 4
    finally:
        await pool.close()


async def test_the_release_before_goes_on(pool: Pool, store: Store) -> None:
    asked = await store.requests.open(request(), entry())
    await by_the_release_before(
        pool,
        (ASKED, ()),
        (CARD, (2,)),
        (SHOWN, (asked.id,)),
        (NOTE, ("a", asked.id)),
    )
    assert await wanted(store, "R1") == 3
    assert await wanted(store, "R2") == 1
    assert await notes(store) == [("a", "R1", "1.1")]
    with pytest.raises(OperationFailed):
        await by_the_release_before(pool, (NOTE, ("nobody's", 9)))


async def test_the_release_before_leaves_cards_of_other_subjects_alone(pool: Pool) -> None:
    await by_the_release_before(
        pool, ("INSERT INTO cards (subject, channel) VALUES (%s, 'ops')", ("I7",))
    )
    async with connected(pool) as connection:
        cursor = await connection.execute(CLAIM)
        assert await cursor.fetchall() == []
