"""The sandbox's AWS plant as a process of the test session, and what a test asks of it.

A conftest imports both fixtures; a test takes `plant`: as seeded, whatever the last one did.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.world import World

_PASSING = ("faults", "deny")
"""What is armed and denied can be taken back without seeding anew."""

_READS = ("Describe", "Get", "List", "Simulate", "Filter")


class Plant:
    """The controls of the running plant."""

    def __init__(self, url: str, topology: Path, http: httpx.Client) -> None:
        self.url = url
        self.topology = topology
        self._http = http
        self._told: set[str] = set()

    def as_seeded(self) -> None:
        """Put back what the last test changed: what it armed, or everything (a costly reset)."""
        if self._moved or any(
            not call["action"].startswith(_READS) for call in self.ask("calls")["calls"]
        ):
            self.tell("reset")
        else:
            for control in self._told:
                self.clear(control)
        self._told.clear()

    @property
    def _moved(self) -> bool:
        return not self._told <= set(_PASSING)

    def tell(self, control: str, **body: Any) -> dict[str, Any]:
        """POST to a control."""
        self._told.add(control)
        answer = self._http.post(f"/_control/{control}", json=body).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def ask(self, control: str, **query: str) -> dict[str, Any]:
        """GET a control."""
        answer = self._http.get(f"/_control/{control}", params=query).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def clear(self, control: str) -> None:
        """DELETE a control: what was armed or denied."""
        self._http.delete(f"/_control/{control}").raise_for_status()

    def fault(self, match: str, kind: str, **more: Any) -> None:
        """Arm a fault for `service.Action`, as IAM names them; once unless `times` says."""
        self.tell("faults", match=match, kind=kind, **more)

    def calls(self, *actions: str) -> list[dict[str, Any]]:
        """The calls of these actions it has received, oldest first."""
        return [call for call in self.ask("calls")["calls"] if call["action"] in actions]


@pytest.fixture(scope="session")
def plant_process() -> Iterator[Plant]:
    """One plant for all tests."""
    with (
        World(parts=("aws",), aws_args=("--seed-minutes", "11")) as world,
        httpx.Client(base_url=world.url("aws"), timeout=20, trust_env=False) as http,
    ):
        yield Plant(world.url("aws"), world.topology, http)


@pytest.fixture
def plant(plant_process: Plant, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """The plant as seeded; boto3 finds it and its fake keys, and nothing of the person's own."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in (
        ("AWS_ENDPOINT_URL", plant_process.url),
        ("AWS_ACCESS_KEY_ID", "sandbox"),
        ("AWS_SECRET_ACCESS_KEY", "sandbox"),
        ("AWS_CONFIG_FILE", os.devnull),
        ("AWS_SHARED_CREDENTIALS_FILE", os.devnull),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("NO_PROXY", "127.0.0.1"),
    ):
        monkeypatch.setenv(name, value)
    plant_process.as_seeded()
    return plant_process
