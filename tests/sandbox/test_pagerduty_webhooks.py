"""The local PagerDuty tells what happened: signed, again after a fault, not after a refusal."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sandbox.processes import wait_until
from tests.sandbox.pagerduty_world import ANA, LocalPagerDuty

pytestmark = pytest.mark.contract

SECRETS = ["old", "new"]


class Receiver(ThreadingHTTPServer):
    """Takes webhooks; `answers` are the next statuses, then 202."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Hook)
        self.answers: list[int] = []
        self.bodies: list[bytes] = []
        self.signatures: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/webhooks/pagerduty"

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body)["event"] for body in self.bodies]


class Hook(BaseHTTPRequestHandler):
    """One webhook."""

    server: Receiver  # type: ignore[mutable-override]

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.signatures.append(self.headers["X-PagerDuty-Signature"])
        self.send_response(self.server.answers.pop(0) if self.server.answers else 202)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


@pytest.fixture
def receiver(local: LocalPagerDuty) -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        local.tell("webhooks", url=server.url, secrets=SECRETS)
        yield server
        local.control.delete("webhooks")
        server.shutdown()


def wait_for(receiver: Receiver, count: int) -> list[dict[str, Any]]:
    assert wait_until(lambda: len(receiver.bodies) >= count, 10), receiver.bodies
    return receiver.events()


def test_every_secret_signs_the_raw_body(local: LocalPagerDuty, receiver: Receiver) -> None:
    local.trigger()
    wait_for(receiver, 1)
    digests = [
        hmac.new(s.encode(), receiver.bodies[0], hashlib.sha256).hexdigest() for s in SECRETS
    ]
    assert receiver.signatures == [",".join(f"v1={digest}" for digest in digests)]


def test_what_people_do_is_told_with_who_did_it(local: LocalPagerDuty, receiver: Receiver) -> None:
    incident = local.trigger()
    local.tell("ack", incident=incident, user=ANA)
    local.tell("unack", incident=incident)
    local.tell("resolve", incident=incident, user=ANA)
    events = wait_for(receiver, 4)
    told = {event["event_type"]: event["agent"] for event in events}
    assert set(told) == {
        "incident.triggered",
        "incident.acknowledged",
        "incident.unacknowledged",
        "incident.resolved",
    }
    assert told["incident.triggered"] is None
    assert told["incident.acknowledged"]["summary"] == "Ana Okafor"
    assert {event["data"]["incident_key"] for event in events} == {None}
    assert len({event["id"] for event in events}) == 4


def test_what_nobody_did_is_told_without_an_agent_and_a_merge_with_its_reason(
    local: LocalPagerDuty, receiver: Receiver
) -> None:
    local.trigger("a")
    local.event("resolve", key="a")
    local.tell("reopen", dedup_key="a")
    local.trigger("b")
    local.tell("merge", dedup_key="a", into="b", user=ANA)
    told = sorted(wait_for(receiver, 5), key=lambda event: str(event["occurred_at"]))
    assert [event["event_type"].removeprefix("incident.") for event in told] == [
        "triggered",
        "resolved",
        "reopened",
        "triggered",
        "resolved",
    ]
    assert [event["agent"] for event in told[:4]] == [None] * 4
    assert told[1]["data"]["resolve_reason"] is None
    assert told[4]["data"]["resolve_reason"]["type"] == "merge_resolve_reason"


def test_a_fault_is_tried_again_with_the_same_event(
    local: LocalPagerDuty, receiver: Receiver
) -> None:
    receiver.answers = [503, 503]
    local.trigger()
    events = wait_for(receiver, 3)
    assert len({event["id"] for event in events}) == 1


def test_three_refusals_in_a_row_disable_the_subscription(
    local: LocalPagerDuty, receiver: Receiver
) -> None:
    receiver.answers = [403, 403, 403]
    for number in range(3):
        local.trigger(f"k{number}")
        wait_for(receiver, number + 1)

    def disabled() -> bool:
        return not local.control.get("webhooks").json()["subscriptions"][0]["enabled"]

    assert wait_until(disabled, 10)
    local.trigger("unheard")
    assert len(local.control.get("webhooks").json()["deliveries"]) == 3


def test_a_delivery_is_kept_as_it_was_sent(local: LocalPagerDuty, receiver: Receiver) -> None:
    local.trigger()
    wait_for(receiver, 1)
    (delivery,) = local.control.get("webhooks").json()["deliveries"]
    assert delivery["body"].encode() == receiver.bodies[0]
    assert delivery["headers"]["X-PagerDuty-Signature"] == receiver.signatures[0]
