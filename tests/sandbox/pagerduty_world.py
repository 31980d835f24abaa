"""The local PagerDuty as a test sees it: its API, its controls, its page."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.world import World

TOKEN = {"Authorization": "Token token=sandbox-token"}
ANA, CHLOE = "ana@aifilmstudio.com", "chloe@aifilmstudio.com"


@dataclass(frozen=True, kw_only=True)
class LocalPagerDuty:
    """`api` is authorised; `control` is below /_control/; `page` is the page for people."""

    api: httpx.Client
    control: httpx.Client
    page: str

    def event(self, action: str = "trigger", key: str = "k", **changed: Any) -> httpx.Response:
        """Send an event for level 1."""
        payload = {"summary": "5xx", "source": "filmops", "severity": "critical"}
        event = {"routing_key": "R-L1", "event_action": action, "dedup_key": key}
        return self.api.post("/v2/enqueue", json={**event, "payload": payload, **changed})

    def trigger(self, key: str = "k", **changed: Any) -> str:
        """Page level 1 and return the incident's id."""
        assert self.event(key=key, **changed).status_code == 202
        found = self.api.get("/incidents", params={"incident_key": key}).json()["incidents"]
        return str(found[-1]["id"])

    def incident(self, id_: str) -> dict[str, Any]:
        """One incident."""
        found: dict[str, Any] = self.api.get(f"/incidents/{id_}").json()["incident"]
        return found

    def put(self, id_: str, status: str, by: str = ANA) -> httpx.Response:
        """Change an incident as somebody."""
        body = {"incident": {"type": "incident_reference", "status": status}}
        return self.api.put(f"/incidents/{id_}", json=body, headers={"From": by})

    def tell(self, path: str, **body: Any) -> None:
        """Use a control."""
        self.control.post(path, json=body).raise_for_status()

    def ledger(self) -> list[dict[str, Any]]:
        """Every accepted event."""
        lines: list[dict[str, Any]] = self.control.get("ledger").json()
        return lines


@contextmanager
def local_pagerduty(world: World) -> Iterator[LocalPagerDuty]:
    """Clients of a running one, as new."""
    page = world.announced("pagerduty")["page"]
    context = ssl.create_default_context(cafile=world.ca)
    with (
        httpx.Client(
            base_url=world.url("pagerduty"), verify=context, headers=TOKEN, trust_env=False
        ) as api,
        httpx.Client(base_url=f"{page}_control/", trust_env=False) as control,
    ):
        control.delete("webhooks").raise_for_status()
        control.post("reset").raise_for_status()
        yield LocalPagerDuty(api=api, control=control, page=page)
