"""Whether an address answers 200; never through a proxy."""

from __future__ import annotations

import urllib.error
import urllib.request

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def answers(url: str, seconds: float = 1.0) -> bool:
    """One GET of a loopback address."""
    try:
        with _DIRECT.open(url, timeout=seconds) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False
