"""Loops of a process: the same small thing again and again, through outages, until `stop`.

What may fail is named: an outside system that does not answer now is logged and asked again.
A bug ends the loop and with it the process, which its supervisor starts anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.errors import FilmOpsError

log = logging.getLogger("filmops.rounds")


async def every(
    seconds: float, stop: asyncio.Event, what: str, do: Callable[[], Awaitable[object]]
) -> None:
    """Do it at once and then every so often."""
    while not stop.is_set():
        await tried(what, do)
        await rest(stop, seconds)


async def on_word(
    word: Callable[[float], Awaitable[None]],
    stop: asyncio.Event,
    what: str,
    do: Callable[[], Awaitable[object]],
    net_seconds: float = 1.0,
) -> None:
    """Do it when the store says so, and every second for what has become due by time."""
    while not stop.is_set():
        await tried(what, do)
        waiting = asyncio.ensure_future(word(net_seconds))
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait((waiting, stopped), return_when=asyncio.FIRST_COMPLETED)
        for task in (waiting, stopped):
            task.cancel()
        await asyncio.gather(waiting, stopped, return_exceptions=True)


async def tried(what: str, do: Callable[[], Awaitable[object]]) -> None:
    """Do it; a fault of the outside world is a line in the log."""
    try:
        await do()
    except FilmOpsError as fault:
        log.warning("%s: %s", what, fault.message)


async def rest(stop: asyncio.Event, seconds: float) -> None:
    """Sleep, but not through a stop."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
