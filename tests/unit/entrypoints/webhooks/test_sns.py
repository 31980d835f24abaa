"""SNS is believed by its signature alone, and nothing is asked or kept before that."""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx
import pytest

from bot.entrypoints.body import LARGEST
from tests.sns import CERTIFICATE, CONFIRMATION, SUBSCRIBE, TOPIC, signed
from tests.unit.entrypoints.webhooks.receiving import Receiver

pytestmark = pytest.mark.unit


async def post(receiver: Receiver, body: Any) -> httpx.Response:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "text/plain; charset=UTF-8"}
    return await receiver.post("/webhooks/sns", sent, headers=headers)


@pytest.mark.parametrize("version", ["1", "2"])
async def test_a_notification_is_written_down_without_links_and_acknowledged(version: str) -> None:
    receiver = Receiver()
    message = signed(version)
    assert (await post(receiver, message)).status_code == 202
    (hook,) = await receiver.stored()
    assert (hook.id, hook.source) == (message["MessageId"], "sns")
    assert hook.payload == {
        name: message[name]
        for name in ("Type", "MessageId", "TopicArn", "Message", "Timestamp", "Subject")
    }


async def test_a_replay_is_acknowledged_and_kept_once() -> None:
    receiver = Receiver()
    assert [(await post(receiver, signed())).status_code for _ in range(3)] == [202] * 3
    assert len(await receiver.stored()) == 1


async def test_a_message_sns_has_tried_to_deliver_for_two_days_is_taken() -> None:
    receiver = Receiver()
    receiver.stage.clock.advance(48 * 3600)
    assert (await post(receiver, signed(Timestamp="2026-01-01T00:00:00.000Z"))).status_code == 202


@pytest.mark.parametrize("size", [256_000, LARGEST - 2_000])
async def test_a_large_message_is_taken(size: int) -> None:
    receiver = Receiver()
    assert (await post(receiver, signed(Message="x" * size))).status_code == 202


async def test_a_null_subject_is_no_subject() -> None:
    receiver = Receiver()
    assert (await post(receiver, {**signed(Subject=None), "Subject": None})).status_code == 202


@pytest.mark.parametrize(
    "changed",
    [
        {"Message": "something else"},
        {"Signature": ""},
        {"Signature": None},
        {"SignatureVersion": "7"},
        {"SigningCertURL": "https://evil.example/SimpleNotificationService-0.pem"},
        {"SigningCertURL": None},
        {"Type": "SubscriptionConfirmation"},
        {"Type": "SubscriptionConfirmation", "SubscribeURL": SUBSCRIBE, "Token": "x"},
    ],
)
async def test_a_forged_message_is_refused_and_not_kept(changed: dict[str, Any]) -> None:
    receiver = Receiver()
    assert (await post(receiver, {**signed(), **changed})).status_code == 403
    assert await receiver.stored() == []
    assert set(receiver.aws.asked) <= {CERTIFICATE}, "the certificate alone, to judge by"


async def test_a_forged_confirmation_is_never_followed() -> None:
    receiver = Receiver()
    assert (await post(receiver, signed(by="a forger", **CONFIRMATION))).status_code == 403
    assert receiver.aws.asked == [CERTIFICATE]


async def test_a_genuine_confirmation_is_followed_after_its_signature() -> None:
    receiver = Receiver()
    answer = await post(receiver, signed(**CONFIRMATION))
    assert (answer.status_code, answer.text) == (200, "subscribed")
    assert receiver.aws.asked == [CERTIFICATE, SUBSCRIBE]
    assert await receiver.stored() == []


async def test_a_genuine_confirmation_that_leads_elsewhere_is_not_followed() -> None:
    receiver = Receiver()
    elsewhere = SUBSCRIBE.replace("sns.us-east-1.amazonaws.com", "evil.example")
    answer = await post(receiver, signed(**{**CONFIRMATION, "SubscribeURL": elsewhere}))
    assert (answer.status_code, "leads elsewhere" in answer.text) == (400, True)
    assert receiver.aws.asked == [CERTIFICATE]


async def test_a_cancelled_subscription_is_written_down_and_said_aloud(
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver = Receiver()
    cancelled = signed(**{**CONFIRMATION, "Type": "UnsubscribeConfirmation"})
    assert (await post(receiver, cancelled)).status_code == 202
    (hook,) = await receiver.stored()
    assert hook.payload["Type"] == "UnsubscribeConfirmation"
    assert {"Token", "SubscribeURL"}.isdisjoint(hook.payload)
    assert receiver.aws.asked == [CERTIFICATE]
    assert f"the subscription to SNS topic {TOPIC} was cancelled" in caplog.text


@pytest.mark.parametrize("message", [signed(), signed(**CONFIRMATION)])
@pytest.mark.parametrize(
    ("topics", "said"),
    [(("arn:aws:sns:us-east-1:123456789012:other",), "does not name it"), ((), "is empty")],
)
async def test_another_topic_is_refused_before_anything_is_asked(
    caplog: pytest.LogCaptureFixture, message: dict[str, Any], topics: tuple[str, ...], said: str
) -> None:
    caplog.set_level(logging.WARNING)
    receiver = Receiver(topics=topics)
    assert (await post(receiver, message)).status_code == 403
    assert receiver.aws.asked == []
    assert await receiver.stored() == []
    assert said in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"disk full",
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 99_999,
        {**signed(), "Type": "Nonsense"},
        {**signed(), "MessageId": 7},
        {**signed(), "TopicArn": None},
        {**signed(), "Message": {"AlarmName": "x"}},
    ],
)
async def test_what_is_no_message_of_sns_is_refused(body: Any) -> None:
    receiver = Receiver()
    assert (await post(receiver, body)).status_code == 400
    assert receiver.aws.asked == []


async def test_a_body_beyond_the_limit_is_too_large() -> None:
    assert (await post(Receiver(), b"x" * (LARGEST + 1))).status_code == 413


@pytest.mark.parametrize("message", [signed(), signed(**CONFIRMATION)])
async def test_while_sns_is_out_of_reach_it_is_to_be_sent_again(message: dict[str, Any]) -> None:
    receiver = Receiver()
    receiver.aws.away = True
    answer = await post(receiver, message)
    assert (answer.status_code, "send it again" in answer.text) == (503, True)


async def test_what_could_not_be_written_down_is_to_be_sent_again() -> None:
    assert (await post(Receiver(away=True), signed())).status_code == 503
