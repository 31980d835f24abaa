"""What Slack's errors mean to us: the one table of this adapter.

Everything that went wrong on the way or that Slack says is passing is Temporary; a lasting no
is OperationFailed with Slack's own code, and a hint where we know the way out. Nothing of
what was sent is repeated in a message: it may hold what people typed, and addresses that
are secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import FilmOpsError, OperationFailed, Temporary

FOREIGN = (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, UnicodeDecodeError)
"""What slack_sdk and aiohttp raise; anything else is a bug of ours."""

INVALID_BLOCKS = "invalid_blocks"
"""Our code for every way in which Slack refuses blocks."""

_PASSING = frozenset(
    {
        "accesslimited",
        "fatal_error",
        "internal_error",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
_PASSING_STATUS = frozenset({408, 429})
_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
_SET_ANEW = "SLACK_BOT_TOKEN: give the bot token (xoxb-…) of the installed app"
_HINTS: Mapping[str, str] = {
    "account_inactive": _SET_ANEW,
    "invalid_auth": _SET_ANEW,
    "not_authed": _SET_ANEW,
    "token_expired": _SET_ANEW,
    "token_revoked": _SET_ANEW,
    "not_allowed_token_type": _SET_ANEW,
    "channel_not_found": "create the channel or mend studio.channel in filmops.toml, "
    "then type /invite @FilmOps in it",
    "is_archived": "unarchive the channel, or name another one as studio.channel in filmops.toml",
    "not_in_channel": "type /invite @FilmOps in the channel",
    "restricted_action": "let the app post in the channel (its posting permissions)",
    "expired_trigger_id": "click again: Slack gives 3 s from the click to the window",
    "trigger_expired": "click again: Slack gives 3 s from the click to the window",
    "no_such_subteam": "mend the user group's id below [roles] in filmops.toml",
}


def translated(method: str, error: BaseException) -> FilmOpsError:
    """The error of ours for a foreign one, raised by `method` (as in `chat.postMessage`)."""
    if isinstance(error, SlackApiError):
        return _answered(method, error.response)
    if isinstance(error, aiohttp.ClientSSLError):
        return Temporary(
            f"Slack's certificate was not accepted ({method})",
            hint="SSL_CERT_FILE names a file of trusted certificates",
        )
    return Temporary(f"Slack could not be reached ({method}: {type(error).__name__})")


def refusal(
    method: str, status: int, code: str, headers: Mapping[str, str], answer: Mapping[str, Any]
) -> FilmOpsError:
    """The error for an answer that is not a yes. `code` is empty when the body said none."""
    if status in _PASSING_STATUS or status >= 500 or code in _PASSING:
        said = code or f"status {status}"
        return Temporary(f"Slack: {method}: {said}", retry_after=_seconds(headers))
    if not code:
        return _nobody(method, status)
    if code in _BLOCKS:
        return OperationFailed(f"Slack: {method}: {code}{_places(answer)}", code=INVALID_BLOCKS)
    if code == "missing_scope":
        needed = str(answer.get("needed", "")) or "the manifest's scopes"
        hint = f"add {needed} to the app's bot scopes and install it again"
        return OperationFailed(f"Slack: {method}: missing scope {needed}", code=code, hint=hint)
    return OperationFailed(f"Slack: {method}: {code}", code=code, hint=_HINTS.get(code, ""))


def _nobody(method: str, status: int) -> FilmOpsError:
    """The answer was not Slack's: a proxy's page passes, a 404 means the address is wrong."""
    said = f"Slack: {method}: status {status} without an answer of Slack's"
    if 400 <= status < 500:
        hint = "SLACK_API_URL ends in /api/ (default https://slack.com/api/)"
        return OperationFailed(said, code=f"status_{status}", hint=hint)
    return Temporary(said)


def _answered(method: str, response: Any) -> FilmOpsError:
    # slack_sdk attaches its own response, or aiohttp's when the body was no JSON.
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    data = getattr(response, "data", None)
    answer: Mapping[str, Any] = data if isinstance(data, dict) else {}
    headers: Mapping[str, str] = getattr(response, "headers", None) or {}
    return refusal(method, status, str(answer.get("error") or ""), headers, answer)


def _seconds(headers: Mapping[str, str]) -> float | None:
    value = headers.get("Retry-After") or headers.get("retry-after") or ""
    return float(value) if value.isdigit() else None


def _places(answer: Mapping[str, Any]) -> str:
    """Slack's pointers to the bad blocks, as `: [ERROR] … [json-pointer:/blocks/0/text]`."""
    metadata = answer.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    return ": " + "; ".join(str(message) for message in messages) if messages else ""
