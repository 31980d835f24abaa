"""The environment is read once, and every mistake in it is named, without its value."""

import re
from pathlib import Path

import pytest

from bot import topology
from bot.errors import ConfigurationError
from bot.settings import Settings, load_settings, names, problems_with, require

pytestmark = pytest.mark.unit

CHECKOUT = Path(__file__).parents[2]
DOCS = CHECKOUT / "docs/settings.md"
KEYS = {f"PAGERDUTY_ROUTING_KEY_L{level}": f"routing-{level}" for level in (1, 2, 3)}
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}


def mistakes(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as raised:
        load_settings(environ)
    return raised.value.mistakes


def test_nothing_set_is_a_set_up_with_defaults() -> None:
    settings = load_settings({"HOME": "/home/ana"})
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.pagerduty_api_url == "https://api.pagerduty.com"
    assert settings.filmops_config == Path("filmops.toml")
    assert settings.database_url is None
    assert settings.secrets() == ()


def test_every_setting_is_documented_and_nothing_else() -> None:
    documented = set(re.findall(r"^\| `([A-Z0-9_]+)`", DOCS.read_text(), re.MULTILINE))
    assert documented == names()


def test_the_data_directory_is_xdgs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    home = load_settings({"HOME": "/home/ana"})
    xdg = load_settings({"HOME": "/home/ana", "XDG_DATA_HOME": "/data"})
    relative = load_settings({"HOME": "/home/ana", "XDG_DATA_HOME": "data"})
    assert home.filmops_data_dir == Path("/home/ana/.local/share/filmops")
    assert xdg.filmops_data_dir == Path("/data/filmops")
    assert relative.filmops_data_dir == home.filmops_data_dir


def test_roots_data_directory_is_below_no_private_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert load_settings({"HOME": "/root"}).filmops_data_dir == Path("/var/lib/filmops")
    assert load_settings({"FILMOPS_DATA_DIR": "/x"}).filmops_data_dir == Path("/x")


def test_an_empty_variable_is_not_set() -> None:
    assert load_settings({"SLACK_BOT_TOKEN": " ", "SLACK_API_URL": ""}).slack_bot_token is None


def test_secrets_are_kept_from_sight_and_given_to_the_log_to_take_out() -> None:
    settings = load_settings({**SLACK, **KEYS, "PAGERDUTY_WEBHOOK_SECRET": "first, second"})
    assert not re.search(r"xoxb-1|xapp-1|routing-1|first", repr(settings))
    assert set(settings.secrets()) == {"xoxb-1", "xapp-1", "first", "second", *KEYS.values()}


def test_the_api_address_ends_in_one_slash() -> None:
    assert load_settings({"SLACK_API_URL": "http://127.0.0.1:9/api"}).slack_api_url.endswith(
        "/api/"
    )


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"SLACK_BOT_TOKEN": "xoxp-hush", "SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN: .*xoxb-"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "hush"}, "SLACK_APP_TOKEN: .*xapp-"),
        ({"SLACK_API_URL": "slack.com/hush"}, "SLACK_API_URL: must begin with https"),
        ({"SLACK_API_URL": "https:///api/hush"}, "SLACK_API_URL: must be an address"),
        ({"SLACK_API_URL": "https://a:99999/hush"}, "SLACK_API_URL: must be an address"),
        ({"SLACK_TEAM_ID": "hush"}, "SLACK_TEAM_ID: "),
        (
            {"PAGERDUTY_API_URL": "http://pagerduty/hush"},
            "PAGERDUTY_API_URL: must begin with https",
        ),
        ({"DATABASE_URL": "mysql://hush"}, "DATABASE_URL: must begin with postgresql"),
        (
            {"PRODUCT_DATABASE_URL": "mysql://hush"},
            "PRODUCT_DATABASE_URL: must begin with postgresql",
        ),
        (
            {"PRODUCT_DATABASE_URL_PROD_DB": "hush"},
            "PRODUCT_DATABASE_URL_PROD_DB: must begin with postgresql",
        ),
        ({"SSL_CERT_FILE": "/nowhere/hush"}, "SSL_CERT_FILE: names a file"),
        ({"FILMOPS_HEARTBEAT_URL": "hush"}, "FILMOPS_HEARTBEAT_URL: must begin"),
        ({"FILMOPS_LOG": "loud"}, "FILMOPS_LOG: 'loud'"),
        ({"FILMOPS_LOG": "info,debug"}, "FILMOPS_LOG: 'debug'"),
        ({"SLACK_CLIENT_ID": "hush"}, "SLACK_CLIENT_ID: must not be set"),
        ({"SLACK_CLIENT_SECRET": "hush"}, "SLACK_CLIENT_SECRET: must not be set"),
        ({"SLACK_SIGNING_SECRET": "hush"}, "SLACK_BOT_TOKEN is not set, though"),
        ({"PAGERDUTY_API_TOKEN": "hush"}, "PAGERDUTY_FROM is not set, though"),
        ({"PAGERDUTY_FROM": "hush"}, "PAGERDUTY_FROM: "),
    ],
)
def test_a_mistake_is_named_without_its_value(environ: dict[str, str], line: str) -> None:
    (said,) = mistakes(environ)
    assert re.match(line, said)
    assert "hush" not in said


def test_all_mistakes_are_named_at_once() -> None:
    said = mistakes({"SLACK_API_URL": "x", "PAGERDUTY_API_URL": "y", "SLACK_CLIENT_ID": "z"})
    assert len(said) == 3


def test_a_file_of_certificates_may_be_named() -> None:
    assert load_settings({"SSL_CERT_FILE": str(DOCS)}).ssl_cert_file == DOCS


def test_the_log_setting_takes_a_level_and_a_format_in_any_order() -> None:
    settings = load_settings({"FILMOPS_LOG": "json, debug"})
    assert (settings.filmops_log_level, settings.filmops_log_format) == ("debug", "json")


@pytest.mark.parametrize("command", ["run", "web", "worker", "scheduler"])
def test_a_process_that_speaks_in_slack_needs_the_bot_token(command: str) -> None:
    with pytest.raises(ConfigurationError, match="SLACK_BOT_TOKEN is not set"):
        require(load_settings({}), command)
    require(load_settings(SLACK), command)


@pytest.mark.parametrize("command", ["run", "web"])
def test_a_process_that_listens_needs_a_socket_or_a_signing_secret(command: str) -> None:
    with pytest.raises(ConfigurationError, match=r"SLACK_APP_TOKEN .* or SLACK_SIGNING_SECRET"):
        require(load_settings({"SLACK_BOT_TOKEN": "xoxb-1"}), command)
    require(load_settings({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}), command)


@pytest.mark.parametrize("command", ["migrate", "check", "audit", "sandbox", "simulate"])
def test_the_other_commands_need_nothing_of_slack(command: str) -> None:
    require(load_settings({}), command)


def problems(environ: dict[str, str]) -> list[str]:
    return problems_with(load_settings(environ), topology.load(CHECKOUT / "filmops.toml"))


def test_every_level_of_the_ladder_needs_its_own_routing_key() -> None:
    assert problems(KEYS) == []
    missing = {name: key for name, key in KEYS.items() if not name.endswith("L2")}
    (line,) = problems(missing)
    assert line.startswith("PAGERDUTY_ROUTING_KEY_L2 is not set: level 2 (Engineering lead)")


def test_a_key_without_a_level_and_a_key_for_two_levels_are_named() -> None:
    (extra,) = problems({**KEYS, "PAGERDUTY_ROUTING_KEY_L4": "routing-4"})
    assert "PAGERDUTY_ROUTING_KEY_L4 is set, and the topology has 3 levels" in extra
    (shared,) = problems({**KEYS, "PAGERDUTY_ROUTING_KEY_L3": "routing-1"})
    assert "two levels share a key" in shared


def test_a_token_for_the_status_page_needs_the_page() -> None:
    (line,) = problems({**KEYS, "STATUSPAGE_TOKEN": "token"})
    assert line == "STATUSPAGE_TOKEN is set, and the topology's statuspage.page names no page"


URL = "postgresql://reader:hush@db/studio"


@pytest.mark.parametrize("name", ["PRODUCT_DATABASE_URL", "PRODUCT_DATABASE_URL_PROD_DB"])
def test_the_product_s_database_is_found_by_its_name_or_as_the_only_one(name: str) -> None:
    settings = load_settings({name: URL})
    assert settings.product_database_url("prod-db") == URL
    assert URL in settings.secrets()
    assert "hush" not in repr(settings)
    assert problems({**KEYS, name: URL}) == []


def test_without_an_address_the_product_s_database_is_nowhere() -> None:
    assert load_settings({}).product_database_url("prod-db") is None
    named = load_settings({"PRODUCT_DATABASE_URL_OTHER": URL})
    assert named.product_database_url("prod-db") is None


def test_an_address_of_a_database_nobody_has_is_named() -> None:
    (line,) = problems({**KEYS, "PRODUCT_DATABASE_URL_PRODB": URL})
    assert line == (
        "PRODUCT_DATABASE_URL_PRODB is set, and the topology has no database of that name"
    )


def test_one_address_for_several_databases_is_no_address() -> None:
    whole = topology.load(CHECKOUT / "filmops.toml")
    second = topology.Database(key="films-2")
    settings = load_settings({**KEYS, "PRODUCT_DATABASE_URL": URL})
    two = whole.model_copy(update={"databases": {**whole.databases, "films-2": second}})
    (line,) = problems_with(settings, two)
    assert line.endswith("say which by PRODUCT_DATABASE_URL_FILMS_2, PRODUCT_DATABASE_URL_PROD_DB")
    (line,) = problems_with(settings, whole.model_copy(update={"databases": {}}))
    assert "0 databases" in line


def test_settings_cannot_be_changed_after_the_start() -> None:
    settings: Settings = load_settings({})
    with pytest.raises(ValueError, match="frozen"):
        settings.slack_team_id = "T0OTHER"  # type: ignore[misc]
