"""The local GitHub: starts light, answers as GitHub does, and its workflows really act."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.processes import wait_until
from sandbox.world import World

pytestmark = pytest.mark.contract

RUNS = "actions/workflows/deploy.yml/runs"
DISPATCHES = "actions/workflows/deploy.yml/dispatches"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(parts=("github",)) as world:
        yield world


@pytest.fixture
def api(world: World) -> Iterator[httpx.Client]:
    """Below the repository; `/_control/` is reset."""
    token = {"Authorization": f"token {world.environment['GITHUB_TOKEN']}"}
    base = f"{world.environment['GITHUB_API_URL']}/repos/ai-film-studio/backend/"
    with httpx.Client(base_url=base, headers=token, trust_env=False) as http:
        http.post(f"{world.url('github')}/_control/reset").raise_for_status()
        yield http


def dispatch(api: httpx.Client, **inputs: str) -> httpx.Response:
    return api.post(DISPATCHES, json={"ref": "main", "inputs": inputs})


def newest(api: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = api.get(RUNS).json()["workflow_runs"][0]
    return found


def test_it_knows_ten_versions_each_with_its_pull_request(api: httpx.Client) -> None:
    for number in range(10):
        found = api.get(f"commits/v1.4.{number}")
        assert len(found.json()["sha"]) == 40
        assert api.get(f"commits/v1.4.{number}/pulls").json()[0]["number"] == 101 + number


def test_it_says_no_as_github_does(api: httpx.Client) -> None:
    assert api.get("commits/v9").status_code == 422
    assert api.get("pulls/9/reviews").status_code == 404
    assert api.get("actions/workflows/other.yml").status_code == 404
    assert api.get("../other").status_code == 404
    assert api.get("", headers={"Authorization": "token x"}).status_code == 401
    refused = dispatch(api, colour="green")
    assert refused.status_code == 422
    assert refused.json()["message"] == 'Unexpected inputs provided: ["colour"]'
    assert api.post(DISPATCHES, json={"ref": "moon"}).status_code == 422
    assert api.post(DISPATCHES, content=b"{").status_code == 400


def test_a_list_has_pages_of_thirty_and_of_a_hundred_at_most(
    api: httpx.Client, world: World
) -> None:
    checks = [[f"test {number}", "success"] for number in range(110)]
    body = {"version": "v1.4.2", "checks": checks}
    httpx.post(f"{world.url('github')}/_control/version", json=body, trust_env=False)
    first = api.get("commits/v1.4.2/check-runs")
    assert (first.json()["total_count"], len(first.json()["check_runs"])) == (110, 30)
    assert 'rel="next"' in first.headers["Link"]
    last = api.get("commits/v1.4.2/check-runs", params={"per_page": 500, "page": 2})
    assert len(last.json()["check_runs"]) == 10
    assert "Link" not in last.headers


def test_a_workflow_runs_acts_and_ends_as_told(api: httpx.Client, world: World) -> None:
    control = f"{world.url('github')}/_control"
    hook = {"url": f"{control}/version", "body": {"version": "v1.4.2", "author": "workflow"}}
    ending = {"conclusion": "success", "seconds": 0, "hook": hook}
    httpx.post(f"{control}/ending", json=ending, trust_env=False).raise_for_status()
    answer = dispatch(api, action="rollback", filmops="R42")
    assert (answer.status_code, answer.content) == (204, b"")
    assert newest(api)["display_title"] == "R42"
    assert wait_until(lambda: newest(api)["status"] == "completed", 10)
    assert newest(api)["conclusion"] == "success"
    assert api.get("commits/v1.4.2").json()["author"]["login"] == "workflow"


def test_a_workflow_whose_work_is_refused_fails(api: httpx.Client, world: World) -> None:
    control = f"{world.url('github')}/_control"
    ending = {"seconds": 0, "hook": {"url": f"{control}/nonsense"}}
    httpx.post(f"{control}/ending", json=ending, trust_env=False).raise_for_status()
    dispatch(api)
    assert wait_until(lambda: newest(api)["status"] == "completed", 10)
    assert newest(api)["conclusion"] == "failure"


def test_a_control_that_does_not_fit_says_why(world: World) -> None:
    control = f"{world.url('github')}/_control"
    wrong = httpx.post(f"{control}/ending", json={"colour": 1}, trust_env=False)
    assert (wrong.status_code, "colour" in wrong.text) == (400, True)
    unknown = httpx.get(f"{control}/nonsense", trust_env=False)
    assert (unknown.status_code, "POST ending" in unknown.text) == (404, True)
