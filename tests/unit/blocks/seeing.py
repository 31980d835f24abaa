"""What is true of every message and view, and how a test reads one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from blocks.validate import problems, view_problems
from bot.domain.message import Message, View

_OURS = re.compile(
    r"<(?:@[UW][A-Z0-9]{2,20}|#[CGD][A-Z0-9]{8,20}|!date\^\d+\^[^|<>]+\|[^|<>]+"
    r"|https?://[^|<>\s]+\|[^|<>]+)>"
)
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")

HOSTILE = (
    "<!channel>",
    "<!here|now>",
    "<!subteam^S0ADMINS>",
    "<!date^1^{date}|later>",
    "<#C0SECRETS0>",
    "<https://evil.example|click>",
    "```\n*approved*\n```",
    "`",
    "&lt;!everyone&gt;",
    "\u202etxet desrever\u2066",
    "\x00\x07\ud800",
    "\n*Approved by* everybody\n",
    "x" * 10_240,
    "&" * 3_000,
    "<" * 3_000,
    "",
    "   ",
)
texts = st.one_of(st.sampled_from(HOSTILE), st.text(), st.text("<>&`*_~|@!#\n\u202e", max_size=200))
"""What people and other systems may make the bot repeat."""


unhurried = settings(
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=25,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
"""On a busy machine nothing is said by how long examples take (tests/conftest.py: nor by one)."""


def good(message: Message) -> Message:
    """The message, having shown that Slack would take it and that nobody speaks through it."""
    assert problems(message.blocks, "message") == ()
    assert message.text.strip()
    assert len(message.text) <= 4000
    _safe([message.text, *_mrkdwn(message.blocks)])
    return message


def good_view(view: View) -> View:
    """The same of a view."""
    assert view_problems(view.payload) == ()
    _safe(list(_mrkdwn(view.payload)))
    return view


def _safe(words: list[str]) -> None:
    for text in words:
        foreign = _OURS.sub("", text)
        assert "<" not in foreign, foreign
        assert ">" not in foreign.replace("\n> ", ""), foreign
        assert not _TURNS.search(text)
        assert text.count("```") % 2 == 0, text
        text.encode()


def _mrkdwn(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if value.get("type") == "mrkdwn":
            yield value["text"]
        for inner in value.values():
            yield from _mrkdwn(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _mrkdwn(inner)


def read(message: Message | View) -> str:
    """All words a person sees, a block a paragraph; dates as their UTC fallback."""
    blocks = message.payload["blocks"] if isinstance(message, View) else message.blocks
    paragraphs = ["\n".join(_words(block)) for block in blocks]
    whole = "\n".join(words for words in paragraphs if words)
    return re.sub(r"<!date\^[^|]+\|([^>]+)>", r"\1", whole)


def buttons(message: Message | View) -> dict[str, str]:
    """The buttons there are: value by action_id."""
    blocks = message.payload["blocks"] if isinstance(message, View) else message.blocks
    return {b["action_id"]: b.get("value", "") for b in _buttons(blocks)}


def block(message: Message, kind: str) -> Mapping[str, Any]:
    """The only block of a kind."""
    (found,) = [one for one in message.blocks if one["type"] == kind]
    return found


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in ("text", "title") and isinstance(inner, str):
                yield inner
            elif key != "confirm":
                yield from _words(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _words(inner)


def _buttons(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        if value.get("type") == "button":
            yield value
        for inner in value.values():
            yield from _buttons(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _buttons(inner)
