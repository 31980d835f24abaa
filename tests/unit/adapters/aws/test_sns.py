"""Only SNS' own signature is right, and only SNS' own addresses are ever asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bot.adapters.aws import AwsSnsDoor
from bot.errors import OperationFailed, Temporary
from tests.sns import (
    CERTIFICATE,
    CONFIRMATION,
    HOST,
    SUBSCRIBE,
    TOPIC,
    Aws,
    certificate,
    self_signed,
    signed,
)

pytestmark = pytest.mark.unit


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
async def door(aws: Aws) -> AsyncIterator[AwsSnsDoor]:
    made = AwsSnsDoor(transport=aws.transport())
    yield made
    await made.close()


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"Subject": None},
        {"Message": "Ž\nMessageId\nnot this"},
        CONFIRMATION,
        {**CONFIRMATION, "Type": "UnsubscribeConfirmation"},
    ],
)
async def test_what_sns_signed_is_genuine(
    door: AwsSnsDoor, version: str, changed: dict[str, Any]
) -> None:
    assert await door.genuine(signed(version, **changed))


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("part", ["Message", "MessageId", "Subject", "Timestamp"])
async def test_a_changed_part_is_noticed(door: AwsSnsDoor, version: str, part: str) -> None:
    assert not await door.genuine({**signed(version), part: "2026-03-01T04:00:00.000Z"})


@pytest.mark.parametrize("part", ["SubscribeURL", "Token", "Message"])
async def test_a_changed_part_of_a_confirmation_is_noticed(door: AwsSnsDoor, part: str) -> None:
    assert not await door.genuine({**signed(**CONFIRMATION), part: "x"})


async def test_a_subject_added_or_taken_away_is_noticed(door: AwsSnsDoor) -> None:
    without = signed(Subject=None)
    assert not await door.genuine({**without, "Subject": "x"})
    assert not await door.genuine({n: v for n, v in signed().items() if n != "Subject"})


async def test_a_forgers_key_is_not_sns(door: AwsSnsDoor) -> None:
    assert not await door.genuine(signed(by="a forger"))


async def test_one_version_does_not_pass_for_the_other(door: AwsSnsDoor) -> None:
    assert not await door.genuine({**signed("1"), "SignatureVersion": "2"})


async def test_the_certificate_is_asked_for_once(door: AwsSnsDoor, aws: Aws) -> None:
    assert [await door.genuine(signed(MessageId=f"m{n}")) for n in range(5)] == [True] * 5
    assert aws.asked == [CERTIFICATE]


async def test_many_at_once_ask_for_the_certificate_once(door: AwsSnsDoor, aws: Aws) -> None:
    judged = await asyncio.gather(*(door.genuine(signed(MessageId=f"m{n}")) for n in range(5)))
    assert judged == [True] * 5
    assert aws.asked == [CERTIFICATE]


async def test_a_known_certificate_waits_for_no_other() -> None:
    slow = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        if str(request.url) != CERTIFICATE:
            await slow.wait()
        return httpx.Response(200, content=certificate())

    door = AwsSnsDoor(transport=httpx.MockTransport(answer))
    assert await door.genuine(signed())
    forged = asyncio.ensure_future(door.genuine(signed(by="x", SigningCertURL=f"{HOST}/x.pem")))
    for _ in range(20):
        await asyncio.sleep(0)
    assert await door.genuine(signed(MessageId="m2"))
    slow.set()
    assert not await forged
    await door.close()


@pytest.mark.parametrize(
    "address",
    [
        "",
        CERTIFICATE.replace("https", "http"),
        "https://evil.example/SimpleNotificationService-0.pem",
        "https://sns.us-east-1.amazonaws.com.evil.example/x.pem",
        "https://sns.us-east-1.amazonaws.com@evil.example/x.pem",
        "https://evil.example\\@sns.us-east-1.amazonaws.com/x.pem",
        "https://sns.us-east-1.amazonaws.com:8443/x.pem",
        "https://user@sns.us-east-1.amazonaws.com/x.pem",
        "https://s3.us-east-1.amazonaws.com/sns/x.pem",
        "https://sns.s3-us-west-2.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.us-east-1.amazonaws.com.cn/x.pem",
        f"{HOST}/x.pem?Action=GetTopicAttributes",
        f"{HOST}/?Action=ListTopics&x=.pem",
        f"{HOST}/x.pem#y",
        f"{HOST}/a/../x.pem",
        f"{HOST}/x.pem\n",
        f"{HOST}/x.txt",
        f"{HOST}/é.pem",
    ],
)
async def test_no_other_address_is_asked_for_a_certificate(
    door: AwsSnsDoor, aws: Aws, address: str
) -> None:
    assert not await door.genuine(signed(SigningCertURL=address))
    assert aws.asked == []


@pytest.mark.parametrize(
    "changed",
    [
        {"Signature": ""},
        {"Signature": "not base64!"},
        {"Signature": "é"},
        {"SignatureVersion": "3"},
        {"SignatureVersion": ""},
        {
            "TopicArn": "arn:aws:sns:s3-us-west-2:123456789012:x",
            "SigningCertURL": "https://sns.s3-us-west-2.amazonaws.com/x.pem",
        },
        {"TopicArn": "arn:aws:sqs:us-east-1:123456789012:x"},
        {"Message": "half a pair: \ud800"},
        {"Type": "SubscriptionConfirmation"},
    ],
)
async def test_what_can_be_seen_without_asking_is_seen_without_asking(
    door: AwsSnsDoor, aws: Aws, changed: dict[str, str]
) -> None:
    assert not await door.genuine({**signed(), **changed})
    assert aws.asked == []


async def test_china_has_its_own_domain(door: AwsSnsDoor, aws: Aws) -> None:
    topic = "arn:aws-cn:sns:cn-north-1:123456789012:prod-alerts"
    address = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem"
    assert await door.genuine(signed(TopicArn=topic, SigningCertURL=address))
    assert aws.asked == [address]


@pytest.mark.parametrize(
    "broken",
    [
        {"away": True},
        {"status": 503},
        {"status": 429},
        {"status": 302},
        {"status": 404},
        {"body": b"<html>a proxy's page</html>"},
        {"body": b"x" * 200_000},
        {"body": self_signed(ec.generate_private_key(ec.SECP256R1()))},
    ],
)
async def test_without_its_certificate_nothing_is_decided_and_it_is_asked_for_again(
    door: AwsSnsDoor, aws: Aws, broken: dict[str, Any]
) -> None:
    for name, value in broken.items():
        setattr(aws, name, value)
    with pytest.raises(Temporary, match="SNS"):
        await door.genuine(signed())
    assert aws.asked == [CERTIFICATE], "no redirect is followed"
    aws.away, aws.status, aws.body = False, 200, None
    assert await door.genuine(signed())


async def test_a_subscription_is_confirmed_by_its_link(door: AwsSnsDoor, aws: Aws) -> None:
    await door.confirm(signed(**CONFIRMATION))
    assert aws.asked == [SUBSCRIBE]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http" + SUBSCRIBE.removeprefix("https"),
        SUBSCRIBE.replace("sns.us-east-1.amazonaws.com", "evil.example"),
        SUBSCRIBE.replace(
            "sns.us-east-1.amazonaws.com", "sns.us-east-1.amazonaws.com@evil.example"
        ),
        SUBSCRIBE.replace("us-east-1.amazonaws", "eu-west-1.amazonaws"),
        SUBSCRIBE.replace("ConfirmSubscription", "DeleteTopic"),
        SUBSCRIBE.replace("prod-alerts", "another"),
        f"{SUBSCRIBE}&Action=DeleteTopic",
        f"{HOST}/x?Action=ConfirmSubscription&TopicArn={TOPIC}",
    ],
)
async def test_a_link_that_leads_elsewhere_is_not_followed(
    door: AwsSnsDoor, aws: Aws, address: str
) -> None:
    with pytest.raises(OperationFailed, match="leads elsewhere"):
        await door.confirm(signed(**{**CONFIRMATION, "SubscribeURL": address}))
    assert aws.asked == []


async def test_a_confirmation_sns_refuses_is_a_lasting_no(door: AwsSnsDoor, aws: Aws) -> None:
    aws.status = 403
    with pytest.raises(OperationFailed, match="SNS answered 403"):
        await door.confirm(signed(**CONFIRMATION))


@pytest.mark.parametrize(
    ("endpoint", "asked"),
    [
        ("http://127.0.0.1:4566/", "http://127.0.0.1:4566/_sns/" + CERTIFICATE[8:]),
        ("http://localhost:4566", "http://localhost:4566/_sns/" + CERTIFICATE[8:]),
        ("http://[::1]:4566", "http://[::1]:4566/_sns/" + CERTIFICATE[8:]),
        ("http://10.0.0.7:4566", CERTIFICATE),
        ("https://aws.example", CERTIFICATE),
        ("https://127.0.0.1.evil.example", CERTIFICATE),
        (None, CERTIFICATE),
    ],
)
async def test_only_this_very_machine_may_stand_in_for_sns(
    aws: Aws, endpoint: str | None, asked: str
) -> None:
    door = AwsSnsDoor(endpoint_url=endpoint, transport=aws.transport())
    assert await door.genuine(signed())
    assert aws.asked == [asked]
    await door.close()
