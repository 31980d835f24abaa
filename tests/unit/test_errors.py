"""What an error says to people in one line."""

from __future__ import annotations

import pytest

from bot.errors import OperationFailed

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("message", "hint", "line"),
    [
        ("AWS says no", "Allow it.", "AWS says no. Allow it."),
        ("AWS says no.", "Allow it.", "AWS says no. Allow it."),
        ("AWS says no", "", "AWS says no"),
    ],
)
def test_what_happened_and_what_to_do_are_sentences(message: str, hint: str, line: str) -> None:
    assert OperationFailed(message, hint=hint).advice == line
