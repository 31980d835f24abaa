"""A version has a character, wherever it is deployed; each colour can be asked on its own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.aws_plant import QuickPlant, until

pytestmark = pytest.mark.contract


def test_each_colour_has_an_address_of_its_own(quick: QuickPlant) -> None:
    quick.control("release", service="backend", version="v1.5.0", wrong_version="v9")
    quick.deploy("v1.5.0")
    quick.settled()
    assert quick.says("backend/version")[1] == {"version": "v1.4.2", "colour": "blue"}
    assert quick.says("backend@green/version")[1] == {"version": "v9", "colour": "green"}
    assert quick.says("backend@mauve/version")[0] == 404
    quick.control("colour", service="backend", colour="green", unhealthy_share=1.0)
    assert quick.says("backend@green/health")[0] == 503


def test_staging_runs_good_versions_and_takes_others(quick: QuickPlant) -> None:
    state = quick.http.get("/_control/state").json()["services"]["backend-staging"]
    assert {half["error_rate"] for half in state.values()} == {0.002}
    quick.control("release", service="backend-staging", version="v1.5.0", error_rate=0.2)
    quick.client("ecs").update_service(
        cluster="staging-cluster",
        service="backend-service-green",
        taskDefinition=quick.revision_of("v1.5.0", "backend-staging"),
    )

    def there() -> Any:
        return quick.says("backend-staging@green/version")[1]["version"] == "v1.5.0"

    until(there)
    state = quick.http.get("/_control/state").json()["services"]
    assert state["backend-staging"]["green"]["error_rate"] == 0.2
    assert state["backend"]["green"]["version"] == "v1.4.1"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("release", {"service": "backend", "version": "v1", "error_rate": 6}),
        ("release", {"service": "backend", "version": "v1", "explodes": True}),
        ("release", {"service": "nobody", "version": "v1"}),
        ("speed", {"factor": 0}),
        ("scale", {"service": "backend", "colour": "green", "desired": -1}),
        ("subnets", {"free_addresses": -1}),
        ("metrics", {"partial": "rather"}),
    ],
)
def test_a_knob_that_does_not_fit_is_refused(
    quick_process: QuickPlant, name: str, body: dict[str, Any]
) -> None:
    answer = quick_process.http.post(f"/_control/{name}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
