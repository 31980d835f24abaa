"""The local PagerDuty's REST API, traps included; and the page for people."""

from __future__ import annotations

import re
import ssl
from typing import Any

import httpx
import pagerduty
import pytest

from sandbox.world import World
from tests.sandbox.pagerduty_world import ANA, CHLOE, LocalPagerDuty

pytestmark = pytest.mark.contract


def assignees(incident: dict[str, Any]) -> list[str]:
    return [one["assignee"]["summary"] for one in incident["assignments"]]


def test_without_the_token_nothing_is_told(local: LocalPagerDuty) -> None:
    answer = local.api.get("/incidents", headers={"Authorization": "Token token=wrong"})
    assert answer.status_code == 401


def test_the_official_client_finds_its_way(pagerduty_process: World, local: LocalPagerDuty) -> None:
    local.trigger()
    trust = ssl.create_default_context(cafile=pagerduty_process.ca)
    with pagerduty.RestApiV2Client(
        "sandbox-token", default_from=ANA, base_url=pagerduty_process.url("pagerduty"), verify=trust
    ) as client:
        (incident,) = client.list_all("incidents", params={"statuses": ["triggered"]})
        client.rput(incident, json={"type": "incident_reference", "status": "acknowledged"})
        client.rpost(f"/incidents/{incident['id']}/notes", json={"content": "looking"})
        assert client.rget("/users/me")["email"] == ANA
        assert client.rget(f"/incidents/{incident['id']}/alerts")[0]["alert_key"] == "k"
    assert local.incident(incident["id"])["status"] == "acknowledged"


def test_acknowledging_makes_the_incident_the_acknowledgers(local: LocalPagerDuty) -> None:
    incident = local.trigger()
    assert assignees(local.incident(incident)) == ["Ana Okafor"]
    local.put(incident, "acknowledged", by=CHLOE)
    assert assignees(local.incident(incident)) == ["Chloe Tan"]


def test_acknowledging_a_resolved_incident_reopens_it(local: LocalPagerDuty) -> None:
    incident = local.trigger()
    local.put(incident, "resolved")
    local.put(incident, "acknowledged")
    assert local.incident(incident)["status"] == "acknowledged"


def test_a_put_of_triggered_takes_the_acknowledgement_back(local: LocalPagerDuty) -> None:
    incident = local.trigger()
    local.put(incident, "acknowledged")
    local.put(incident, "triggered")
    found = local.incident(incident)
    assert (found["status"], found["acknowledgements"]) == ("triggered", [])


def test_a_change_needs_a_known_person(local: LocalPagerDuty) -> None:
    incident = local.trigger()
    answer = local.put(incident, "acknowledged", by="bot@nowhere.example")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 1008)
    assert local.put(incident, "asleep").status_code == 400
    assert local.put("Q404", "resolved").status_code == 404


def test_several_incidents_change_in_one_call(local: LocalPagerDuty) -> None:
    ids = [local.trigger(key) for key in ("a", "b")]
    body = {"incidents": [{"id": id_, "status": "resolved"} for id_ in ids]}
    local.api.put("/incidents", json=body, headers={"From": ANA}).raise_for_status()
    assert {local.incident(id_)["status"] for id_ in ids} == {"resolved"}
    assert local.api.put("/incidents", json={}, headers={"From": ANA}).status_code == 400


def test_incidents_are_found_by_status_service_and_key(local: LocalPagerDuty) -> None:
    first = local.trigger("a")
    second = local.trigger("b", routing_key="R-L2")
    local.put(first, "resolved")

    def found(**query: str) -> list[str]:
        return [i["id"] for i in local.api.get("/incidents", params=query).json()["incidents"]]

    assert found(**{"statuses[]": "triggered"}) == [second]
    assert found(**{"service_ids[]": "PSERVL1"}) == [first]
    assert found(incident_key="b") == [second]
    assert found(incident_key="") == [first, second]
    assert found(sort_by="created_at:desc") == [second, first]


def test_long_lists_come_in_pages(local: LocalPagerDuty) -> None:
    for number in range(3):
        local.trigger(f"k{number}")
    first = local.api.get("/incidents", params={"limit": 2}).json()
    last = local.api.get("/incidents", params={"limit": 2, "offset": 2}).json()
    assert (len(first["incidents"]), first["more"]) == (2, True)
    assert (len(last["incidents"]), last["more"]) == (1, False)
    assert local.api.get("/incidents", params={"limit": "many"}).status_code == 400


def test_the_key_is_only_in_the_alert(local: LocalPagerDuty) -> None:
    incident = local.trigger()
    assert local.incident(incident)["incident_key"] is None
    (alert,) = local.api.get(f"/incidents/{incident}/alerts").json()["alerts"]
    assert alert["alert_key"] == "k"


def test_notes_are_kept(local: LocalPagerDuty) -> None:
    incident = local.trigger()
    path, by = f"/incidents/{incident}/notes", {"From": ANA}
    answer = local.api.post(path, json={"note": {"content": "on it"}}, headers=by)
    assert answer.status_code == 201
    assert local.api.post(path, json={"note": {"content": " "}}, headers=by).status_code == 400
    assert local.api.post(path, json={"note": {"content": "x"}}).status_code == 400
    assert [note["content"] for note in local.api.get(path).json()["notes"]] == ["on it"]


def test_the_levels_are_the_topologys(local: LocalPagerDuty) -> None:
    services = local.api.get("/services").json()["services"]
    oncalls = local.api.get("/oncalls").json()["oncalls"]
    assert [service["name"] for service in services] == ["Level 1", "Level 2", "Level 3"]
    assert [one["user"]["summary"] for one in oncalls] == ["Ana Okafor", "Chloe Tan", "Dana Ruiz"]
    assert len(local.api.get("/escalation_policies").json()["escalation_policies"]) == 3
    assert local.api.get("/services/PSERVL2").json()["service"]["name"] == "Level 2"
    assert local.api.get("/services/PNONE").status_code == 404
    assert local.api.get("/users", params={"query": "chloe"}).json()["users"][0]["email"] == CHLOE


def test_the_schedule_may_be_changed(local: LocalPagerDuty) -> None:
    local.tell("oncall", level=1, email=CHLOE)
    assert assignees(local.incident(local.trigger())) == ["Chloe Tan"]
    for wrong in ({"level": 9, "email": None}, {"level": 1, "email": "x@y.z"}):
        assert local.control.post("oncall", json=wrong).status_code == 400


def test_people_answer_through_the_controls(local: LocalPagerDuty) -> None:
    incident = local.trigger()
    for move, status in (("ack", "acknowledged"), ("unack", "triggered"), ("resolve", "resolved")):
        local.tell(move, dedup_key="k", user=ANA)
        assert local.incident(incident)["status"] == status
    assert local.control.post("ack", json={"incident": "Q404"}).status_code == 400


def test_a_person_answers_on_the_page(local: LocalPagerDuty) -> None:
    incident = local.trigger(
        payload={"summary": "<b>5xx</b>", "source": "x", "severity": "critical"}
    )
    shown = httpx.get(local.page, trust_env=False).text
    assert "&lt;b&gt;5xx" in shown
    assert re.search(r"class=triggered", shown)
    form = {"incident": incident, "as": CHLOE, "do": "acknowledge"}
    httpx.post(local.page, data=form, trust_env=False)
    assert assignees(local.incident(incident)) == ["Chloe Tan"]
    httpx.post(local.page, data={**form, "do": "resolve"}, trust_env=False)
    assert local.incident(incident)["status"] == "resolved"
    httpx.post(local.page, data=form, trust_env=False)
    assert local.incident(incident)["status"] == "resolved"
