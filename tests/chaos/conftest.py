"""The scene, once a session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.world import World
from tests.chaos import production
from tests.chaos.nursery import Nursery
from tests.chaos.scene import Scene, aws_environment, database_server

PLANT = ("--seed-minutes", "0.1", "--requests-per-second", "100")


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A running world, a database server and a nursery."""
    folder = tmp_path_factory.mktemp("chaos")
    topology: Path = folder / "filmops.toml"
    production.write(topology)
    world = World(topology=topology, aws_args=PLANT, slack_args=("--limits", "off"))
    with database_server() as server, world, aws_environment(world.environment):
        nursery = Nursery(folder, world.environment)
        with closing(nursery), closing(Scene(world, server, nursery)) as scene:
            yield scene
