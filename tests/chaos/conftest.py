"""The scene, once a session; and no coverage: what is swept here is measured by the other tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.scene import Scene, opened

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The same few lines run a thousand times: tracing them would double what they cost."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A running world, a database server and a nursery."""
    with opened(tmp_path_factory.mktemp("chaos")) as scene:
        yield scene
