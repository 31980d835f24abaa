"""The outbox towards Slack: every change is shown, in order, by one process at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.domain.message import Attachment, Message
from bot.errors import OperationFailed
from bot.ports import Card, Store, ThreadNote
from tests.contract.asking import LEASE, NOW, after, approved, entry, request, wanted, yes

pytestmark = pytest.mark.contract


async def card(store: Store) -> Card:
    asked = await store.requests.open(request(needed=5), entry())
    return Card(subject=asked.name, channel="ops-alerts", wanted=1, shown=0)


async def claim(store: Store, at: float = 0, limit: int = 10) -> tuple[Card, ...]:
    now = after(at)
    return await store.cards.claim(now=now, lease_until=now + LEASE, limit=limit)


async def show(store: Store, shown: Card, *, at: float = 0) -> None:
    await store.cards.shown(shown.subject, ts="1.1", version=shown.wanted, next_at=after(at))


async def change(store: Store, of: Card, who: str) -> None:
    assert await store.requests.decide(int(of.subject[1:]), yes(who), entry())


async def test_a_new_request_wants_its_card(either_store: Store) -> None:
    made = await card(either_store)
    assert await claim(either_store) == (made,)


async def test_a_card_is_found_by_its_subject_with_where_it_stands(either_store: Store) -> None:
    made = await card(either_store)
    assert await either_store.cards.of(made.subject) == made
    await show(either_store, made)
    found = await either_store.cards.of(made.subject)
    assert found is not None
    assert (found.channel, found.ts) == ("ops-alerts", "1.1")
    assert await either_store.cards.of("R999") is None


async def test_a_card_of_its_own_is_made_once(either_store: Store) -> None:
    made = await asyncio.gather(*(either_store.cards.open("A1", "ops-alerts") for _ in range(4)))
    assert sorted(made) == [False, False, False, True]
    expected = Card(subject="A1", channel="ops-alerts", wanted=1, shown=0)
    assert await claim(either_store) == (expected,)
    await show(either_store, expected)
    assert not await either_store.cards.open("A1", "elsewhere")
    assert await claim(either_store) == ()


async def test_a_shown_card_rests_until_it_changes(either_store: Store) -> None:
    made = await card(either_store)
    await claim(either_store)
    await show(either_store, made)
    assert await claim(either_store) == ()
    await change(either_store, made, "U0IVO")
    (again,) = await claim(either_store)
    assert (again.ts, again.shown) == ("1.1", 1)
    assert again.wanted > 1


async def test_a_change_while_a_version_was_shown_is_not_lost(either_store: Store) -> None:
    made = await card(either_store)
    await claim(either_store)
    await change(either_store, made, "U0IVO")
    await show(either_store, made)
    (again,) = await claim(either_store)
    assert again.wanted > again.shown == 1


async def test_an_old_version_shown_late_does_not_count_back(either_store: Store) -> None:
    made = await card(either_store)
    await change(either_store, made, "U0IVO")
    (newer,) = await claim(either_store)
    await show(either_store, newer)
    await show(either_store, made)
    assert await claim(either_store) == ()


async def test_the_next_update_waits_for_its_time(either_store: Store) -> None:
    made = await card(either_store)
    await claim(either_store)
    await show(either_store, made, at=5)
    await change(either_store, made, "U0IVO")
    assert await claim(either_store, at=4.9) == ()
    assert len(await claim(either_store, at=5)) == 1


async def test_a_lease_keeps_others_off_until_it_ends(either_store: Store) -> None:
    await card(either_store)
    claims = await asyncio.gather(*(claim(either_store) for _ in range(6)))
    assert sorted(len(cards) for cards in claims) == [0, 0, 0, 0, 0, 1]
    assert await claim(either_store, at=29) == ()
    assert len(await claim(either_store, at=30)) == 1


async def test_the_oldest_change_is_first_and_the_limit_holds(either_store: Store) -> None:
    one, two, three = [await card(either_store) for _ in range(3)]
    for made in await claim(either_store):
        await show(either_store, made)
    await change(either_store, three, "U0IVO")
    await change(either_store, one, "U0IVO")
    await change(either_store, three, "U0ANA")
    await change(either_store, two, "U0IVO")
    first = await claim(either_store, limit=2)
    assert [made.subject for made in first] == [three.subject, one.subject]
    assert [made.subject for made in await claim(either_store)] == [two.subject]


async def test_several_claimers_share_the_cards(either_store: Store) -> None:
    made = {(await card(either_store)).subject for _ in range(9)}
    claims = await asyncio.gather(*(claim(either_store, limit=3) for _ in range(3)))
    found = [shown.subject for cards in claims for shown in cards]
    assert len(found) == len(set(found))
    rest = await claim(either_store)
    assert {*found, *(shown.subject for shown in rest)} == made


async def test_a_post_under_way_is_remembered_from_its_first_try(either_store: Store) -> None:
    made = await card(either_store)
    await claim(either_store)
    await either_store.cards.posting(made.subject, NOW)
    await either_store.cards.failed(made.subject, next_at=after(1))
    assert await claim(either_store, at=0.5) == ()
    (again,) = await claim(either_store, at=1)
    assert (again.posting_since, again.failures) == (NOW, 1)
    await either_store.cards.posting(made.subject, after(1))
    await either_store.cards.failed(made.subject, next_at=after(2))
    (third,) = await claim(either_store, at=2)
    assert (third.posting_since, third.failures) == (NOW, 2)
    await show(either_store, third)
    await change(either_store, made, "U0IVO")
    (fourth,) = await claim(either_store, at=3)
    assert (fourth.posting_since, fourth.failures) == (None, 0)


async def test_an_unknown_card_is_nobodys(either_store: Store) -> None:
    await either_store.cards.posting("R9", NOW)
    await either_store.cards.shown("R9", ts="1.1", version=1, next_at=NOW)
    await either_store.cards.failed("R9", next_at=NOW)
    assert await claim(either_store) == ()


def note(key: str, of: Card) -> ThreadNote:
    blocks = ({"type": "section", "text": {"type": "mrkdwn", "text": f"*{key}*"}},)
    return ThreadNote(key=key, subject=of.subject, message=Message(text=key, blocks=blocks))


async def notes(store: Store, at: float = 0, limit: int = 10) -> list[str]:
    now = after(at)
    found = await store.cards.claim_notes(now=now, lease_until=now + LEASE, limit=limit)
    return [claimed.key for claimed in found]


async def posted_card(store: Store) -> Card:
    made = await card(store)
    await show(store, made)
    return made


async def test_a_note_is_put_out_once(either_store: Store) -> None:
    made = await posted_card(either_store)
    put = await asyncio.gather(*(either_store.cards.note(note("a", made), NOW) for _ in range(6)))
    assert put.count(True) == 1
    assert await either_store.cards.noted("a")
    assert not await either_store.cards.noted("b")
    assert await notes(either_store) == ["a"]
    await either_store.cards.note_posted("a", "1.2")
    assert not await either_store.cards.note(note("a", made), NOW)
    assert await either_store.cards.noted("a")
    assert await notes(either_store, at=99) == []


async def test_notes_wait_for_their_card_and_follow_it(either_store: Store) -> None:
    made = await card(either_store)
    await either_store.cards.note(note("a", made), NOW)
    assert await notes(either_store) == []
    await show(either_store, made)
    (claimed,) = await either_store.cards.claim_notes(now=NOW, lease_until=NOW + LEASE)
    assert claimed.message == note("a", made).message
    assert (claimed.channel, claimed.thread) == ("ops-alerts", "1.1")
    assert (claimed.posting_since, claimed.failures) == (None, 0)


async def test_notes_come_in_their_order_and_behind_none_that_must_wait(
    either_store: Store,
) -> None:
    made, other = await posted_card(either_store), await posted_card(either_store)
    for key in ("a", "b", "c"):
        await either_store.cards.note(note(key, made), NOW)
    await either_store.cards.note(note("d", other), NOW)
    assert await notes(either_store, limit=1) == ["a"]
    assert await notes(either_store) == ["d"]
    await either_store.cards.note_failed("a", next_at=after(5))
    assert await notes(either_store, at=4) == []
    assert await notes(either_store, at=5) == ["a", "b", "c"]
    await either_store.cards.note_posted("a", "1.2")
    await either_store.cards.note_failed("b", next_at=after(6))
    await either_store.cards.note_failed("c", next_at=after(6))
    assert await notes(either_store, at=6) == ["b", "c"]


async def test_claimers_of_notes_at_once_keep_the_order(either_store: Store) -> None:
    made = await posted_card(either_store)
    for number in range(6):
        await either_store.cards.note(note(f"n{number}", made), NOW)
    claims = await asyncio.gather(*(notes(either_store, limit=1) for _ in range(6)))
    assert [key for keys in claims for key in keys] == ["n0"]


async def test_a_notes_post_under_way_is_remembered(either_store: Store) -> None:
    made = await posted_card(either_store)
    await either_store.cards.note(note("a", made), NOW)
    await either_store.cards.note_posting("a", NOW)
    await either_store.cards.note_failed("a", next_at=after(1))
    await either_store.cards.note_posting("a", after(1))
    (claimed,) = await either_store.cards.claim_notes(now=after(1), lease_until=after(2))
    assert (claimed.posting_since, claimed.failures) == (NOW, 1)


CHART = Attachment(
    name="errors\0.png", title="Errors", alt="They fall.", content=bytes(range(256)) * 4
)


async def test_a_note_carries_its_file_byte_for_byte_until_it_is_posted(
    either_store: Store,
) -> None:
    made = await posted_card(either_store)
    await either_store.cards.note(replace(note("a", made), attachment=CHART), NOW)
    await either_store.cards.note(note("b", made), NOW)
    one, other = await either_store.cards.claim_notes(now=NOW, lease_until=NOW)
    assert one.attachment == replace(CHART, name="errors\ufffd.png")
    assert one.message == note("a", made).message
    assert (one.uploads, other.uploads, other.attachment) == (0, 0, None)
    await either_store.cards.note_posted("a", "1.2")
    assert await notes(either_store) == ["b"]


async def test_an_upload_that_was_begun_is_counted(either_store: Store) -> None:
    made = await posted_card(either_store)
    await either_store.cards.note(replace(note("a", made), attachment=CHART), NOW)
    for _ in range(2):
        await either_store.cards.note_uploading("a")
        await either_store.cards.note_failed("a", next_at=NOW)
    (claimed,) = await either_store.cards.claim_notes(now=NOW, lease_until=NOW)
    assert (claimed.uploads, claimed.failures) == (2, 2)
    assert claimed.attachment is not None
    await either_store.cards.note_uploading("nobody's")


async def test_a_note_needs_a_card(either_store: Store) -> None:
    nobodys = Card(subject="R9", channel="", wanted=1, shown=0)
    with pytest.raises(OperationFailed):
        await either_store.cards.note(note("a", nobodys), NOW)


async def test_a_shared_budget_is_spent_once(either_store: Store) -> None:
    spend = either_store.cards.spend
    at_once = await asyncio.gather(
        *(spend("updates", per_minute=60, burst=3, now=NOW) for _ in range(8))
    )
    assert sorted(at_once) == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    assert await spend("posts", per_minute=60, burst=1, now=NOW) == 0.0
    assert await spend("updates", per_minute=60, burst=3, now=after(0.25)) == 0.75
    assert await spend("updates", per_minute=60, burst=3, now=after(1)) == 0.0
    assert await spend("updates", per_minute=60, burst=3, now=after(1)) == 1.0


async def test_a_rested_budget_holds_its_burst_and_no_more(either_store: Store) -> None:
    spend = either_store.cards.spend
    await spend("updates", per_minute=30, burst=2, now=NOW)
    late = [await spend("updates", per_minute=30, burst=2, now=after(3600)) for _ in range(3)]
    assert late == [0.0, 0.0, 2.0]


async def test_waiting_as_long_as_was_said_is_enough(either_store: Store) -> None:
    spend = either_store.cards.spend
    await spend("odd", per_minute=7, burst=1, now=NOW)
    wait = await spend("odd", per_minute=7, burst=1, now=after(0.1))
    assert wait > 0
    assert await spend("odd", per_minute=7, burst=1, now=after(0.1 + wait)) == 0.0


async def test_an_approval_and_its_card_are_one(either_store: Store) -> None:
    agreed = await approved(either_store)
    assert await wanted(either_store, agreed.name) > 1
