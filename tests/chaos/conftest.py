"""The scene, once a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.scene import Scene, opened
from tests.waits import WAITS


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story asks and approves by itself, and looks as patiently as its processes."""
    patience = "bot.engine.look.PART_SECONDS"
    monkeypatch.setattr(patience, WAITS[patience])


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A running world, a database server and a nursery."""
    with opened(tmp_path_factory.mktemp("chaos")) as scene:
        yield scene
