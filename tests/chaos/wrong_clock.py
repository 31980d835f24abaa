"""A host whose clock is wrong, for one process: what asks it for the time is told another.

`time.time` lies to all; `datetime.now` to APScheduler and to the bot, whose own rule is to ask
the database. The monotonic clock is right, as on a real host.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta, tzinfo
from typing import Any, Self

LIED_TO = ("apscheduler.", "bot.")


class _LikeReal(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, datetime)


def put_wrong(seconds: float) -> None:
    """The host's clock is ahead by so many seconds (negative: behind)."""
    off = timedelta(seconds=seconds)
    right = time.time
    time.time = lambda: right() + seconds

    class Wrong(datetime, metaclass=_LikeReal):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + off

    for name, module in list(sys.modules.items()):
        if name.startswith(LIED_TO) and vars(module).get("datetime") is datetime:
            vars(module)["datetime"] = Wrong
