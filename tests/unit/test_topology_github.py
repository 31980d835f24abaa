"""`[services.KEY.deploy.github]`: the example works, and a mistake in it stops the start."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ConfigurationError
from bot.topology import GithubSource, load
from tests.stage import SHIPPED

pytestmark = pytest.mark.unit

TEXT = SHIPPED.read_text(encoding="utf-8")
BACKEND = 'repository = "ai-film-studio/backend"\n'


def written(table: str, folder: Path) -> Path:
    path = folder / "filmops.toml"
    path.write_text(f"{TEXT}\n[services.backend.deploy.github]\n{table}", encoding="utf-8")
    return path


def source(**more: Any) -> GithubSource:
    return GithubSource(repository="ai-film-studio/backend", workflow="deploy.yml", **more)


def test_the_example_in_the_shipped_file_is_right_once_it_is_not_commented_out(
    tmp_path: Path,
) -> None:
    begins = "# [services.backend.deploy.github]\n"
    example = TEXT[TEXT.index(begins) + len(begins) :].split("\n\n")[0]
    lines = [line.removeprefix("# ") for line in example.splitlines()]
    github = load(written("\n".join(lines), tmp_path)).services["backend"].deploy
    assert github is not None
    assert github.github is not None
    assert github.github.workflow == "deploy.yml"


def test_without_the_table_github_is_not_asked() -> None:
    deploy = load(SHIPPED).services["backend"].deploy
    assert deploy is not None
    assert deploy.github is None


def test_the_inputs_are_filled_in() -> None:
    assert source().to_deploy(version="v1.4.3", service="backend", run="R42") == {
        "action": "deploy",
        "version": "v1.4.3",
    }
    assert source().to_roll_back(version="v1.4.2", service="backend", run="R42") == {
        "action": "rollback"
    }
    all_of_it = source(rollback_inputs={"why": "{run}: {service} to {version}, {{so}}"})
    assert all_of_it.to_roll_back(version="v1", service="backend", run="R7") == {
        "why": "R7: backend to v1, {so}"
    }


def test_a_version_is_a_ref() -> None:
    assert source().ref_of("v1.4.2") == "v1.4.2"
    assert source(tag="backend/v{version}").ref_of("1.4.2") == "backend/v1.4.2"


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ('repository = "backend"', "repository: "),
        ("", "repository: Field required"),
        (BACKEND + 'tag = "latest"', "tag: must hold {version}"),
        (BACKEND + 'tag = "{release}"', "tag: '{release}' has {release}: it may hold {version}"),
        (BACKEND + 'tag = "{version"', "tag: '{version': "),
        (BACKEND + "reviews = -1", "reviews: "),
        (BACKEND + 'checks = [""]', "checks.0: "),
        (BACKEND + 'ref = "-x"', "ref: "),
        (BACKEND + 'workflow = "../deploy.yml"', "workflow: "),
        (BACKEND + "seconds = 60", "seconds is for a workflow, and workflow names none"),
        (
            BACKEND + 'workflow = "d.yml"\ndeploy_inputs = { v = "{verison}" }',
            "deploy_inputs: '{verison}' has {verison}: it may hold {version}, {service}, {run}",
        ),
        (
            BACKEND + 'workflow = "d.yml"\nrollback_inputs = { filmops = "x" }',
            "rollback_inputs: filmops is filled in by FilmOps: leave it out",
        ),
        (BACKEND + 'branch = "main"', "branch: Extra inputs"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(table: str, line: str, tmp_path: Path) -> None:
    path = written(table, tmp_path)
    with pytest.raises(ConfigurationError) as raised:
        load(path)
    (mistake,) = raised.value.mistakes
    place = f"{path}: services.backend.deploy.github"
    assert re.sub(rf"^{re.escape(place)}[.:] ?", "", mistake).startswith(line)


def test_every_key_is_documented() -> None:
    text = (SHIPPED.parent / "docs/topology.md").read_text(encoding="utf-8")
    section = text.split("## [services.KEY.deploy.github]")[1].split("\n## ")[0]
    assert all(f"`{name}`" in section for name in GithubSource.model_fields)
