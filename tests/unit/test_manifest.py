"""The shipped manifest is one Slack would take, in both variants."""

from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # only for this test; no stubs are locked

import bot.manifest
from bot.errors import ConfigurationError
from bot.manifest import manifest, scopes

pytestmark = pytest.mark.unit

URL = "https://ops.example.com/slack/events"


def parsed(http: str | None = None) -> dict[str, Any]:
    value: dict[str, Any] = yaml.safe_load(manifest(http))
    return value


def test_there_is_one_command_with_a_hint_and_escaped_mentions() -> None:
    (command,) = parsed()["features"]["slash_commands"]
    assert command["command"] == "/filmops"
    assert command["usage_hint"]
    assert command["should_escape"] is True


def test_the_home_tab_and_buttons_are_on_and_nothing_listens_to_messages() -> None:
    app = parsed()
    assert app["features"]["app_home"]["home_tab_enabled"] is True
    assert app["settings"]["interactivity"]["is_enabled"] is True
    assert app["settings"]["event_subscriptions"]["bot_events"] == ["app_home_opened"]


def test_the_scopes_are_those_that_check_asks_for() -> None:
    listed = parsed()["oauth_config"]["scopes"]["bot"]
    needed = (
        "commands chat:write files:write users:read users:read.email usergroups:read "
        "channels:read channels:history"
    )
    assert scopes() == frozenset(listed) == frozenset(needed.split())


def test_the_socket_variant_has_no_address() -> None:
    assert parsed()["settings"]["socket_mode_enabled"] is True
    assert "url" not in manifest().replace("FilmOps app over", "")


@pytest.mark.parametrize(
    "http",
    ["https://ops.example.com", "https://ops.example.com/", URL],
    ids=["bare", "slash", "full"],
)
def test_the_http_variant_sends_everything_to_one_address(http: str) -> None:
    app = parsed(http)
    assert app["settings"]["socket_mode_enabled"] is False
    assert app["features"]["slash_commands"][0]["url"] == URL
    assert app["settings"]["event_subscriptions"]["request_url"] == URL
    assert app["settings"]["interactivity"]["request_url"] == URL


def test_the_two_variants_differ_in_nothing_else() -> None:
    socket, over_http = parsed(), parsed("https://ops.example.com")
    del over_http["features"]["slash_commands"][0]["url"]
    del over_http["settings"]["event_subscriptions"]["request_url"]
    del over_http["settings"]["interactivity"]["request_url"]
    over_http["settings"]["socket_mode_enabled"] = True
    assert over_http == socket


@pytest.mark.parametrize("http", ["http://ops.example.com", "ops", "https://a b", "https://a/?q=1"])
def test_an_address_slack_would_not_send_to_is_refused(http: str) -> None:
    with pytest.raises(ConfigurationError, match="https"):
        manifest(http)


def test_an_installed_package_has_its_own_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.manifest, "__file__", str(tmp_path / "bot" / "manifest.py"))
    with pytest.raises(ConfigurationError, match="not there"):
        manifest()
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "manifest.yml").write_text("a: 1\n")
    assert manifest() == "a: 1\n"
