"""What PyGithub raises becomes the error that says what to do."""

from __future__ import annotations

from typing import Any

import pytest
from github import GithubException, RateLimitExceededException

from bot.adapters.github_errors import FOREIGN, translated
from bot.errors import OperationFailed, Temporary

pytestmark = pytest.mark.unit

MONDAY = "Mon, 30 Nov 2026 03:00:00 GMT"
A_MINUTE_LATER = "1796007660"


def answered(status: int, message: str = "", **headers: str) -> GithubException:
    written = {name.replace("_", "-"): value for name, value in headers.items()}
    return GithubException(status, {"message": message}, written)


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (answered(429), 60),
        (answered(429, retry_after="7"), 7),
        (answered(403, retry_after="7"), 7),
        (RateLimitExceededException(403, {"message": "API rate limit exceeded"}, {}), 60),
        (
            answered(403, x_ratelimit_remaining="0", x_ratelimit_reset=A_MINUTE_LATER, date=MONDAY),
            60,
        ),
        (answered(403, x_ratelimit_remaining="0", x_ratelimit_reset="1", date=MONDAY), 1),
        (answered(429, retry_after="tomorrow"), 60),
    ],
)
def test_being_throttled_says_how_long_to_wait(error: GithubException, wait: float) -> None:
    found = translated(error, "backend")
    assert isinstance(found, Temporary)
    assert found.retry_after == wait


@pytest.mark.parametrize(
    "error",
    [answered(500), answered(503), answered(408), TimeoutError(), ValueError("{"), KeyError("x")],
)
def test_what_passes_is_tried_again(error: Exception) -> None:
    assert isinstance(error, FOREIGN)
    assert isinstance(translated(error, "backend"), Temporary)


@pytest.mark.parametrize(
    ("error", "code", "hint"),
    [
        (answered(401, "Bad credentials"), "denied", "GITHUB_TOKEN"),
        (answered(403, x_accepted_github_permissions="actions=write"), "denied", "actions=write"),
        (answered(404, "Not Found"), "not_found", "filmops.toml"),
        (answered(422, "No commit found for SHA: v9"), "not_found", "filmops.toml"),
        (answered(422, "Unexpected inputs provided"), "refused", ""),
        (RuntimeError("Github server redirected from http"), "refused", "GITHUB_API_URL"),
    ],
)
def test_a_lasting_no_has_a_code_and_what_to_do(error: Exception, code: str, hint: str) -> None:
    found: Any = translated(error, "backend")
    assert isinstance(found, OperationFailed)
    assert found.code == code
    assert hint in found.hint


def test_the_message_has_what_was_asked_and_githubs_words() -> None:
    found = translated(answered(404, "Not Found"), "ai-film-studio/backend, v9")
    assert found.message == "GitHub (ai-film-studio/backend, v9): 404: Not Found"
    bare = GithubException(418, None, None)
    assert translated(bare, "x").message == "GitHub (x): 418: no reason given"
