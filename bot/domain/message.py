"""What is said to people, before any of it is Slack's.

`blocks` turns values into messages; the Slack adapter sends them. `text` is what a screen
reader and a notification read and is never empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_BYTES = 5_000_000
"""A larger attachment is a mistake: it lies in the database until Slack has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message: the plain text and the Block Kit blocks that show it.

    An answer is seen by the one who asked, unless it is `public`: the team needs the trace.
    """

    text: str
    blocks: tuple[Mapping[str, Any], ...] = ()
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with a message; `alt` tells who cannot see a picture what it shows.

    Raises ValueError when it is empty or larger than `MOST_BYTES`.
    """

    name: str
    title: str
    alt: str
    content: bytes

    def __post_init__(self) -> None:
        """Refuse what could not be sent, where it is made."""
        if not 0 < len(self.content) <= MOST_BYTES:
            raise ValueError(
                f"{self.name} has {len(self.content):,} bytes, not 1 to {MOST_BYTES:,}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A modal or the Home tab, as Slack's view payload."""

    payload: Mapping[str, Any]
