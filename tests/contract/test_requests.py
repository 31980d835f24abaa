"""Requests and approvals: each click is one conditional write with its audit row."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.domain.request import Answer, Decided, Decision, RequestState
from bot.ports import Store
from bot.topology import Risk
from tests.contract.asking import (
    MOMENT,
    NOW,
    after,
    approved,
    entry,
    intact,
    no,
    request,
    rows,
    unwritable,
    wanted,
    yes,
)

pytestmark = pytest.mark.contract


async def click(store: Store, request_id: int, answer: object) -> Decision:
    decision = await store.requests.decide(request_id, answer, entry("click"))  # type: ignore[arg-type]
    assert decision is not None
    return decision


async def test_a_request_comes_back_as_it_was_asked(either_store: Store) -> None:
    stored = await either_store.requests.open(request(), entry("request", plan="x"))
    assert stored.id > 0
    assert stored == replace(request(), id=stored.id)
    assert stored.plan.hash == request().plan.hash
    assert stored.plan.fingerprint == request().plan.fingerprint
    assert await either_store.requests.get(stored.id) == stored
    assert await either_store.requests.get(stored.id + 1) is None


async def test_opening_one_is_written_down_with_its_name(either_store: Store) -> None:
    stored = await either_store.requests.open(request(), entry("request", plan="x"))
    assert await intact(either_store) == ["request"]
    row = (await rows(either_store))[0]
    assert row.at == NOW
    assert row.entry.detail == {"plan": "x", "request": stored.name}


async def test_without_its_audit_row_nothing_is_opened(either_store: Store) -> None:
    with pytest.raises((TypeError, ValueError)):
        await either_store.requests.open(request(), unwritable())
    assert await either_store.requests.recent() == ()
    assert await either_store.cards.claim(now=NOW, lease_until=NOW) == ()


async def test_of_two_needed_the_first_counts_and_the_second_approves(either_store: Store) -> None:
    asked = await either_store.requests.open(request(needed=2), entry("request"))
    first = await click(either_store, asked.id, yes("U0IVO"))
    assert (first.outcome, first.request.still_needed) == (Decided.COUNTED, 1)
    assert first.request.state is RequestState.PLANNED
    second = await click(either_store, asked.id, yes("U0ANA", at=after(1)))
    assert second.outcome is Decided.APPROVED
    assert second.request.state is RequestState.APPROVED
    assert second.request.settled_at is None
    assert second.request.approvals == (yes("U0IVO"), yes("U0ANA", at=after(1)))
    outcomes = [row.entry.detail.get("outcome") for row in await rows(either_store)]
    assert outcomes == [None, "counted", "approved"]


async def test_one_person_counts_once(either_store: Store) -> None:
    asked = await either_store.requests.open(request(needed=2), entry("request"))
    await click(either_store, asked.id, yes("U0IVO"))
    again = await click(either_store, asked.id, yes("U0IVO"))
    assert (again.outcome, again.request.still_needed) == (Decided.TWICE, 1)
    assert await intact(either_store) == ["request", "click"]


async def test_a_click_after_the_last_is_told_who_was_first(either_store: Store) -> None:
    asked = await approved(either_store)
    late = await click(either_store, asked.id, yes("U0ANA"))
    assert late.outcome is Decided.TOO_LATE
    assert [approval.actor for approval in late.request.approvals] == ["U0IVO"]
    assert (await click(either_store, asked.id, yes("U0IVO"))).outcome is Decided.TWICE


async def test_two_people_approving_at_once_give_one_last_approval(either_store: Store) -> None:
    for _ in range(5):
        asked = await either_store.requests.open(request(needed=2), entry("request"))
        people = ("U0IVO", "U0ANA", "U0EVA", "U0JAN")
        decisions = await asyncio.gather(
            *(click(either_store, asked.id, yes(person)) for person in people)
        )
        outcomes = sorted(decision.outcome for decision in decisions)
        assert outcomes == ["approved", "counted", "too_late", "too_late"]
    await intact(either_store)


async def test_one_person_clicking_fast_counts_once(either_store: Store) -> None:
    asked = await either_store.requests.open(request(needed=2), entry("request"))
    decisions = await asyncio.gather(
        *(click(either_store, asked.id, yes("U0IVO")) for _ in range(5))
    )
    outcomes = sorted(decision.outcome for decision in decisions)
    assert outcomes == ["counted", "twice", "twice", "twice", "twice"]


async def test_a_no_ends_it(either_store: Store) -> None:
    asked = await either_store.requests.open(request(needed=2), entry("request"))
    await click(either_store, asked.id, yes("U0IVO"))
    rejected = await click(either_store, asked.id, no("U0ANA", at=after(5)))
    assert rejected.outcome is Decided.REJECTED
    assert rejected.request.state is RequestState.REJECTED
    assert rejected.request.settled_at == after(5)
    assert rejected.request.approvals[-1].answer is Answer.REJECT
    assert (await click(either_store, asked.id, yes("U0EVA"))).outcome is Decided.TOO_LATE


async def test_a_yes_on_the_last_instant_is_too_late(either_store: Store) -> None:
    asked = await either_store.requests.open(request(), entry("request"))
    expired = await click(either_store, asked.id, yes("U0IVO", at=asked.expires_at))
    assert (expired.outcome, expired.request.state) == (Decided.EXPIRED, RequestState.EXPIRED)
    assert expired.request.approvals == ()
    assert await intact(either_store) == ["request", "click"]
    other = await either_store.requests.open(request(), entry("request"))
    in_time = await click(either_store, other.id, yes("U0IVO", at=other.expires_at - MOMENT))
    assert in_time.outcome is Decided.APPROVED


async def test_an_unknown_request_is_nobodys(either_store: Store) -> None:
    assert await either_store.requests.decide(7, yes("U0IVO"), entry()) is None
    assert await intact(either_store) == []


async def test_without_its_audit_row_no_answer_counts(either_store: Store) -> None:
    asked = await either_store.requests.open(request(), entry("request"))
    with pytest.raises((TypeError, ValueError)):
        await either_store.requests.decide(asked.id, yes("U0IVO"), unwritable())
    assert await either_store.requests.get(asked.id) == asked
    assert (await click(either_store, asked.id, yes("U0IVO"))).outcome is Decided.APPROVED


async def settle(store: Store, request_id: int, expected: RequestState) -> bool:
    return await store.requests.settle(
        request_id,
        expected=expected,
        state=RequestState.STALE,
        note="it moved",
        entry=entry("settle"),
        now=after(9),
    )


async def test_settling_is_from_the_expected_state_and_once(either_store: Store) -> None:
    asked = await either_store.requests.open(request(), entry("request"))
    assert not await settle(either_store, asked.id, RequestState.APPROVED)
    tried = await asyncio.gather(
        *(settle(either_store, asked.id, RequestState.PLANNED) for _ in range(5))
    )
    assert tried.count(True) == 1
    settled = await either_store.requests.get(asked.id)
    assert settled is not None
    assert (settled.state, settled.note, settled.settled_at) == ("stale", "it moved", after(9))
    assert await intact(either_store) == ["request", "settle"]
    assert not await settle(either_store, 99, RequestState.PLANNED)


async def test_the_overdue_are_the_planned_past_their_expiry(either_store: Store) -> None:
    early = replace(request(), expires_at=after(10))
    late = await either_store.requests.open(request(), entry())
    soon = await either_store.requests.open(early, entry())
    gone = await either_store.requests.open(early, entry())
    await settle(either_store, gone.id, RequestState.PLANNED)
    assert await either_store.requests.overdue(after(10) - MOMENT) == ()
    assert await either_store.requests.overdue(after(10)) == (soon,)
    assert await either_store.requests.overdue(after(900)) == (soon, late)


async def test_each_is_reminded_of_once_when_its_risk_says(either_store: Store) -> None:
    change = await either_store.requests.open(request(), entry())
    danger = await either_store.requests.open(request(risk=Risk.DANGER), entry())
    waits = {"change": 300.0, "danger": 60.0}
    remind = either_store.requests.to_remind
    assert await remind(after(59), after=waits) == ()
    assert await remind(after(60), after=waits) == (danger,)
    assert await remind(after(300), after=waits) == (change,)
    assert await remind(after(301), after=waits) == ()


async def test_nobody_is_reminded_of_what_is_settled_or_expired(either_store: Store) -> None:
    settled = await either_store.requests.open(request(), entry())
    await settle(either_store, settled.id, RequestState.PLANNED)
    await either_store.requests.open(replace(request(), expires_at=after(200)), entry())
    assert await either_store.requests.to_remind(after(400), after={"change": 300.0}) == ()


async def test_two_schedulers_remind_once(either_store: Store) -> None:
    await either_store.requests.open(request(), entry())
    found = await asyncio.gather(
        *(either_store.requests.to_remind(after(400), after={"change": 300.0}) for _ in range(4))
    )
    assert sum(len(reminded) for reminded in found) == 1


async def test_the_recent_come_newest_first_and_by_resource(either_store: Store) -> None:
    web = [await either_store.requests.open(request(), entry()) for _ in range(3)]
    api = await either_store.requests.open(request("service/api"), entry())
    assert await either_store.requests.recent() == (api, *reversed(web))
    assert await either_store.requests.recent(limit=2) == (api, web[2])
    assert await either_store.requests.recent(resource="service/web", limit=2) == (web[2], web[1])


async def test_the_waiting_are_planned_or_approved(either_store: Store) -> None:
    agreed = await approved(either_store)
    planned = await either_store.requests.open(request(), entry())
    gone = await either_store.requests.open(request(), entry())
    await settle(either_store, gone.id, RequestState.PLANNED)
    assert await either_store.requests.waiting() == (agreed, planned)


async def test_every_change_is_wanted_on_the_card(either_store: Store) -> None:
    asked = await either_store.requests.open(request(needed=3), entry())
    assert await wanted(either_store, asked.name) == 1
    await click(either_store, asked.id, yes("U0IVO"))
    counted = await wanted(either_store, asked.name)
    assert counted > 1
    await click(either_store, asked.id, yes("U0IVO"))
    assert await wanted(either_store, asked.name) == counted
    await settle(either_store, asked.id, RequestState.PLANNED)
    assert await wanted(either_store, asked.name) > counted
