"""One local PagerDuty for the tests of a worker; each test finds it as new."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.world import World
from tests.sandbox.pagerduty_world import LocalPagerDuty, local_pagerduty


@pytest.fixture(scope="session")
def pagerduty_process() -> Iterator[World]:
    with World(parts=("pagerduty",)) as world:
        yield world


@pytest.fixture
def local(pagerduty_process: World) -> Iterator[LocalPagerDuty]:
    with local_pagerduty(pagerduty_process) as found:
        yield found
