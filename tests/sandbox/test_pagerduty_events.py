"""The local PagerDuty takes and refuses events as the real one does."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sandbox.world import World
from tests.sandbox.pagerduty_world import ANA, LocalPagerDuty, local_pagerduty

pytestmark = pytest.mark.contract


def test_a_trigger_rings_the_person_on_call(local: LocalPagerDuty) -> None:
    answer = local.event()
    assert (answer.status_code, answer.json()["dedup_key"]) == (202, "k")
    (line,) = local.ledger()
    assert (line["level"], line["paged"], line["merged"]) == (1, ANA, False)


def test_a_trigger_without_a_key_is_given_one(local: LocalPagerDuty) -> None:
    assert local.event(dedup_key=None).json()["dedup_key"]


def test_a_repeat_is_merged_while_open_and_is_new_after_resolve(local: LocalPagerDuty) -> None:
    first = local.trigger()
    assert local.trigger() == first
    local.event("resolve")
    assert local.trigger() != first
    assert [line["merged"] for line in local.ledger() if line["action"] == "trigger"] == [
        False,
        True,
        False,
    ]


def test_an_event_may_acknowledge_and_an_unknown_key_is_taken_in_silence(
    local: LocalPagerDuty,
) -> None:
    incident = local.trigger()
    assert local.event("acknowledge").status_code == 202
    assert local.event("acknowledge", key="other").status_code == 202
    assert local.incident(incident)["status"] == "acknowledged"
    assert local.ledger()[-1]["incident"] is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"routing_key": "R-WRONG"}, "routing key"),
        ({"routing_key": None}, "routing key"),
        ({"event_action": "shout"}, "event_action"),
        ({"dedup_key": "k" * 256}, "255"),
        ({"payload": None}, "payload"),
        ({"payload": {"summary": "s", "source": "x"}}, "severity"),
        ({"payload": {"summary": "s", "source": "x", "severity": "bad"}}, "severity"),
        ({"payload": {"summary": "s" * 1025, "source": "x", "severity": "info"}}, "1024"),
    ],
)
def test_what_pagerduty_refuses_is_refused(
    changed: dict[str, Any], said: str, local: LocalPagerDuty
) -> None:
    answer = local.event(**changed)
    assert answer.status_code == 400
    assert said in " ".join(answer.json()["errors"])
    assert local.ledger() == []


def test_words_that_are_no_event_are_refused(local: LocalPagerDuty) -> None:
    for words in (b"not json", b"[]"):
        assert local.api.post("/v2/enqueue", content=words).status_code == 400
    assert local.api.post("/v2/enqueue", content=b"x" * 600_000).status_code == 413


@pytest.mark.parametrize("hole", ["oncall", "maintenance"])
def test_an_event_may_be_accepted_and_page_nobody(hole: str, local: LocalPagerDuty) -> None:
    local.tell(hole, level=1, email=None, on=True)
    assert local.event().status_code == 202
    (line,) = local.ledger()
    assert (line["incident"], line["paged"]) == (None, None)


def test_more_events_than_a_minute_allows_are_throttled() -> None:
    world = World(parts=("pagerduty",), pagerduty_args=["--per-minute", "2"])
    with world, local_pagerduty(world) as local:
        statuses = [local.event().status_code for _ in range(3)]
        other = local.event(routing_key="R-L2")
        throttled = local.event()
    assert statuses == [202, 202, 429]
    assert other.status_code == 202
    assert throttled.headers["ratelimit-reset"] == "30"


def test_a_refused_call_did_nothing_and_a_dropped_one_did(local: LocalPagerDuty) -> None:
    for kind in ("refuse", "drop"):
        local.tell("faults", match="POST /v2/enqueue", kind=kind)
        with pytest.raises(httpx.TransportError):
            local.event(key=kind)
    assert [line["dedup_key"] for line in local.ledger()] == ["drop"]


def test_a_fault_may_answer_instead_and_is_gone_when_used_up(local: LocalPagerDuty) -> None:
    local.tell("faults", match="GET /incidents*", kind="status", status=503)
    assert len(local.control.get("faults").json()) == 1
    assert local.api.get("/incidents").status_code == 503
    assert local.api.get("/incidents").status_code == 200


def test_a_fault_that_makes_no_sense_is_refused(local: LocalPagerDuty) -> None:
    for fault in ({"match": "*", "kind": "explode"}, {"kind": "drop"}):
        assert local.control.post("faults", json=fault).status_code == 400


def test_calls_are_recorded_without_credentials(local: LocalPagerDuty) -> None:
    local.api.get("/users/me")
    (call,) = local.control.get("calls").json()
    assert (call["call"], call["status"]) == ("GET /users/me", 200)
    assert "sandbox-token" not in str(call)
