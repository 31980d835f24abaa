"""Proxies are taken from the environment; this machine and NO_PROXY's hosts are left alone."""

import pytest

from bot.adapters.slack import SlackApi, proxy_for

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")


def test_slack_is_reached_through_the_proxy() -> None:
    assert proxy_for("https://slack.com/api/") == "http://proxy.example:3128"


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080"])
def test_this_machine_is_not(host: str) -> None:
    assert proxy_for(f"http://{host}/api/") is None


def test_no_proxy_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "slack.example,*.internal")
    assert proxy_for("https://slack.example/api/") is None
    monkeypatch.setenv("NO_PROXY", "*")
    assert proxy_for("https://slack.com/api/") is None


async def test_the_client_is_told_and_does_not_guess() -> None:
    api = SlackApi(token="xoxb-1", base_url="http://127.0.0.1:9/api/")
    assert api.web_client().proxy is None
    assert api.web_client().retry_handlers == []
    await api.close()
