"""What PyGithub raises, as the errors of `bot.errors`: the one table of this adapter.

Before it: a call in a thread of `bot.adapters.github_api`. After it only our own errors travel on.
No credential gets into a message: GitHub's own words never hold the token.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from github import BadAttributeException, GithubException, RateLimitExceededException

from bot.errors import FilmOpsError, OperationFailed, Temporary

FOREIGN = (
    GithubException,
    BadAttributeException,
    OSError,  # requests' own errors are, too
    ValueError,
    KeyError,
    RuntimeError,
    AssertionError,
)
"""What a call may raise that is not ours."""

THROTTLED_SECONDS = 60.0
"""How long to wait when GitHub does not say: *at least one minute* (its documentation)."""

_ELSEWHERE = "GITHUB_API_URL: the server sends us to another address; give that one."


def translated(error: BaseException, what: str) -> FilmOpsError:
    """Temporary (throttled, 5xx, unreachable, unreadable), or OperationFailed with the code
    "denied", "not_found", else "refused". `what` is what was asked for, for people.
    """
    if isinstance(error, GithubException):
        return _answered(error, what)
    if isinstance(error, OSError):
        return Temporary(f"GitHub does not answer ({type(error).__name__})")
    if isinstance(error, (RuntimeError, AssertionError)):  # PyGithub's about addresses
        return OperationFailed(f"GitHub ({what}): {error}", code="refused", hint=_ELSEWHERE)
    return Temporary(f"GitHub's answer ({what}) could not be read")


def _answered(error: GithubException, what: str) -> FilmOpsError:
    status, headers = error.status, error.headers or {}
    said = f"GitHub ({what}): {status}: {_reason(error)}"
    if _throttled(error, headers):
        return Temporary(said, retry_after=_wait(headers))
    if status >= 500 or status == 408:
        return Temporary(said)
    if status == 401:
        hint = "GITHUB_TOKEN is wrong or has expired: give a new one."
        return OperationFailed(said, code="denied", hint=hint)
    if status == 403:
        return OperationFailed(said, code="denied", hint=_permission(headers))
    if status == 404 or (status == 422 and "No commit found" in said):
        hint = "Compare the names in filmops.toml; what the token may not see is not found either."
        return OperationFailed(said, code="not_found", hint=hint)
    return OperationFailed(said, code="refused")


def _throttled(error: GithubException, headers: Mapping[str, str]) -> bool:
    if error.status == 429 or isinstance(error, RateLimitExceededException):
        return True
    spent = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return error.status == 403 and spent


def _wait(headers: Mapping[str, str]) -> float:
    """In seconds: as told, or until the limit is lifted by the server's own clock."""
    try:
        if "retry-after" in headers:
            return max(0.0, float(headers["retry-after"]))
        lifted = float(headers["x-ratelimit-reset"])
        return max(1.0, lifted - _date(headers["date"]).timestamp())
    except (KeyError, ValueError):
        return THROTTLED_SECONDS


def _date(value: str) -> datetime:
    return parsedate_to_datetime(value)


def _permission(headers: Mapping[str, str]) -> str:
    """GitHub names what a fine-grained token lacks: `actions=write`."""
    wanted = headers.get("x-accepted-github-permissions")
    needs = f" ({wanted})" if wanted else ""
    return f"Give GITHUB_TOKEN the permission{needs}: docs/settings.md lists them."


def _reason(error: GithubException) -> str:
    data = error.data
    message = data.get("message") if isinstance(data, dict) else None
    return str(message or "no reason given")[:300]
