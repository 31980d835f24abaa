"""The shipped topology with a ladder that is climbed in seconds, and one nobody lives to see."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from bot.topology import Severity
from sandbox.world import CHECKOUT

BY_THE_SECOND, FAR = Severity.P1, Severity.P2
"""The severities of the two. On the second only what is passed on at once is ever paged."""

ALL_LEVELS: Collection[int] = (1, 2, 3)

MINUTES = {"0": "0", "15": "0.06", "30": "0.12"}

FAR_TABLE = "[escalation.severities.P2]"
FAR_MINUTES = "after_minutes = [0, 60, 120]"


def write(target: Path) -> None:
    """Write it: level 1 at once, 2 after 3.6 seconds, 3 after 7.2.

    Where many stories go on a scheduler may well be two seconds late, and a level that is due
    together with a higher one is passed over.
    """
    text = (CHECKOUT / "filmops.toml").read_text(encoding="utf-8")
    wait = re.compile(r"(?m)^after_minutes = (\d+)$")
    found = wait.findall(text)
    assert set(found) == set(MINUTES), found
    fast = wait.sub(lambda match: f"after_minutes = {MINUTES[match[1]]}", text)
    assert fast.count(FAR_TABLE) == 1, FAR_TABLE
    both = fast.replace(FAR_TABLE, f"{FAR_TABLE}\n{FAR_MINUTES}")
    target.write_text(both, encoding="utf-8")
