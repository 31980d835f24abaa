"""What botocore raises, as the errors of `bot.errors`: the one table of this adapter.

Before it comes a call to AWS in a worker thread; after it only our own errors travel on.
The codes are those of botocore's service models and of AWS's *Common Errors* page; denials
come under a dozen names, one of them the bare number "403".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    MetadataRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSLError,
)
from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.parsers import ResponseParserError

from bot.errors import FilmOpsError, OperationFailed, Temporary

_THROTTLED = re.compile(
    r"Throttl|TooManyRequests|RequestLimitExceeded|BandwidthLimitExceeded|SlowDown"
    r"|ProvisionedThroughputExceeded|PriorRequestNotComplete|RequestTimeout"
)
_UNWELL = re.compile(r"^(InternalError|InternalFailure|InternalServerError|ServiceUnavailable)")
_DENIED = re.compile(
    r"^(AccessDenied(Exception)?|Unauthorized(Operation|Access)?|AuthorizationError(Exception)?"
    r"|NotAuthorized|Client\.UnauthorizedOperation|403)$"
)
_CREDENTIALS = re.compile(
    r"^(ExpiredToken(Exception)?|TokenRefreshRequired|RequestExpired|AuthFailure"
    r"|InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClient(Exception)?"
    r"|InvalidToken|InvalidSignature(Exception)?|SignatureDoesNotMatch|IncompleteSignature"
    r"|MissingAuthenticationToken(Exception)?|RequestTimeTooSkewed|OptInRequired)$"
)
_NOT_FOUND = re.compile(
    r"NotFound(Fault|Exception)?$|NonExistentQueue$|DoesNotExist$|^NoSuch|^404$"
)
_PASSING = (
    HTTPClientError,
    NoConnectionError,
    CredentialRetrievalError,
    MetadataRetrievalError,
    ResponseParserError,  # something between us and AWS answered in its place
)
_RENEW = "Renew the AWS credentials filmops runs with (and check the host's clock)."


class Denied(OperationFailed):
    """IAM said no to `action`; `filmops check` wants to know to which."""

    def __init__(self, message: str, *, action: str, hint: str) -> None:
        super().__init__(message, code="denied", hint=hint)
        self.action = action


@contextmanager
def told(action: str, what: str) -> Iterator[None]:
    """Translate what a call raises; `action` is IAM's (`ecs:DescribeServices`), `what` for people.

    Raises Temporary for throttling, 5xx, timeouts and lost connections; OperationFailed with
    code "denied" or "not_found", else "failed". Our own errors (Fenced too) pass untouched.
    """
    try:
        yield
    except (ClientError, BotoCoreError, ResponseParserError) as error:
        raise translate(error, action, what) from error


def translate(error: Exception, action: str, what: str) -> FilmOpsError:
    """The error of ours that a foreign one stands for."""
    if isinstance(error, ClientError):
        return _answered(error, action, what)
    said = f"AWS {action} ({what}): {error}"
    if isinstance(error, SSLError):
        return Temporary(said, hint="If TLS is intercepted here, AWS_CA_BUNDLE names its root.")
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return OperationFailed(said, code="denied", hint="Give filmops AWS credentials.")
    return Temporary(said) if isinstance(error, _PASSING) else OperationFailed(said)


def _answered(error: ClientError, action: str, what: str) -> FilmOpsError:
    """The translation of an error AWS itself answered with."""
    response: Any = error.response
    code = str(response.get("Error", {}).get("Code", ""))
    text = response.get("Error", {}).get("Message") or "no explanation given"
    metadata = response.get("ResponseMetadata", {})
    status = int(metadata.get("HTTPStatusCode") or 0)
    if error.operation_name == "AssumeRole":  # asked for on the way, by whichever call was first
        action = "sts:AssumeRole"
    said = f"AWS {action} ({what}): {code or status}: {text}"
    if _CREDENTIALS.search(code):
        return OperationFailed(said, code="denied", hint=_RENEW)
    # Before the denials: SQS throttles with status 403.
    if _THROTTLED.search(code) or _UNWELL.search(code) or status >= 500 or status == 429:
        headers = metadata.get("HTTPHeaders") or {}
        return Temporary(said, retry_after=_seconds(headers.get("retry-after")))
    if _DENIED.search(code) or status in (401, 403):
        return denied(said, action)
    if _NOT_FOUND.search(code):
        return OperationFailed(said, code="not_found", hint="Compare the name in filmops.toml.")
    return OperationFailed(said)


def denied(said: str, action: str) -> Denied:
    """For answers that carry the denial inside."""
    return Denied(said, action=action, hint=f"Allow {action} to filmops' IAM role.")


def missing(action: str, what: str) -> OperationFailed:
    """For the calls that answer an unknown name with an empty list."""
    return OperationFailed(
        f"AWS {action} ({what}): there is none of that name",
        code="not_found",
        hint="Compare the name in filmops.toml.",
    )


def _seconds(value: str | None) -> float | None:
    """A Retry-After header in seconds; its other form, a date, is not worth a clock."""
    return float(value) if value and value.isdigit() else None
