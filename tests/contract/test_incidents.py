"""Incidents: one of a fingerprint, one deed at a time, each with its line and its audit row."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.climb import climb
from bot.domain.incident import IncidentState, Why
from bot.ports import Store
from bot.topology import Severity
from tests.contract.alarms import (
    LADDER,
    MINUTE,
    SILENT,
    acked,
    climbed,
    incident,
    kinds,
    line,
    opened,
    resolved,
    snoozed,
    states,
)
from tests.contract.asking import NOW, after, entry, intact, unwritable, wanted

pytestmark = pytest.mark.contract


async def test_an_incident_comes_back_as_it_was_opened(either_store: Store) -> None:
    made = await opened(either_store, owner="U0ANA")
    told: dict[str, Any] = {
        "resume_at": after(60 * MINUTE),
        "resume_why": Why.REPEAT,
        "owner": "U0ANA",
    }
    assert made == incident(id=made.id, **told)
    assert await either_store.incidents.get(made.id) == made
    assert await either_store.incidents.of_fingerprint("cpu") == made
    assert await either_store.incidents.get(made.id + 1) is None
    assert await states(either_store, made.id) == [["armed", "armed", "armed"]]
    (one,) = await either_store.incidents.escalations(made.id)
    assert [page.due_at for page in one.pages] == [after(m * MINUTE) for m in (0, 15, 30)]
    assert (one.number, one.why, one.began_at) == (1, Why.OPENED, NOW)


async def test_opening_one_wants_its_card_and_writes_it_down(either_store: Store) -> None:
    made = await opened(either_store)
    assert await wanted(either_store, made.name) >= 1
    assert await kinds(either_store, made.id) == ["opened"]
    await either_store.cards.shown(made.name, ts="1.1", version=1, next_at=NOW)
    (note,) = await either_store.cards.claim_notes(now=NOW, lease_until=NOW)
    assert (note.subject, note.message.text) == (made.name, "Opened as P1: 5xx on backend")
    assert await intact(either_store) == ["open"]


async def test_a_second_alert_is_counted_to_the_unresolved_one(either_store: Store) -> None:
    made = await opened(either_store)
    before = await wanted(either_store, made.name)
    again = await either_store.incidents.open(
        incident(), climb(LADDER, after(9)), channel="x", entry=entry("open"), now=after(9)
    )
    assert again.new is False
    assert again.incident == replace(made, alerts=2, alerted_at=after(9))
    assert await wanted(either_store, made.name) > before
    assert await states(either_store, made.id) == [["armed", "armed", "armed"]]
    await resolved(either_store, made.id)
    assert (await opened(either_store)).id != made.id


async def test_of_many_alerts_at_once_one_opens(either_store: Store) -> None:
    await asyncio.gather(*(opened(either_store) for _ in range(20)))
    (one,) = await either_store.incidents.unresolved()
    assert one.alerts == 20
    assert await intact(either_store) == ["open"]


async def test_hostile_text_is_kept_readable(either_store: Store) -> None:
    made = await opened(either_store, "f\0p", title="a\0b\ud800")
    assert "\0" not in made.title
    assert (await opened(either_store, "f\0p")).alerts == 2


async def test_one_that_pages_nobody_waits_for_nothing(either_store: Store) -> None:
    made = await opened(either_store, ladder=SILENT, severity=Severity.P4)
    assert (made.resume_at, made.resume_why) == (None, None)
    assert await either_store.pages.stranded() == ()
    assert (await either_store.pages.instants()).next is None


async def test_a_maintenance_window_holds_the_climb(either_store: Store) -> None:
    held: dict[str, Any] = {
        "resume_at": after(99),
        "resume_why": Why.MAINTENANCE,
        "resume_note": "work",
    }
    made = await opened(either_store, **held)
    assert (made.resume_at, made.resume_why, made.resume_note) == (
        after(99),
        Why.MAINTENANCE,
        "work",
    )
    assert await states(either_store, made.id) == []
    assert (await either_store.pages.instants()).next == after(99)
    assert await either_store.incidents.waiting(after(98)) == ()
    assert await either_store.incidents.waiting(after(99)) == (made,)


async def test_of_twenty_at_once_one_acknowledges(either_store: Store) -> None:
    made = await opened(either_store)
    at_once = await asyncio.gather(*(acked(either_store, made.id, by=f"U{n}") for n in range(20)))
    (won,) = [one for one in at_once if one is not None]
    assert (won.state, won.acked_at, won.acked_via) == (IncidentState.ACKNOWLEDGED, NOW, "Slack")
    assert won.owner == won.acked_by
    assert (won.resume_at, won.resume_why) == (after(1800), Why.PROMISE)
    assert (await intact(either_store)).count("ack") == 1
    assert await states(either_store, made.id) == [["cancelled"] * 3]


async def test_an_acknowledgement_keeps_the_owner_and_never_reopens(either_store: Store) -> None:
    made = await opened(either_store, owner="U0BEN")
    got = await acked(either_store, made.id)
    assert got is not None
    assert got.owner == "U0BEN"
    assert await resolved(either_store, made.id) is not None
    assert await acked(either_store, made.id) is None
    assert await resolved(either_store, made.id) is None
    assert await acked(either_store, 99) is None


async def test_of_two_schedulers_one_begins_the_climb(either_store: Store) -> None:
    made = await opened(either_store)
    tries = await asyncio.gather(
        *(climbed(either_store, made.id, at=3600, expected=made.resume_at) for _ in range(6))
    )
    (won,) = [one for one in tries if one is not None]
    assert (won.repeats, won.climbs) == (1, 1)
    assert (won.resume_at, won.resume_why) == (after(7200), Why.REPEAT)
    assert await states(either_store, made.id) == [["cancelled"] * 3, ["armed"] * 3]
    one, two = await either_store.incidents.escalations(made.id)
    assert (one.ended_at, one.ended_why, two.number) == (after(3600), "repeat", 2)


async def test_any_other_reason_begins_to_count_repetitions_anew(either_store: Store) -> None:
    made = await opened(either_store)
    once = await climbed(either_store, made.id, at=3600, expected=made.resume_at)
    assert once is not None
    worse = await climbed(
        either_store,
        made.id,
        at=3700,
        expected=once.resume_at,
        why=Why.SEVERITY,
        severity=Severity.P2,
    )
    assert worse is not None
    assert (worse.repeats, worse.climbs, worse.severity) == (0, 2, Severity.P2)


async def test_only_what_rings_again_comes_back_from_the_resolved(either_store: Store) -> None:
    made = await opened(either_store)
    await resolved(either_store, made.id)
    assert await climbed(either_store, made.id, at=9, expected=None, why=Why.SILENCE) is None
    back = await climbed(either_store, made.id, at=9, expected=None, why=Why.UNACKNOWLEDGED)
    assert back is not None
    assert (back.state, back.resolved_at, back.resolved_by) == (IncidentState.OPEN, None, "")
    await resolved(either_store, made.id)
    await opened(either_store)
    why = Why.UNACKNOWLEDGED
    assert await climbed(either_store, made.id, at=9, expected=None, why=why) is None
    assert await climbed(either_store, 99, at=9, expected=None, why=why) is None


async def test_a_snooze_is_for_the_open_and_a_promise_for_the_acknowledged(
    either_store: Store,
) -> None:
    wait = either_store.incidents.wait
    made = await opened(either_store)
    no_line: dict[str, Any] = {"note": "", "happening": None, "entry": None}
    assert await wait(made.id, Why.PROMISE, after(9), **no_line) is None
    quiet = await snoozed(either_store, made.id, at=5, until=500)
    assert quiet is not None
    assert (quiet.state, quiet.resume_why, quiet.resume_note) == (
        IncidentState.OPEN,
        Why.SNOOZE,
        "known",
    )
    assert await states(either_store, made.id) == [["cancelled"] * 3]
    got = await acked(either_store, made.id)
    assert got is not None
    assert await snoozed(either_store, made.id, at=5, until=500) is None
    asked = await wait(made.id, Why.SILENCE, after(9), **no_line, expected=got.resume_at)
    assert asked is not None
    assert (asked.resume_at, asked.resume_why) == (after(9), Why.SILENCE)
    assert await wait(made.id, Why.SILENCE, after(9), **no_line, expected=after(8)) is None
    await resolved(either_store, made.id)
    assert await wait(made.id, Why.PROMISE, after(9), **no_line) is None
    assert await wait(99, Why.PROMISE, after(9), **no_line) is None


async def test_an_incident_nobody_answers_is_given_up_once(either_store: Store) -> None:
    made = await opened(either_store)
    told: dict[str, Any] = {"happening": line(at=9), "entry": entry("unowned")}
    give_up = either_store.incidents.give_up
    assert made.resume_at is not None
    assert await give_up(made.id, expected=after(1), **told) is None
    given = await give_up(made.id, expected=made.resume_at, **told)
    assert given is not None
    assert (given.unowned_at, given.resume_at, given.state) == (after(9), None, IncidentState.OPEN)
    assert await give_up(made.id, expected=made.resume_at, **told) is None
    got = await acked(either_store, made.id)
    assert got is not None
    assert got.unowned_at is None


async def test_severity_and_owner_change_where_they_may(either_store: Store) -> None:
    store = either_store.incidents
    made = await opened(either_store)
    told: dict[str, Any] = {"happening": line(), "entry": entry("deed")}
    assert await store.rate(made.id, Severity.P3, **told) is None
    await acked(either_store, made.id)
    rated = await store.rate(made.id, Severity.P3, **told)
    given = await store.assign(made.id, "U0BEN", **told)
    assert rated is not None
    assert given is not None
    assert (given.severity, given.owner, given.resume_why) == (Severity.P3, "U0BEN", Why.PROMISE)
    await resolved(either_store, made.id)
    assert await store.rate(made.id, Severity.P1, **told) is None
    assert await store.assign(made.id, "U0IVO", **told) is None
    assert await store.assign(99, "U0IVO", **told) is None


async def test_the_timeline_has_every_line_in_order(either_store: Store) -> None:
    made = await opened(either_store)
    assert await either_store.incidents.tell(made.id, line("note", at=3), entry("note"))
    assert await either_store.incidents.tell(made.id, line("found", at=2), None)
    assert not await either_store.incidents.tell(99, line("note"), None)
    await acked(either_store, made.id, at=4)
    assert await kinds(either_store, made.id) == ["opened", "note", "found", "ack"]
    assert (await either_store.incidents.timeline(made.id))[1] == line("note", at=3)
    assert await intact(either_store) == ["open", "note", "ack"]


async def test_the_newest_are_first_and_can_be_narrowed(either_store: Store) -> None:
    recent = either_store.incidents.recent
    one = await opened(either_store, "a")
    two = await opened(either_store, "b", service="web", opened_at=after(9))
    assert [i.id for i in await recent()] == [two.id, one.id]
    assert [i.id for i in await recent(service="backend")] == [one.id]
    assert [i.id for i in await recent(since=after(1))] == [two.id]
    assert [i.id for i in await recent(limit=1)] == [two.id]


async def test_a_storms_children_are_listed_oldest_first(either_store: Store) -> None:
    storm, one, two = [await opened(either_store, name) for name in ("storm", "a", "b")]
    for child in (two, one):
        assert await either_store.incidents.fold(
            child.id, storm.id, happening=line("fold"), entry=entry("fold")
        )
    children = await either_store.incidents.children(storm.id)
    assert [child.id for child in children] == [one.id, two.id]
    assert await either_store.incidents.children(one.id) == ()


async def test_those_that_ended_in_a_time_are_listed_by_their_end(either_store: Store) -> None:
    one, two, late, mild, open_ = [
        await opened(either_store, name, severity=severity)
        for name, severity in zip("abcde", ("P1", "P2", "P1", "P3", "P1"), strict=True)
    ]
    for one_of_them, at in ((two, 10), (one, 20), (mild, 15), (late, 31)):
        assert await resolved(either_store, one_of_them.id, at=at)
    found = await either_store.incidents.resolved(
        severities=(Severity.P1, Severity.P2), since=after(10), until=after(30)
    )
    assert [each.id for each in found] == [two.id, one.id]
    assert open_.id not in {each.id for each in found}


async def test_cards_with_a_countdown_are_drawn_anew(either_store: Store) -> None:
    made = await opened(either_store, "a")
    got = await opened(either_store, "b")
    await acked(either_store, got.id)
    before = await wanted(either_store, made.name), await wanted(either_store, got.name)
    assert await either_store.incidents.touch(after(1)) == 1
    assert await wanted(either_store, made.name) == before[0] + 1
    assert await wanted(either_store, got.name) == before[1]


async def test_without_its_audit_row_nothing_changes(either_store: Store) -> None:
    store, bad = either_store.incidents, unwritable()
    made = await opened(either_store)
    lines = await kinds(either_store, made.id)
    with pytest.raises((TypeError, ValueError)):
        await store.open(incident("b"), climb(LADDER, NOW), channel="x", entry=bad, now=NOW)
    with pytest.raises((TypeError, ValueError)):
        await store.acknowledge(made.id, via="x", until=NOW, happening=line(), entry=bad)
    with pytest.raises((TypeError, ValueError)):
        await store.resolve(made.id, happening=line(), entry=bad)
    with pytest.raises((TypeError, ValueError)):
        await store.climb(
            made.id,
            climb(LADDER, NOW),
            Why.REPEAT,
            expected=made.resume_at,
            happening=line(),
            entry=bad,
        )
    with pytest.raises((TypeError, ValueError)):
        await store.wait(made.id, Why.SNOOZE, NOW, note="", happening=line(), entry=bad)
    with pytest.raises((TypeError, ValueError)):
        await either_store.pages.hasten(made.id, line(), bad)
    assert await store.unresolved() == (made,)
    assert await states(either_store, made.id) == [["armed"] * 3]
    assert await kinds(either_store, made.id) == lines
    assert await intact(either_store) == ["open"]
