"""What tests may play at the local PagerDuty: gone, slow on one level, merged, counted."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.sandbox.pagerduty_world import ANA, CHLOE, LocalPagerDuty

pytestmark = pytest.mark.contract

ENQUEUE = "POST /v2/enqueue"


def test_it_can_be_gone_and_come_back_at_the_same_address(local: LocalPagerDuty) -> None:
    local.trigger()
    local.tell("listen", on=False)
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            local.event(key="unheard")
    assert [line["dedup_key"] for line in local.ledger()] == ["k"]
    local.tell("listen", on=True)
    assert local.event(key="heard").status_code == 202


def test_reset_lets_it_listen_again(local: LocalPagerDuty) -> None:
    local.tell("listen", on=False)
    local.tell("reset")
    assert local.event().status_code == 202


def test_a_fault_may_hit_one_level_alone(local: LocalPagerDuty) -> None:
    local.tell("faults", match=f"{ENQUEUE} L1", kind="status", status=500, times=None)
    assert local.event().status_code == 500
    assert local.event(routing_key="R-L2").status_code == 202


def test_the_ledger_has_the_time_a_call_came_in_before_its_latency(local: LocalPagerDuty) -> None:
    local.tell("faults", match=ENQUEUE, kind="latency", seconds=0.2)
    before = time.time()
    local.trigger()
    (line,) = local.ledger()
    assert line["received"] >= before
    assert line["received"] + 0.2 <= time.time()


def test_the_ledger_can_be_asked_for_pages_alone(local: LocalPagerDuty) -> None:
    local.trigger()
    local.event("acknowledge")
    pages = local.control.get("ledger", params={"action": "trigger"}).json()
    assert [(page["dedup_key"], page["level"], page["paged"]) for page in pages] == [("k", 1, ANA)]
    assert len(local.ledger()) == 2


def test_a_merged_incident_is_resolved_and_its_alert_moves(local: LocalPagerDuty) -> None:
    source, target = local.trigger("a"), local.trigger("b")
    local.tell("merge", dedup_key="a", into="b", user=CHLOE)
    merged = local.incident(source)
    assert (merged["status"], merged["resolve_reason"]["type"]) == (
        "resolved",
        "merge_resolve_reason",
    )
    alerts = local.api.get(f"/incidents/{target}/alerts").json()["alerts"]
    assert [alert["alert_key"] for alert in alerts] == ["b", "a"]
    assert local.api.get(f"/incidents/{source}/alerts").json()["alerts"] == []
    assert local.incident(target)["alert_counts"]["all"] == 2


def test_an_event_for_a_merged_alert_joins_the_other_incident(local: LocalPagerDuty) -> None:
    local.trigger("a")
    target = local.trigger("b")
    local.tell("merge", dedup_key="a", into="b")
    assert local.trigger("a") == target
    assert local.ledger()[-1]["merged"]
    local.event("resolve", key="a")
    assert local.incident(target)["alert_counts"] == {"all": 2, "triggered": 1, "resolved": 1}
    assert local.trigger("a") != target
    assert local.trigger("b") == target


def test_only_open_incidents_merge_and_not_into_themselves(local: LocalPagerDuty) -> None:
    local.trigger("a")
    local.trigger("b")
    local.event("resolve", key="b")
    for source, target in (("a", "a"), ("b", "a"), ("a", "b"), ("a", "nowhere")):
        answer = local.control.post("merge", json={"dedup_key": source, "into": target})
        assert answer.status_code == 400


def test_a_resolved_incident_can_be_reopened_by_hand(local: LocalPagerDuty) -> None:
    incident = local.trigger()
    local.event("resolve")
    local.tell("reopen", dedup_key="k")
    assert local.incident(incident)["status"] == "triggered"
    assert local.trigger() == incident


def test_who_is_on_call_and_who_acknowledged_can_be_had_in_full(local: LocalPagerDuty) -> None:
    incident = local.trigger()
    local.put(incident, "acknowledged", by=CHLOE)
    asked = {"incident_key": "k", "include[]": "acknowledgers"}
    (found,) = local.api.get("/incidents", params=asked).json()["incidents"]
    assert found["acknowledgements"][0]["acknowledger"]["email"] == CHLOE
    on_call = local.api.get("/oncalls", params={"include[]": "users"}).json()["oncalls"]
    assert on_call[0]["user"]["email"] == ANA
