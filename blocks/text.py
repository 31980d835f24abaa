"""Words made safe for Slack: escaped, cut, and said the way people read them.

Before: values from people, AWS and the journal, any of which may hold anything. After:
`blocks.elements` puts them into blocks. Nothing somebody typed can mention a channel, forge a
line of a card, turn the reading direction or end a code block.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from bot.domain.amount import in_percent, in_seconds
from bot.domain.duration import in_words

ELLIPSIS = "…"
_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{8,20}")
_PERSON = re.compile(r"&lt;@([UW][A-Z0-9]{2,20})(?:\|[^&]{0,80})?&gt;")
_UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
"""Control characters, half characters, and those that change the order in which a line is read:
an approver must see what is there."""
_HALF = re.compile(r"(?:&[a-z]{0,4}|<[^<>]*)\Z")
"""An entity or a `<…>` of Slack's that a cut would leave without its end."""


def plain(text: str) -> str:
    """The text without characters that cannot be shown or that turn the reading direction."""
    return _UNSHOWN.sub("", text) or "—"


def escape(text: str) -> str:
    """The text as mrkdwn that shows it literally: no mention, link or date, no code block begun."""
    literal = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return literal.replace("```", "'''")


def inline(text: str, most: int = 600) -> str:
    """Escaped and on one line, so that what people typed cannot look like a line of ours."""
    return cut(escape(" ".join(plain(text).split())) or "—", most)


def spoken(text: str, most: int = 600) -> str:
    """A sentence of the bot's own, on one line: like `inline`, and people in it are mentioned."""
    return _PERSON.sub(r"<@\1>", inline(text, most))


def typed(text: str, most: int = 300) -> str:
    """Something to type, as inline code: one line, its backticks made harmless."""
    return f"`{inline(text, most).replace('`', chr(0x2019))}`"


def fenced(text: str, most: int) -> str:
    """A code block of at most `most` characters, cut inside the fence."""
    body = escape(text).strip("\n") or "—"
    return f"```\n{cut(body, most - 8)}\n```"


def cut(mrkdwn: str, most: int) -> str:
    """At most `most` characters of mrkdwn, never half an entity, a mention or a date."""
    if len(mrkdwn) <= most:
        return mrkdwn
    return _HALF.sub("", mrkdwn[: most - 1]) + ELLIPSIS


def cut_plain(text: str, most: int) -> str:
    """At most `most` characters of plain text."""
    return text if len(text) <= most else text[: most - 1] + ELLIPSIS


def mention(user: str) -> str:
    """A person by Slack id; anybody else (the scheduler, the command line) by name."""
    return f"<@{user}>" if _USER.fullmatch(user) else inline(user, 80)


def channel(name: str) -> str:
    """A channel by id or by name."""
    return f"<#{name}>" if _CHANNEL.fullmatch(name) else "#" + inline(name.removeprefix("#"), 80)


def moment(at: datetime) -> str:
    """A time in the reader's own zone, in UTC where Slack cannot."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{utc(at)}>"


def utc(at: datetime) -> str:
    """A time for notifications and screen readers, which show no local times."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def second(at: datetime) -> str:
    """A time to the second, in the reader's own zone; in UTC where Slack cannot."""
    shown = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time_secs}}|{shown}>"


def clock(at: datetime) -> str:
    """The minute alone, in UTC, beside others of the same hour."""
    return at.astimezone(UTC).strftime("%H:%M")


def duration(length: timedelta) -> str:
    """A length of time in its two largest units: `45 s`, `4 min 2 s`, `2 h 5 min`, `3 d`."""
    return in_words(length)


def percent(fraction: float) -> str:
    """A fraction as people say it: `0 %`, `0.4 %`, `5.2 %`, `38 %`; never 0 for what is not 0."""
    return in_percent(fraction)


def seconds(value: float) -> str:
    """A response time."""
    return in_seconds(value)


def count(number: int, one: str, many: str = "") -> str:
    """`1 approval`, `2 approvals`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
