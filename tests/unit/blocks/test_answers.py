"""Short answers: what was not done, why, and what to type next."""

import pytest
from hypothesis import given

from blocks import answers
from bot.domain.reasons import Obstacle, Reason
from bot.domain.view import Outlook
from tests.unit.blocks import making as m
from tests.unit.blocks.seeing import good, read, texts, unhurried

pytestmark = pytest.mark.unit

FROZEN = Obstacle(
    code=Reason.FROZEN,
    message="backend is frozen by <@U0CHLOE> until 09:00 UTC: premiere",
    unblock="/filmops unfreeze backend",
)
ALONE = Obstacle(code=Reason.OWN_REQUEST, message="You asked for this yourself.")


def test_a_refusal_names_every_obstacle_its_code_and_what_clears_it() -> None:
    message = good(answers.refused([FROZEN, ALONE]))
    assert read(message) == "\n".join(
        [
            ":no_entry: *Refused, nothing was done.*",
            "• backend is frozen by <@U0CHLOE> until 09:00 UTC: premiere (`frozen`)",
            "To clear it: `/filmops unfreeze backend`",
            "• You asked for this yourself. (`own_request`)",
        ]
    )
    assert message.text.startswith("Refused, nothing was done: backend is frozen by <@U0CHLOE>")


def test_a_refusal_without_reasons_and_one_with_too_many_are_shown() -> None:
    assert "no reason was given" in good(answers.refused([])).text
    assert "… and 80 more in the way" in read(good(answers.refused([FROZEN] * 100)))


def test_what_the_world_refuses_is_not_called_a_misunderstanding() -> None:
    message = good(answers.unable("AWS said no.", "Mend the role."))
    assert read(message) == (
        ":warning: *It could not be done.* AWS said no.\n*Try:* Mend the role."
    )
    assert message.text == "It could not be done: AWS said no. Try: Mend the role."
    assert "Try" not in read(good(answers.unable("AWS said no.")))


def test_a_mistake_says_what_to_type_instead() -> None:
    message = good(answers.mistake("There is no command 'rolback'.", "/filmops help rollback"))
    assert read(message) == (
        ":grey_question: *Not understood, nothing was done.* There is no command 'rolback'.\n"
        "*Try:* `/filmops help rollback`"
    )
    assert "Try: /filmops help rollback" in message.text
    assert "Try" not in read(good(answers.mistake("Odd words.")))
    assert "service: backend, web" in read(good(answers.mistake("x", "service: backend, web")))


def test_an_unknown_error_has_a_number() -> None:
    assert "number `7f3a`" in good(answers.failed("7f3a")).text


def test_what_is_said_is_said_literally() -> None:
    assert good(answers.said(" Counted.\nR42 needs <1> more. ")).text == (
        "Counted.\nR42 needs &lt;1&gt; more."
    )
    assert good(answers.said("  ")).text == "Done."


def test_who_asked_is_told_where_it_waits() -> None:
    message = good(answers.asked(m.request(needed=2)))
    assert message.text == (
        "R42 is waiting in #ops-alerts for 2 approvals, until 2026-11-23 03:20 UTC."
    )


def test_what_needs_nobody_starts_by_itself() -> None:
    message = good(answers.asked(m.request(needed=0)))
    assert message.text == "R42 needs no approval and starts now; see #ops-alerts."


def test_the_outlook_says_what_it_would_need_or_what_is_in_its_way() -> None:
    def outlook(needed: int, *obstacles: Obstacle) -> str:
        view = Outlook(
            summary="Move all traffic.",
            needed=needed,
            approvers=("lead", "cto"),
            obstacles=obstacles,
        )
        return good(answers.outlook(view)).text

    assert outlook(2) == "It would need 2 approvals from lead or cto. Move all traffic."
    assert outlook(0) == "It would be done at once, without approval. Move all traffic."
    assert outlook(1, FROZEN) == "It would be refused now: 1 thing in the way. Move all traffic."


@unhurried
@given(texts, texts)
def test_no_words_break_an_answer(one: str, two: str) -> None:
    obstacles = [Obstacle(code=Reason.BUSY, message=one, unblock=two)] * 30
    good(answers.refused(obstacles))
    good(answers.mistake(one, two))
    good(answers.failed(one))
    good(answers.said(one))
    good(answers.asked(m.request(channel=one, plan=m.plan(summary=two))))
    good(
        answers.outlook(
            Outlook(summary=one, needed=1, approvers=(one, two), obstacles=tuple(obstacles))
        )
    )


def test_what_a_program_wrote_keeps_its_lines_and_calls_nobody() -> None:
    message = answers.output("Migration", "Running upgrade 1 -> 2\n<!channel> ``` done")
    (block,) = message.blocks
    shown = block["text"]["text"]
    assert shown.startswith("*Migration*\n```")
    assert "1 -&gt; 2\n" in shown
    assert "<!channel>" not in shown
    assert message.text.startswith("Migration: Running upgrade 1 -&gt; 2 &lt;!channel&gt;")
