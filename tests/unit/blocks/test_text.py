"""Words are safe before they are shown: nothing typed can act, forge or break."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from blocks import text
from tests.unit.blocks.seeing import texts, unhurried

pytestmark = pytest.mark.unit

AT = datetime(2026, 11, 23, 3, 5, 30, tzinfo=UTC)


def test_people_s_words_are_escaped() -> None:
    assert text.escape("a < b && c > d <!channel>") == (
        "a &lt; b &amp;&amp; c &gt; d &lt;!channel&gt;"
    )


def test_characters_that_turn_the_line_or_cannot_be_shown_are_dropped() -> None:
    assert text.plain("pay\u202e100\u2066 \x00\ud800now") == "pay100 now"
    assert text.plain("\x00") == "—"


def test_one_line_stays_one_line() -> None:
    assert text.inline("why\n*Approved by* ana\u2028x") == "why *Approved by* ana x"


def test_a_cut_never_leaves_half_an_entity_or_a_mention() -> None:
    assert text.cut("ab&amp;cd", 6) == "ab…"
    assert text.cut("ab <@U0ANA> cd", 9) == "ab …"
    assert text.cut("abcdef", 6) == "abcdef"
    assert text.cut_plain("abcdefg", 6) == "abcde…"


@unhurried
@given(texts)
def test_a_cut_is_never_longer_than_asked(words: str) -> None:
    assert len(text.cut(text.escape(words), 50)) <= 50
    assert len(text.fenced(words, 60)) <= 60
    assert text.fenced(words, 60).count("```") == 2
    assert text.typed(words).count("`") == 2


def test_a_person_is_mentioned_and_a_program_named() -> None:
    assert text.mention("U0ANA") == "<@U0ANA>"
    assert text.mention("scheduler <!here>") == "scheduler &lt;!here&gt;"


def test_our_own_sentences_mention_people_and_nothing_else() -> None:
    assert text.spoken("held by <@U0ANA|ana> <!channel>") == "held by <@U0ANA> &lt;!channel&gt;"


def test_a_channel_goes_by_id_or_name() -> None:
    assert text.channel("C012345678") == "<#C012345678>"
    assert text.channel("#ops-alerts") == "#ops-alerts"


def test_a_time_has_a_fallback_in_utc() -> None:
    assert text.moment(AT) == ("<!date^1795403130^{date_short_pretty} {time}|2026-11-23 03:05 UTC>")
    assert text.clock(AT) == "03:05"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=45), "45 s"),
        (timedelta(minutes=4, seconds=2), "4 min 2 s"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, minutes=5, seconds=9), "2 h 5 min"),
        (timedelta(days=3, hours=1), "3 d 1 h"),
    ],
)
def test_lengths_are_said_in_two_units(length: timedelta, said: str) -> None:
    assert text.duration(length) == said


@pytest.mark.parametrize(
    ("fraction", "said"),
    [
        (0.0, "0 %"),
        (0.0004, "under 0.1 %"),
        (0.004, "0.4 %"),
        (0.05, "5 %"),
        (0.052, "5.2 %"),
        (0.384, "38 %"),
        (1.0, "100 %"),
    ],
)
def test_fractions_are_said_as_people_do(fraction: float, said: str) -> None:
    assert text.percent(fraction) == said


def test_response_times_have_a_unit() -> None:
    assert text.seconds(0.45) == "450 ms"
    assert text.seconds(1.5) == "1.50 s"


def test_things_are_counted() -> None:
    assert text.count(1, "approval") == "1 approval"
    assert text.count(2, "approval") == "2 approvals"
    assert text.count(2, "person", "people") == "2 people"
