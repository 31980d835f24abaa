"""What is said twice says the same: registry, buttons, documents, manifest, Procfile, tests."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # only for tests; no stubs are locked

from blocks import ids
from bot.adapters.aws.permissions import PERMISSIONS
from bot.command_line import parser
from bot.domain.reasons import Reason
from bot.engine.naming import find, group
from bot.engine.operation import Operation
from bot.engine.words import parse, usage
from bot.manifest import manifest, scopes
from bot.settings import names
from bot.topology import Deployable, Risk, Topology, load
from handlers import ACTIONS, OPERATIONS

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[1]
COMMANDS = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
BY_NAME = {operation.name: operation for operation in OPERATIONS}
SUBMITTED = {
    "app_home_opened",
    ids.ROLLBACK_MODAL,
    ids.DECLARE_MODAL,
    ids.NOTE_MODAL,
    ids.CHECKLIST_MODAL,
}
"""What arrives and is no button: an event, and dialogs that are sent off."""

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)


@pytest.fixture(scope="module")
def topology() -> Topology:
    return load(ROOT / "filmops.toml")


def section(name: str) -> str:
    """The part of docs/commands.md under `## name`."""
    found = re.search(
        rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", COMMANDS, re.MULTILINE | re.DOTALL
    )
    assert found, f"docs/commands.md has no section {name}"
    return found[1]


# ---------------------------------------------------------------- operations


def test_no_two_operations_share_a_name() -> None:
    assert len(BY_NAME) == len(OPERATIONS)


def test_no_operation_is_named_as_a_group_is() -> None:
    assert not [name for name in BY_NAME if group(name, BY_NAME)]


@each_operation
def test_an_operation_says_what_it_does_and_its_examples_are_commands(
    operation: Operation, topology: Topology
) -> None:
    assert operation.summary.endswith(".")
    assert operation.examples
    for example in operation.examples:
        found, _ = parse(example, BY_NAME, topology, datetime.now(UTC))
        assert found is operation


@each_operation
def test_an_operation_is_documented_with_its_usage_and_risk(operation: Operation) -> None:
    text = section(operation.name)
    assert f"`{usage(operation)}` · {operation.risk} ·" in text


def test_no_operation_is_documented_that_is_not_there() -> None:
    documented = re.findall(r"^`/filmops ([a-z]+(?: [a-z-]+)?)[^`]*` · ", COMMANDS, re.MULTILINE)
    assert documented == list(BY_NAME)


@each_operation
def test_every_step_is_documented_under_its_operation(operation: Operation) -> None:
    for step in operation.steps:
        assert step.startswith(f"{operation.name.replace(' ', '.')}.")
        assert f"| `{step}` |" in section(operation.name)


@each_operation
def test_every_operation_has_a_scenario(operation: Operation) -> None:
    told = (path.read_text(encoding="utf-8") for path in (ROOT / "tests/scenario").glob("*.py"))
    assert any(re.search(rf"/filmops {operation.name}\b", story) for story in told), (
        f"no file in tests/scenario names /filmops {operation.name}"
    )


def test_every_risk_has_its_rule_and_its_row(topology: Topology) -> None:
    rows = re.findall(
        r"^\| (\w+) \| ([\w, ]+) \| .* \|$", COMMANDS.split("## help")[0], re.MULTILINE
    )
    shown = {risk: tuple(asked.split(", ")) for risk, asked in rows if risk in set(Risk)}
    assert shown == {str(risk): rule.request for risk, rule in topology.risks.items()}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_code_is_documented_with_what_unblocks(reason: Reason) -> None:
    row = re.search(rf"^\| `{reason}` \| (.+) \| (.+) \|$", section("Reason codes"), re.MULTILINE)
    assert row


def test_no_reason_code_is_documented_that_is_not_there() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", section("Reason codes"), re.MULTILINE)
    assert sorted(documented) == sorted(Reason)


# ---------------------------------------------------------------- buttons


def test_every_button_is_answered_and_every_answer_has_its_button() -> None:
    assert set(ACTIONS) - SUBMITTED == set(ids.ACTIONS)
    assert set(ACTIONS) >= SUBMITTED


def test_a_button_is_named_for_the_place_it_stands_on() -> None:
    places = {"filmops", "home"}
    assert {action.partition(".")[0] for action in ids.ACTIONS} == places


# ---------------------------------------------------------------- manifest, settings, processes


def test_the_manifests_hint_names_real_commands() -> None:
    (command,) = yaml.safe_load(manifest())["features"]["slash_commands"]
    hinted = [find(part.split(), BY_NAME) for part in command["usage_hint"].split("·")]
    assert hinted


def test_the_manifest_asks_for_what_check_looks_for() -> None:
    listed = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    assert set(listed["oauth_config"]["scopes"]["bot"]) == scopes()


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([A-Z0-9_]+)`", text, re.MULTILINE)) == names()


def test_every_key_of_the_shipped_topology_is_documented(topology: Topology) -> None:
    text = (ROOT / "docs/topology.md").read_text(encoding="utf-8")
    sections = {f"[{name}" for name in type(topology).model_fields}
    missing = [name for name in sections if name not in text]
    assert not missing
    parts = (topology.thresholds, topology.metrics, topology.rollback, topology.watch)
    for part in (*parts, topology.deploy):
        assert all(f"`{name}`" in text for name in type(part).model_fields)
    assert all(f"| `{name}`" in text for name in Deployable.model_fields)
    assert all(f"`{name}`" in text for name in type(topology.risks[Risk.READ]).model_fields)


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    return {name: command.strip() for name, _, command in (line.partition(":") for line in lines)}


def test_the_procfile_has_the_four_processes_and_each_is_a_command_there_is() -> None:
    assert set(procfile()) == {"web", "worker", "scheduler", "release"}
    for command in procfile().values():
        words = command.replace("$PORT", "8080").split()
        # requirements.txt does not install the package, so the console script is not there.
        assert words[:3] == ["python", "-m", "bot"]
        parser().parse_args(words[3:])


def test_a_platform_can_reach_the_web_process() -> None:
    assert "--host 0.0.0.0 --port $PORT" in procfile()["web"]


def test_every_command_of_the_command_line_is_documented() -> None:
    helped = re.findall(r"^    ([a-z-]+) ", parser().format_help(), re.MULTILINE)
    table = section("On the command line")
    assert {"run", "audit"} <= set(helped)
    for name in helped:
        assert re.search(rf"^\| `filmops {name}[ `]", table, re.MULTILINE), name


def test_every_aws_permission_is_in_the_operators_list_and_no_other() -> None:
    text = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z0-9-]+:[A-Za-z]+)` \| ([^|]+) \|", text, re.MULTILINE)
    assert rows == [(each.action, each.purpose) for each in PERMISSIONS]
