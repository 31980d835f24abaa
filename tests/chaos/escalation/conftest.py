"""The scene, once a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.escalation.scene import Scene, opened


@pytest.fixture(scope="session")
def ladders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A database server and a nursery of processes."""
    with opened(tmp_path_factory.mktemp("ladders")) as scene:
        yield scene
