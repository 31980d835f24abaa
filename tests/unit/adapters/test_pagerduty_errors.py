"""What each answer and each silence of PagerDuty means to us."""

from __future__ import annotations

from typing import Any

import httpx2
import pagerduty
import pytest

from bot.adapters.pagerduty_errors import NO_SUCH_USER, translated
from bot.errors import OperationFailed, Temporary

pytestmark = pytest.mark.unit


def answered(status: int, *, headers: dict[str, str] | None = None, **body: Any) -> Exception:
    request = httpx2.Request("PUT", "https://api.pagerduty.com/incidents/Q1")
    response = httpx2.Response(status, headers=headers, json=body, request=request)
    return pagerduty.HttpError("refused", response)


def said(status: int, code: int, message: str, *errors: str) -> Exception:
    return answered(status, error={"message": message, "code": code, "errors": list(errors)})


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_server_error_is_temporary_without_a_date(status: int) -> None:
    error = translated(answered(status))
    assert isinstance(error, Temporary)
    assert error.retry_after is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 30.0),
        ({"ratelimit-reset": "12"}, 12.0),
        ({"retry-after": "7"}, 7.0),
        ({"ratelimit-reset": "soon", "retry-after": "7"}, 7.0),
        ({"ratelimit-reset": "-3"}, 0.0),
    ],
)
def test_throttling_is_temporary_with_a_date(headers: dict[str, str], seconds: float) -> None:
    error = translated(answered(429, headers=headers))
    assert isinstance(error, Temporary)
    assert error.retry_after == seconds


def test_silence_is_temporary_and_named() -> None:
    silence = pagerduty.Error("no answer")
    silence.__cause__ = httpx2.ReadTimeout("slow")
    for error in (silence, httpx2.ReadTimeout("slow")):
        assert str(translated(error)) == "PagerDuty does not answer (ReadTimeout)"
        assert isinstance(translated(error), Temporary)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_a_refusal_keeps_its_status_and_pagerdutys_words(status: int) -> None:
    error = translated(said(status, 2001, "Invalid Input Provided", "Status is invalid."))
    assert isinstance(error, OperationFailed)
    assert error.code == str(status)
    assert error.message.endswith("Invalid Input Provided; Status is invalid.")


def test_an_unknown_sender_is_told_apart_from_other_refusals() -> None:
    error = translated(said(400, 1008, "Requester User Not Found"))
    assert isinstance(error, OperationFailed)
    assert error.code == NO_SUCH_USER
    elsewhere = translated(said(404, 1008, "Not Found"))
    assert isinstance(elsewhere, OperationFailed)
    assert elsewhere.code == "404"


def test_a_refusal_in_the_events_apis_way_is_read_too() -> None:
    error = translated(answered(400, message="Event object is invalid", errors=["no summary"]))
    assert error.message == "PagerDuty refused (400): Event object is invalid; no summary"


@pytest.mark.parametrize("text", ["", "<html>", "[]", '{"error": "gone"}'])
def test_a_refusal_without_words_is_still_a_refusal(text: str) -> None:
    request = httpx2.Request("GET", "https://api.pagerduty.com/incidents")
    response = httpx2.Response(404, text=text, request=request)
    error = translated(pagerduty.HttpError("refused", response))
    assert isinstance(error, OperationFailed)
    assert error.code == "404"


def test_a_success_that_cannot_be_read_is_not_tried_again() -> None:
    error = translated(answered(200))
    assert isinstance(error, OperationFailed)
    assert error.code == "unreadable"
