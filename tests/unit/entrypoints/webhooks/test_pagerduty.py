"""What PagerDuty signed is written down whatever it is; what it did not sign is refused."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest

from bot.domain.pager_event import UNREADABLE
from bot.entrypoints.body import LARGEST
from tests.unit.domain.test_pager_event import webhook
from tests.unit.entrypoints.webhooks.receiving import Receiver

pytestmark = pytest.mark.unit


def signature(body: bytes, *secrets: str) -> str:
    return ",".join(
        f"v1={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}" for secret in secrets
    )


async def post(receiver: Receiver, body: Any, **headers: str) -> httpx.Response:
    """Signed with the first secret, unless `headers` say otherwise."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = headers.pop("signature", signature(sent, "first"))
    return await receiver.post(
        "/webhooks/pagerduty", sent, headers={"X-PagerDuty-Signature": signed, **headers}
    )


async def test_an_event_is_written_down_whole_and_acknowledged() -> None:
    receiver = Receiver()
    assert (await post(receiver, webhook())).status_code == 202
    (hook,) = await receiver.stored()
    assert (hook.id, hook.source, hook.payload) == ("01E1", "pagerduty", webhook())


async def test_a_replay_is_acknowledged_and_kept_once() -> None:
    receiver = Receiver()
    answers = [await post(receiver, webhook()) for _ in range(3)]
    assert [(a.status_code, a.text) for a in answers] == [
        (202, "taken"),
        (202, "known already"),
        (202, "known already"),
    ]
    assert len(await receiver.stored()) == 1


@pytest.mark.parametrize(
    "given",
    [("first",), ("second",), ("gone", "second"), ("first", "second", "third"), ("gone", "first")],
)
async def test_any_of_its_signatures_may_be_of_any_of_our_secrets(given: tuple[str, ...]) -> None:
    receiver = Receiver(secrets=("first", "second"))
    body = json.dumps(webhook()).encode()
    signed = signature(body, *given)
    assert (await post(receiver, body, signature=signed)).status_code == 202
    assert (await post(receiver, body, signature=signed.replace(",", " , "))).status_code == 202


@pytest.mark.parametrize(
    "given",
    [
        "",
        "v1=",
        "v1=zz",
        "nonsense",
        "v1=" + "0" * 64,
        signature(b"another body", "first"),
        signature(json.dumps(webhook()).encode(), "gone"),
        signature(json.dumps(webhook()).encode(), "first").replace("v1", "v2"),
        signature(json.dumps(webhook()).encode(), "first")[:-2],
        "v1=é",
        ",".join(["v1="] * 1000),
    ],
)
async def test_a_forged_or_missing_signature_is_refused(given: str) -> None:
    receiver = Receiver()
    body = json.dumps(webhook()).encode()
    assert (await receiver.post("/webhooks/pagerduty", body)).status_code == 403
    headers = {b"X-PagerDuty-Signature": given.encode()}
    assert (await receiver.post("/webhooks/pagerduty", body, headers=headers)).status_code == 403
    assert await receiver.stored() == []


async def test_late_and_out_of_order_events_are_kept_with_when_they_happened() -> None:
    receiver = Receiver()
    receiver.stage.clock.advance(48 * 3600)
    for id_, at in (("resolve", "2026-03-01T03:09:00Z"), ("trigger", "2026-03-01T03:00:00Z")):
        assert (await post(receiver, webhook(id=id_, occurred_at=at))).status_code == 202
    times = {hook.id: hook.payload["event"]["occurred_at"] for hook in await receiver.stored()}
    assert times == {"resolve": "2026-03-01T03:09:00Z", "trigger": "2026-03-01T03:00:00Z"}


@pytest.mark.parametrize("kind", ["incident.teleported", "pagey.ping", "service.updated", ""])
async def test_a_type_we_do_not_know_is_taken(kind: str) -> None:
    receiver = Receiver()
    assert (await post(receiver, webhook(kind, data={"type": "ping"}))).status_code == 202
    assert len(await receiver.stored()) == 1


@pytest.mark.parametrize("size", [256_000, LARGEST - 1_000])
async def test_a_large_event_is_taken(size: int) -> None:
    receiver = Receiver()
    assert (await post(receiver, webhook(note="x" * size))).status_code == 202
    (hook,) = await receiver.stored()
    assert len(hook.payload["event"]["note"]) == size


async def test_a_body_beyond_the_limit_is_too_large() -> None:
    receiver = Receiver()
    assert (await post(receiver, b"x" * (LARGEST + 1))).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"[1]",
        b"7",
        b"{}",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b"[" * 99_999,
    ],
)
async def test_what_is_signed_and_no_json_object_is_kept_once_as_it_came(body: bytes) -> None:
    receiver = Receiver()
    answers = [(await post(receiver, body)).status_code for _ in range(2)]
    assert answers == [202, 202], "a 4xx would disable the subscription"
    (hook,) = await receiver.stored()
    assert hook.payload == {UNREADABLE: body.decode("utf-8", "replace")}


@pytest.mark.parametrize("id_", [None, 7, "", "with space", "é", "x" * 201, "\0"])
async def test_an_event_without_a_usable_id_is_kept_under_its_own(id_: Any) -> None:
    receiver = Receiver()
    for _ in range(2):
        assert (await post(receiver, webhook(id=id_))).status_code == 202
    (hook,) = await receiver.stored()
    assert hook.id.startswith("sha256:")
    assert hook.payload == webhook(id=id_)


async def test_what_could_not_be_written_down_is_to_be_sent_again() -> None:
    receiver = Receiver(away=True)
    assert (await post(receiver, webhook())).status_code == 503


async def test_without_a_secret_nothing_is_taken_and_the_answer_says_why() -> None:
    receiver = Receiver(secrets=())
    answer = await post(receiver, webhook())
    assert answer.status_code == 503, "they repeat it for 48 hours: time to set the secret"
    assert "PAGERDUTY_WEBHOOK_SECRET is not set" in answer.text
    assert await receiver.stored() == []


async def test_only_post_is_answered() -> None:
    async with Receiver().client() as client:
        assert (await client.get("/webhooks/pagerduty")).status_code == 405
