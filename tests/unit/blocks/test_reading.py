"""Help, history, one request in full, locks: what reading commands show."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.help import help_group, help_list, help_one
from blocks.history import history
from blocks.locks import released, taken
from blocks.show import show
from bot.domain.help import HelpEntry
from bot.domain.lock import Lock, LockKind
from bot.domain.plan import Call, StepSpec
from bot.domain.request import RequestState
from bot.domain.run import ChangeLogEntry, RunState, StepState
from bot.topology import Risk
from tests.unit.blocks import making as m
from tests.unit.blocks.seeing import block, buttons, good, read, texts, unhurried

pytestmark = pytest.mark.unit

ROLLBACK = HelpEntry(
    name="rollback",
    summary="Move all traffic back.",
    usage="/filmops rollback [SERVICE] [--to TO] [REASON…]",
    examples=("/filmops rollback backend",),
    risk=Risk.CHANGE,
    may_ask=("engineer", "lead"),
    may_approve=("lead", "cto"),
    approvals=1,
)
CHANGE = ChangeLogEntry(
    run=42,
    resource="service/backend",
    operation="rollback",
    summary="All is well.",
    before="green 100",
    after="blue 100",
    asked_by="U0ANA",
    approved_by=("U0BEN",),
    at=m.NOW,
)
LOCK = Lock(
    kind=LockKind.LOCK,
    resource="service/backend",
    owner="U0ANA",
    reason="debugging",
    taken_at=m.ASKED,
    expires_at=m.NOW + timedelta(hours=1),
)
FREEZE = replace(LOCK, kind=LockKind.FREEZE, resource="*")


WHEN_AND_WHY = "2026-11-23 03:05 UTC: checkout is failing"
AGREED = ", approved by <@U0BEN>"
UNTIL = "until 2026-11-23 04:10 UTC: debugging"


def test_help_lists_each_command_with_its_usage() -> None:
    message = good(help_list([ROLLBACK, replace(ROLLBACK, name="status", examples=())]))
    assert message.text == "FilmOps understands: rollback, status."
    assert "• `/filmops rollback [SERVICE] [--to TO] [REASON…]` Move all traffic back." in read(
        message
    )
    assert good(help_list([])).text == "FilmOps understands: nothing yet."


def group(*names: str) -> list[HelpEntry]:
    return [replace(ROLLBACK, name=name, usage=f"/filmops {name}") for name in names]


def test_help_lists_a_group_on_one_line() -> None:
    entries = group("status", "incident list", "escalation show", "incident show", "incident ack")
    lines = read(good(help_list(entries))).splitlines()
    assert lines[1:4] == [
        "• `/filmops status` Move all traffic back.",
        "• `/filmops incident` list, show and ack: `/filmops help incident`",
        "• `/filmops escalation show` Move all traffic back.",
    ]


def test_help_for_a_group_shows_each_with_its_usage() -> None:
    message = good(help_group(group("incident list", "incident ack")))
    assert message.text == "/filmops incident has: list and ack."
    assert read(message) == "\n".join(
        [
            "/filmops incident",
            "• `/filmops incident list` Move all traffic back.",
            "• `/filmops incident ack` Move all traffic back.",
            "More about one: `/filmops help incident list`",
        ]
    )


def test_help_for_one_says_who_may_ask_and_who_must_agree() -> None:
    assert read(good(help_one(ROLLBACK))) == "\n".join(
        [
            "/filmops rollback",
            "Move all traffic back.",
            "`/filmops rollback [SERVICE] [--to TO] [REASON…]`",
            "*Examples*",
            "• `/filmops rollback backend`",
            "*Risk:* changes production.",
            "*May be asked for by* engineer or lead. *1 other person must approve:* lead or cto.",
        ]
    )
    alone = read(good(help_one(replace(ROLLBACK, approvals=0, examples=()))))
    assert "Nobody else needs to agree." in alone
    assert "Examples" not in alone


def test_history_tells_what_became_of_each_request_and_what_changed() -> None:
    requests = [
        m.request(state=RequestState.STARTED),
        m.request(id=41, state=RequestState.EXPIRED, reason=""),
        m.request(id=40, state=RequestState.STARTED),
    ]
    runs = [m.run(RunState.SUCCEEDED, ended_at=m.NOW), m.run(id=40)]
    message = good(history(requests, runs, [CHANGE, replace(CHANGE, approved_by=())], "backend"))
    assert read(message) == "\n".join(
        [
            "Operations on backend",
            "*Requests*",
            "• ✅ *R42 rollback backend* succeeded after 2 min, asked by <@U0ANA> " + WHEN_AND_WHY,
            "• ⌛ *R41 rollback backend* expired, asked by <@U0ANA> 2026-11-23 03:05 UTC",
            "• ▶️ *R40 rollback backend* running, asked by <@U0ANA> " + WHEN_AND_WHY,
            "*Change log*",
            "• 2026-11-23 03:10 UTC R42 backend: green 100 → blue 100, asked by <@U0ANA>" + AGREED,
            "• 2026-11-23 03:10 UTC R42 backend: green 100 → blue 100, asked by <@U0ANA>",
            "Everything about one: `/filmops show R42`.",
        ]
    )
    assert message.text == "Operations on backend: 3 requests, 2 changes, newest first."


def test_an_empty_history_says_so() -> None:
    words = read(good(history([], [], [])))
    assert "Nothing has been asked for yet." in words
    assert "Nothing has been changed yet." in words


def test_show_has_the_plan_the_answers_the_state_and_the_exact_calls() -> None:
    message = good(show(m.view(request=m.request(note="Held up."))))
    words = read(message)
    assert buttons(message) == {}
    for line in (
        "*State:* planned",
        "*Answers:* none yet",
        "*Approvals still needed:* 1 of 1",
        "*Expires:* 2026-11-23 03:20 UTC",
        "*Risk:* changes production",
        "*Note:* Held up.",
        "*Steps*\n1. Move traffic to blue",
        f"*Live state it was made from* (fingerprint `{m.plan().fingerprint}`)\n• live: green",
        '  ListenerArn = "arn:listener/443"',
        "*Offers, never done by the bot itself*",
    ):
        assert line in words


def test_show_has_the_journal_with_attempts_and_lost_workers() -> None:
    steps = (
        m.step(
            0, StepState.DONE, attempt=3, deaths=1, started_at=m.ASKED, result={"said": "moved"}
        ),
        m.step(1),
    )
    run = m.run(RunState.FAILED, steps=steps, note="It failed.", ended_at=m.NOW)
    words = read(good(show(m.view(run=run))))
    assert (
        "1. *Step number 1*: done, 3 attempts, 1 lost with their worker, begun "
        "2026-11-23 03:05 UTC\n      moved" in words
    )
    assert "2. *Step number 2*: pending" in words
    assert "*Run:* 2026-11-23 03:08 UTC to 2026-11-23 03:10 UTC, 2 min, release 0.1.0" in words
    assert "*Run's note:* It failed." in words
    open_run = read(good(show(m.view(run=m.run()))))
    assert "*Run:* started 2026-11-23 03:08 UTC, 2 min ago" in open_run


def test_show_gives_long_calls_whole_over_several_blocks() -> None:
    arns = [f"arn:aws:elasticloadbalancing:{n:04}" for n in range(200)]
    call = Call(service="elbv2", action="modify_rule", parameters={"Actions": arns, "Tail": "end"})
    plan = m.plan(steps=(StepSpec(name="s", title="Move", calls=(call,)),) * 2)
    words = read(good(show(m.view(request=m.request(plan=plan)))))
    unbroken = words.replace("\n", "")
    assert sum(unbroken.count(arn) == 2 for arn in arns) > 190
    assert words.count('Tail = "end"') == 2
    assert "*… calls, continued*" in words


def test_of_calls_that_no_message_holds_only_the_first_are_written() -> None:
    call = Call(service="elbv2", action="modify_rule", parameters={"Actions": ["x" * 3_000] * 100})
    plan = m.plan(steps=(StepSpec(name="s", title="Move", calls=(call,)),))
    message = good(show(m.view(request=m.request(plan=plan))))
    assert len(message.blocks) == 50
    assert re.search(r"At least \d+ more parts are left out\.", read(message))
    shorter = replace(call, parameters={"Actions": ["x" * 3_000] * 35})
    plan = m.plan(steps=(StepSpec(name="s", title="Move", calls=(shorter,)),))
    assert "more parts are left out" in read(good(show(m.view(request=m.request(plan=plan)))))
    assert "At least" not in read(show(m.view(request=m.request(plan=plan))))


def test_show_of_a_bare_plan_leaves_empty_parts_out() -> None:
    bare = m.plan(steps=(), changes=(), facts={}, evidence=(), warnings=(), offers=())
    words = read(good(show(m.view(request=m.request(plan=bare)))))
    assert "API calls" not in words
    assert "Live state" not in words
    assert "Steps" not in words


def test_more_than_a_hundred_steps_are_counted() -> None:
    plan = m.plan(steps=(StepSpec(name="s", title="Move"),) * 130)
    assert "… and 30 more" in read(good(show(m.view(request=m.request(plan=plan)))))


def test_a_lock_says_whose_it_is_until_when_and_how_to_end_it() -> None:
    message = good(taken(LOCK))
    assert message.text == "backend is locked by <@U0ANA> until 2026-11-23 04:10 UTC: debugging"
    assert read(message) == "\n".join(
        [
            ":lock: *backend is locked.* Only <@U0ANA> may change it " + UNTIL,
            "Rollback is always allowed. To end it: `/filmops unlock backend`",
        ]
    )
    frozen = read(good(taken(FREEZE)))
    assert ":snowflake: *everything is frozen* by <@U0ANA>. Nobody may change it" in frozen
    assert "`/filmops unfreeze all`" in frozen


def test_what_is_released_says_who_held_it() -> None:
    message = good(released(FREEZE, by="U0CHLOE"))
    assert message.text == "everything is no longer frozen."
    assert "<@U0CHLOE> ended the freeze that <@U0ANA> took" in read(message)


@unhurried
@given(data=st.data())
def test_no_words_break_an_answer(data: st.DataObject) -> None:
    def words() -> str:
        return data.draw(texts)

    entry = replace(ROLLBACK, name=words(), summary=words(), usage=words(), examples=(words(),))
    many = data.draw(st.integers(0, 400))
    some = [words() for _ in range(5)]
    good(help_list([replace(entry, name=f"{n} {some[n % 5]}") for n in range(many)]))
    good(help_group([replace(entry, name=f"{words()} {words()}")] * (many + 1)))
    good(help_one(entry))
    call = Call(service=words(), action=words(), parameters={words(): [words()] * 40})
    spec = StepSpec(name="s", title=words(), calls=(call,) * 5)
    plan = m.plan(
        operation=words(),
        resource=words(),
        summary=words(),
        steps=(spec,) * data.draw(st.integers(0, 120)),
        facts={words(): words()},
    )
    request = m.request(plan=plan, reason=words(), note=words())
    steps = (m.step(0, StepState.DONE, spec=spec, result={"said": words()}),) * 110
    run = m.run(steps=steps, note=words(), release=words())
    good(show(m.view(request=request, run=data.draw(st.sampled_from([None, run])))))
    change = replace(CHANGE, resource=words(), before=words(), after=words(), asked_by=words())
    good(history([request] * 300, [run], [change] * 300, words()))
    lock = replace(LOCK, resource=words(), owner=words(), reason=words())
    good(taken(lock))
    good(released(lock, by=words()))


def test_the_first_block_is_always_the_headline() -> None:
    for message in (help_one(ROLLBACK), history([], [], []), show(m.view())):
        assert block(message, "header") == message.blocks[0]
