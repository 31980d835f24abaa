"""What an error of PagerDuty's client means to us: the one table.

`bot.adapters.pagerduty_api` raises what comes out. No credential gets into a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2
import pagerduty

from bot.errors import FilmOpsError, OperationFailed, Temporary

THROTTLED_SECONDS = 30.0
"""How long to wait after a 429 that does not say (PagerDuty's documentation)."""

NO_SUCH_USER = "no_such_user"
"""The code of a refusal because `From:` names nobody PagerDuty knows."""

_REQUESTER_NOT_FOUND = 1008


def translated(error: Exception) -> FilmOpsError:
    """Temporary (throttled, 5xx, unreachable), or OperationFailed with the status as its code."""
    response = error.response if isinstance(error, pagerduty.Error) else None
    if response is None:
        cause = error.__cause__ or error
        return Temporary(f"PagerDuty does not answer ({type(cause).__name__})")
    status = response.status_code
    if status == 429:
        return Temporary("PagerDuty asks us to wait", retry_after=_reset(response.headers))
    if status >= 500:
        return Temporary(f"PagerDuty answered {status}")
    if status < 400:
        return OperationFailed(
            f"PagerDuty's answer ({status}) could not be read", code="unreadable"
        )
    said = _said(response)
    unknown = status == 400 and said.get("code") == _REQUESTER_NOT_FOUND
    return OperationFailed(
        f"PagerDuty refused ({status}): {_reason(said)}",
        code=NO_SUCH_USER if unknown else str(status),
    )


def _reset(headers: Mapping[str, str]) -> float:
    for name in ("ratelimit-reset", "retry-after"):
        try:
            return max(0.0, float(headers[name]))
        except (KeyError, ValueError):
            continue
    return THROTTLED_SECONDS


def _said(response: httpx2.Response) -> Mapping[str, Any]:
    """The error's body, from either API's way of writing one."""
    try:
        body = response.json()
    except ValueError:
        return {}
    error = body.get("error", body) if isinstance(body, dict) else {}
    return error if isinstance(error, dict) else {"message": error}


def _reason(said: Mapping[str, Any]) -> str:
    """PagerDuty's own words."""
    words = [str(said.get("message", "")), *map(str, said.get("errors") or [])]
    return "; ".join(filter(None, words))[:300] or "no reason given"
