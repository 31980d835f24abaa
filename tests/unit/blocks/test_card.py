"""A request's card: what an approver, a watcher and a late reader see."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks import ids
from blocks.card import request_card
from blocks.reminder import reminder
from blocks.voice import BlockKitVoice
from bot.domain.message import Message
from bot.domain.plan import Call, Change, StepSpec
from bot.domain.request import Answer, RequestState
from bot.domain.run import Control, RunState, StepState
from tests.unit.blocks import making as m
from tests.unit.blocks.seeing import block, buttons, good, read, texts, unhurried

pytestmark = pytest.mark.unit


ASKED_BY = (
    "*Asked by* <@U0ANA> 2026-11-23 03:05 UTC: "
    "`/filmops rollback backend --reason checkout is failing`"
)
FINE_PRINT = (
    "Risk: changes production · fingerprint of the live state: "
    f"`{m.plan().fingerprint}` · plan `{m.plan().hash[:12]}`"
)
STILL_NEEDED = (
    "*Still needed:* 1 approval from engineer, lead or cto, not <@U0ANA>, who asked. "
    "Expires 2026-11-23 03:20 UTC."
)


def card(**more: Any) -> Message:
    return good(request_card(m.view(**more)))


def running(state: RunState = RunState.RUNNING, **more: Any) -> Message:
    return good(request_card(m.running(state, **more)))


def settled(state: RequestState, **more: Any) -> Message:
    return card(request=m.request(state=state, settled_at=m.NOW, **more))


def statuses(message: Message) -> list[str]:
    return [task["status"] for task in block(message, "plan")["tasks"]]


def test_a_plan_that_waits_shows_all_an_approver_agrees_to() -> None:
    assert read(card()) == "\n".join(
        [
            "⏳ R42 rollback backend: waiting for 1 approval",
            ASKED_BY,
            "*Why:* checkout is failing",
            "*What:* Move all traffic of backend from green (v1.5.0) back to blue (v1.4.2).",
            "*Before → after*",
            "• traffic on :443: green 100 → *blue 100*",
            "*:warning: Warnings*",
            "• blue runs 2 of 4 tasks",
            "*Evidence*",
            "• green: 38 % errors over 5 minutes",
            "*Steps*",
            "1. Move traffic to blue",
            "2. Watch 3 closed minutes",
            "*Exact API calls*",
            "```",
            "elbv2.modify_listener",
            '  ListenerArn = "arn:listener/443"',
            '  DefaultActions = [{"Type": "forward"}]',
            "```",
            FINE_PRINT,
            STILL_NEEDED,
            "Approve",
            "Reject",
        ]
    )


def test_its_text_is_a_sentence_for_those_who_hear_it() -> None:
    assert card().text == (
        "R42 rollback backend: waiting for 1 approval. Asked by <@U0ANA>, because: checkout is "
        "failing. engineer, lead or cto may approve until 2026-11-23 03:20 UTC."
    )


def test_both_decisions_ask_back_and_carry_the_number_alone() -> None:
    waiting = card()
    assert buttons(waiting) == {ids.APPROVE: "42", ids.REJECT: "42"}
    approve, reject = block(waiting, "actions")["elements"]
    assert approve["style"] == "primary"
    assert reject["style"] == "danger"
    assert m.plan().fingerprint in approve["confirm"]["text"]["text"]
    assert reject["confirm"]["deny"]["text"] == "Keep it"


def test_who_has_approved_is_said_while_more_are_needed() -> None:
    said = read(card(request=m.request(needed=2, approvals=(m.approval(),))))
    assert "waiting for 1 approval" in said
    assert "Approved by <@U0BEN> 2026-11-23 03:07 UTC." in said


def test_a_plan_without_steps_calls_or_reason_is_still_whole() -> None:
    bare = m.plan(steps=(), changes=(), evidence=(), warnings=())
    said = read(card(request=m.request(plan=bare, reason=""), approvers=()))
    assert "no reason was given" in said
    assert "nobody (the topology names no role)" in said
    assert "API calls" not in said


def test_many_calls_are_cut_and_say_where_they_are_whole() -> None:
    call = Call(service="elbv2", action="modify_rule", parameters={"Actions": ["x" * 900] * 3})
    steps = tuple(StepSpec(name="s", title=f"Route {n}", calls=(call,)) for n in range(12))
    said = read(card(request=m.request(plan=m.plan(steps=steps))))
    assert "*Exact API calls* (cut; full calls: `/filmops show R42`)" in said


def test_an_approved_request_has_no_buttons_and_says_what_comes_next() -> None:
    approved = card(
        request=m.request(
            state=RequestState.APPROVED, approvals=(m.approval(),), note="Looking afresh."
        )
    )
    assert buttons(approved) == {}
    assert "approved, about to start" in read(approved)
    assert "Looking afresh." in read(approved)
    assert "production is looked at again" in read(approved)
    started = card(request=m.request(state=RequestState.STARTED))
    assert "approved, starting" in read(started)


def test_an_approved_request_for_later_can_be_cancelled_until_it_begins() -> None:
    plan = m.plan(start_at=m.NOW + timedelta(hours=3))
    waits = card(request=m.request(state=RequestState.APPROVED, plan=plan))
    assert "approved, begins at 2026-11-23 06:10 UTC" in read(waits)
    assert buttons(waits) == {ids.CANCEL: "42"}
    begins = card(request=m.request(state=RequestState.STARTED, plan=plan))
    assert buttons(begins) == {}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RequestState.REJECTED, "rejected, nothing was changed"),
        (RequestState.EXPIRED, "expired without approval, nothing was changed"),
        (RequestState.STALE, "plan is stale, nothing was changed"),
        (RequestState.REFUSED, "refused, nothing was changed"),
        (RequestState.CANCELLED, "cancelled, nothing was changed"),
    ],
)
def test_what_came_to_nothing_says_why_and_the_next_command(
    state: RequestState, words: str
) -> None:
    over = settled(state, note="traffic on :443 moved from green to <@U0BEN>'s blue.")
    said = read(over)
    assert words in said.splitlines()[0]
    assert buttons(over) == {}
    assert f"*{state.capitalize()}* 2026-11-23 03:10 UTC: traffic on :443 moved" in said
    assert "<@U0BEN>'s blue." in over.text
    assert ": `/filmops rollback backend --reason checkout is failing`" in said


def test_who_rejected_it_is_named_and_a_missing_note_does_not_matter() -> None:
    rejected = card(
        request=m.request(
            state=RequestState.REJECTED,
            approvals=(m.approval("U0CHLOE", Answer.REJECT),),
            words="/filmops rollback backend",
        )
    )
    assert "*Rejected*.\n" in read(rejected)
    assert "Rejected by <@U0CHLOE> 2026-11-23 03:07 UTC." in read(rejected)
    assert "`/filmops rollback backend`" in read(rejected)


def test_a_run_shows_its_steps_in_one_block_that_keeps_its_id() -> None:
    message = running()
    plan = block(message, "plan")
    assert plan["block_id"] == ids.STEPS
    assert plan["title"] == "1 of 2 steps done"
    assert [task["title"] for task in plan["tasks"]] == ["1. Step number 1", "2. Step number 2"]
    assert statuses(message) == ["complete", "in_progress"]
    assert "blue has 100 % on :443" in json.dumps(plan)
    assert "1 of 3 minutes good" in json.dumps(plan)
    assert read(message).startswith("▶️ R42 rollback backend: running, step 2 of 2")
    assert buttons(message) == {ids.PAUSE: "42", ids.ABORT: "42"}


def test_a_step_says_how_long_it_took_and_which_attempt_it_is() -> None:
    steps = (
        m.step(
            0,
            StepState.DONE,
            attempt=3,
            started_at=m.ASKED,
            ended_at=m.ASKED + timedelta(seconds=65),
        ),
        m.step(1, StepState.RUNNING, attempt=2, started_at=m.NOW, ended_at=m.NOW),
        m.step(2, StepState.WAITING, attempt=4, progress={"said": "watching"}),
    )
    plan = json.dumps(block(running(steps=steps), "plan"))
    assert "1 min 5 s" in plan
    assert "attempt 4" not in plan, "looks are no attempts"
    assert "attempt 2" in plan
    assert "attempt 3" not in plan


def test_a_step_that_failed_in_a_running_run_is_in_error() -> None:
    assert statuses(running(steps=(m.step(0, StepState.FAILED), m.step(1)))) == [
        "error",
        "pending",
    ]


def test_what_was_asked_of_a_run_takes_its_button_away() -> None:
    pausing = running(control=Control.PAUSE)
    assert "about to pause" in read(pausing)
    assert buttons(pausing) == {ids.ABORT: "42"}
    aborting = running(control=Control.ABORT)
    assert "about to abort" in read(aborting)
    assert buttons(aborting) == {}


def test_a_paused_run_can_go_on_or_end() -> None:
    paused = running(RunState.PAUSED)
    assert "*Paused.* Somebody asked for a pause." in read(paused)
    assert buttons(paused) == {ids.RESUME: "42", ids.ABORT: "42"}
    assert statuses(paused) == ["complete", "pending"]


def test_a_held_run_is_loud_and_says_what_next() -> None:
    held = running(RunState.HELD, note="Held at step 2: blue answers 500.")
    said = read(held)
    assert said.startswith("🛑 R42 rollback backend: HELD at step 2 of 2, a person must decide")
    assert "*HELD. A person must decide.* Held at step 2: blue answers 500." in said
    assert "*Resume* looks again at the present step and goes on" in said
    assert statuses(held) == ["complete", "error"]
    assert "blue answers 500" in held.text
    assert "Going on is not known to be safe" in read(running(RunState.HELD))


def test_a_run_with_a_way_back_says_what_abort_does() -> None:
    steps = (m.step(0), m.step(1, spec=StepSpec(name="back", title="Back", back=True)))
    for state in (RunState.HELD, RunState.PAUSED):
        assert "*Abort* ends the run here." in read(running(state))
        both_ways = read(running(state, steps=steps))
        assert "*Abort* goes back first, traffic before all else." in both_ways


def test_a_run_that_succeeded_ends_with_who_what_how_long_and_offers() -> None:
    steps = (m.step(0, StepState.DONE), m.step(1, StepState.DONE))
    done = running(RunState.SUCCEEDED, steps=steps, ended_at=m.NOW, note="All is well.")
    said = read(done)
    assert said.startswith("✅ R42 rollback backend: done in 2 min")
    assert "*Before → after*\n• traffic on :443: green 100 → *blue 100*" in said
    assert (
        "*Done in 2 min*, 2026-11-23 03:08 UTC to 2026-11-23 03:10 UTC, asked by <@U0ANA>, "
        "approved by <@U0BEN>." in said
    )
    assert "*If you wish, never done by the bot itself*\n• /filmops restore prod-db" in said
    assert "`/filmops show R42`" in said
    assert buttons(done) == {}


@pytest.mark.parametrize(
    ("state", "words", "last"),
    [(RunState.FAILED, "failed after", "error"), (RunState.ABORTED, "aborted after", "pending")],
)
def test_a_run_that_did_not_succeed_does_not_claim_its_after(
    state: RunState, words: str, last: str
) -> None:
    over = running(state, ended_at=m.NOW)
    assert words in read(over).splitlines()[0]
    assert "Was meant to change" in read(over)
    assert statuses(over) == ["complete", last]


def test_a_run_of_a_risk_that_needs_nobody_says_so() -> None:
    view = m.view(request=m.request(needed=0), run=m.run(RunState.SUCCEEDED, ended_at=None))
    assert "approved by nobody." in read(good(request_card(view)))
    theirs = m.request(needed=0, plan=m.plan(pre_approved="I7 is theirs"))
    view = m.view(request=theirs, run=m.run(RunState.SUCCEEDED, ended_at=None))
    assert "approved by nobody: I7 is theirs." in read(good(request_card(view)))


@pytest.mark.parametrize("present", [0, 100, 199, 200])
def test_two_hundred_steps_show_the_present_one_and_count_the_rest(present: int) -> None:
    steps = tuple(
        m.step(n, StepState.DONE if n < present else StepState.PENDING) for n in range(200)
    )
    tasks = block(running(steps=steps), "plan")["tasks"]
    assert len(tasks) <= 50
    titles = [task["title"] for task in tasks]
    assert f"{min(present, 199) + 1}. Step number {min(present, 199) + 1}" in titles
    counted = sum(int(title.split()[0]) for title in titles if title.split()[1] in _FAR)
    assert counted + sum(title.split()[1] == "Step" for title in titles) == 200


_FAR = ("earlier", "later")


def test_a_run_without_steps_has_a_plan_all_the_same() -> None:
    assert block(running(steps=()), "plan")["tasks"] == []


def test_the_reminder_says_who_is_needed_and_until_when() -> None:
    message = good(reminder(m.view()))
    assert message.text == (
        "Reminder: R42 rollback backend still needs 1 approval from engineer, lead or cto, "
        "until 2026-11-23 03:20 UTC."
    )
    assert "in 10 min" in read(message)


def test_the_voice_says_the_same() -> None:
    assert BlockKitVoice().card(m.view()) == request_card(m.view())
    assert BlockKitVoice().reminder(m.view()) == reminder(m.view())


@unhurried
@given(data=st.data())
def test_no_words_break_a_card(data: st.DataObject) -> None:
    def words() -> str:
        return data.draw(texts)

    spec = StepSpec(
        name="s",
        title=words(),
        calls=(Call(service=words(), action=words(), parameters={words(): words()}),),
    )
    plan = m.plan(
        operation=words(),
        resource=words(),
        summary=words(),
        steps=(spec,) * data.draw(st.integers(0, 60)),
        changes=(Change(subject=words(), before=words(), after=words()),) * 20,
        evidence=(words(),) * 20,
        warnings=(words(),) * 20,
        offers=(words(),) * 20,
    )
    request = m.request(
        plan=plan,
        operation=words(),
        words=words(),
        actor=words(),
        reason=words(),
        note=words(),
        state=data.draw(st.sampled_from(RequestState)),
        approvals=(m.approval(words()),) * data.draw(st.integers(0, 9)),
    )
    steps = tuple(
        m.step(n, data.draw(st.sampled_from(StepState)), spec=spec, result={"said": words()})
        for n in range(3)
    )
    run = m.run(data.draw(st.sampled_from(RunState)), steps=steps, note=words(), release=words())
    view = m.view(
        request=request, run=data.draw(st.sampled_from([None, run])), approvers=(words(), words())
    )
    good(request_card(view))
    good(reminder(view))
