"""One local PagerDuty and one quick AWS plant for all tests of a worker, as new for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.world import World
from tests.sandbox.aws_plant import QuickPlant
from tests.sandbox.pagerduty_world import LocalPagerDuty, local_pagerduty


@pytest.fixture(scope="session")
def pagerduty_process() -> Iterator[World]:
    with World(parts=("pagerduty",)) as world:
        yield world


@pytest.fixture
def local(pagerduty_process: World) -> Iterator[LocalPagerDuty]:
    with local_pagerduty(pagerduty_process) as found:
        yield found


@pytest.fixture(scope="session")
def quick_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickPlant]:
    with QuickPlant(tmp_path_factory.mktemp("quick-aws")) as plant:
        yield plant


@pytest.fixture
def quick(quick_process: QuickPlant) -> QuickPlant:
    """For tests of what is deployed: a short past, twenty times the speed."""
    quick_process.control("reset")
    return quick_process
