"""What is said to people, before any of it is Slack's.

`blocks` turns values into messages; the Slack adapter sends them. `text` is what a screen
reader and a notification read and is never empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message: the plain text and the Block Kit blocks that show it.

    An answer is seen by the one who asked, unless it is `public`: the team needs the trace.
    """

    text: str
    blocks: tuple[Mapping[str, Any], ...] = ()
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A modal or the Home tab, as Slack's view payload."""

    payload: Mapping[str, Any]
