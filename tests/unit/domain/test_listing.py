"""Words that are listed read as a sentence."""

from __future__ import annotations

import pytest

from bot.domain.listing import both, either

pytestmark = pytest.mark.unit


def test_lists_of_words_read_as_a_sentence() -> None:
    assert either([]) == ""
    assert either(["lead"]) == "lead"
    assert either(["engineer", "lead", "cto"]) == "engineer, lead or cto"
    assert both(["blue", "green"]) == "blue and green"
