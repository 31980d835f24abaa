"""The port Charts on matplotlib.

Before: the engine has a `Chart` of a watch's minutes. After: a PNG for the run's thread. Nothing of
matplotlib is imported before the first chart is asked for: it costs a second and 40 MB, and most
processes draw none.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor

from bot.domain.chart import Chart

_CACHE = "MPLCONFIGDIR"
"""Where matplotlib keeps its list of fonts; an operator may set it."""


class MatplotlibCharts:
    """See `bot.ports.Charts`. One thread of its own: one chart at a time, nobody's pool in use."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="charts")

    async def minutes(self, chart: Chart) -> bytes:
        """Draw it; about a third of a second, the first time about two seconds."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, _png, chart)

    def close(self) -> None:
        """Draw nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _png(chart: Chart) -> bytes:
    _keep_out_of_home()
    from bot.adapters.charts_figure import png  # noqa: PLC0415 - only who draws pays for it

    return png(chart)


def _keep_out_of_home() -> None:
    """A folder of our own instead of HOME, which may be nobody's or read-only; gone with us.

    Made new by mkdtemp: a known name in /tmp could be somebody else's.
    """
    if os.environ.get(_CACHE):
        return
    folder = tempfile.mkdtemp(prefix="filmops-charts-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ[_CACHE] = folder
