"""The scene, once a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.engine import look
from tests.chaos.haste import PATIENCE
from tests.chaos.scene import Scene, opened


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "PART_SECONDS", PATIENCE)


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A running world, a database server and a nursery."""
    with opened(tmp_path_factory.mktemp("chaos")) as scene:
        yield scene
