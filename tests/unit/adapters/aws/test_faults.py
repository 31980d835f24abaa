"""Each foreign error becomes the one of ours that says what to do."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from bot.adapters.aws.faults import Denied, told, translate
from bot.errors import Fenced, OperationFailed, Temporary

pytestmark = pytest.mark.unit

URL = "https://elasticloadbalancing.us-east-1.amazonaws.com/"
ACTION = "elasticloadbalancing:ModifyListener"


def answered(
    code: str,
    status: int = 400,
    operation: str = "ModifyListener",
    headers: dict[str, str] | None = None,
) -> ClientError:
    """An error AWS answered with."""
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": headers or {}}
    return ClientError(
        {"Error": {"Code": code, "Message": "Because."}, "ResponseMetadata": metadata},  # type: ignore[typeddict-item]
        operation,
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("Throttling", 400),
        ("ThrottlingException", 400),
        ("RequestThrottled", 403),  # SQS
        ("RequestLimitExceeded", 503),
        ("TooManyRequestsException", 429),
        ("InternalFailure", 500),
        ("ServiceUnavailable", 503),
        ("503", 503),
        ("Unheard.Of", 502),
    ],
)
def test_throttling_and_server_errors_are_temporary(code: str, status: int) -> None:
    assert isinstance(translate(answered(code, status), ACTION, "HTTPS:443"), Temporary)


def test_the_wait_aws_asks_for_is_passed_on() -> None:
    error = translate(answered("Throttling", headers={"retry-after": "7"}), ACTION, "HTTPS:443")
    assert isinstance(error, Temporary)
    assert error.retry_after == 7.0


@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url=URL),
        ConnectTimeoutError(endpoint_url=URL),
        EndpointConnectionError(endpoint_url=URL),
        ConnectionClosedError(endpoint_url=URL),
        SSLError(endpoint_url=URL, error=OSError("self-signed")),
        CredentialRetrievalError(provider="container", error_msg="timed out"),
        ResponseParserError("not XML"),
    ],
)
def test_silence_and_lost_connections_are_temporary(error: Exception) -> None:
    assert isinstance(translate(error, ACTION, "HTTPS:443"), Temporary)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AccessDenied", 403),
        ("AccessDeniedException", 400),
        ("UnauthorizedOperation", 403),
        ("403", 403),
        ("Forbidden", 403),
    ],
)
def test_a_denial_names_the_permission_to_allow(code: str, status: int) -> None:
    error = translate(answered(code, status), ACTION, "HTTPS:443")
    assert isinstance(error, Denied)
    assert (error.code, error.action) == ("denied", ACTION)
    assert ACTION in error.hint


def test_a_role_that_may_not_be_assumed_is_the_denial_that_is_named() -> None:
    error = translate(answered("AccessDenied", 403, "AssumeRole"), ACTION, "HTTPS:443")
    assert isinstance(error, Denied)
    assert error.action == "sts:AssumeRole"


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException", "SignatureDoesNotMatch"])
def test_credentials_that_ended_are_denied_and_to_be_renewed(code: str) -> None:
    error = translate(answered(code, 403), ACTION, "HTTPS:443")
    assert isinstance(error, OperationFailed)
    assert error.code == "denied"
    assert "credentials" in error.hint


def test_no_credentials_at_all_is_denied() -> None:
    error = translate(NoCredentialsError(), ACTION, "HTTPS:443")
    assert isinstance(error, OperationFailed)
    assert error.code == "denied"


@pytest.mark.parametrize(
    "code",
    [
        "LoadBalancerNotFound",
        "ClusterNotFoundException",
        "DBInstanceNotFound",
        "DBInstanceNotFoundFault",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
        "NoSuchEntity",
    ],
)
def test_what_is_not_there_is_not_found(code: str) -> None:
    error = translate(answered(code), ACTION, "HTTPS:443")
    assert isinstance(error, OperationFailed)
    assert error.code == "not_found"


@pytest.mark.parametrize(
    "error", [answered("ValidationError"), ParamValidationError(report="Weight is a string")]
)
def test_anything_else_is_a_lasting_failure(error: Exception) -> None:
    translated = translate(error, ACTION, "HTTPS:443")
    assert isinstance(translated, OperationFailed)
    assert translated.code == "failed"


def test_the_message_says_service_action_what_and_why() -> None:
    message = translate(answered("ValidationError"), ACTION, "HTTPS:443 default").message
    assert message == f"AWS {ACTION} (HTTPS:443 default): ValidationError: Because."


def test_a_fence_passes_through_as_it_is() -> None:
    fenced = Fenced("another worker has it")
    with pytest.raises(Fenced) as raised, told(ACTION, "HTTPS:443"):
        raise fenced
    assert raised.value is fenced
