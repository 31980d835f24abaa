"""Secrets and addresses, from the environment, read once at start.

`load_settings` refuses what is wrong in itself, `require` what a command lacks, `problems_with`
what does not fit the topology: each names every mistake in a line of its own. Nothing after
this asks the environment, except boto3 and OpenSSL for variables of theirs. Every name is
described in docs/settings.md (a test compares).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Protocol, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from bot.errors import ConfigurationError

ROUTING_KEY = re.compile(r"PAGERDUTY_ROUTING_KEY_L([1-9])")
_OAUTH = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")
_T = TypeVar("_T", str, SecretStr)


def _begins(*prefixes: str) -> Callable[[_T], _T]:
    def check(value: _T) -> _T:
        text = value if isinstance(value, str) else value.get_secret_value()
        if not text.startswith(prefixes):
            raise ValueError(f"must begin with {' or '.join(prefixes)}")
        return value

    return check


def _address(value: _T) -> _T:
    try:
        parts = urlsplit(value if isinstance(value, str) else value.get_secret_value())
        usable = bool(parts.hostname) and parts.port != 0 and not parts.fragment
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must be an address with a host (and a port from 1 to 65535, if any)")
    return value


def _directory_address(value: str) -> str:
    return value.rstrip("/") + "/"


def _file(value: Path) -> Path:
    if not value.is_file():
        raise ValueError("names a file that is not there")
    return value


Http = Annotated[str, AfterValidator(_begins("https://", "http://")), AfterValidator(_address)]
Https = Annotated[str, AfterValidator(_begins("https://")), AfterValidator(_address)]
SecretHttp = Annotated[
    SecretStr, AfterValidator(_begins("https://", "http://")), AfterValidator(_address)
]


class Settings(BaseModel):
    """The environment as values; a field is the variable's name in lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: (
        Annotated[SecretStr, AfterValidator(_begins("postgresql://", "postgres://"))] | None
    ) = None
    filmops_data_dir: Path
    filmops_config: Path = Path("filmops.toml")
    filmops_log_level: Literal["info", "debug"] = "info"
    filmops_log_format: Literal["json", "text"] | None = None
    filmops_heartbeat_url: SecretHttp | None = None

    slack_bot_token: Annotated[SecretStr, AfterValidator(_begins("xoxb-"))] | None = None
    slack_app_token: Annotated[SecretStr, AfterValidator(_begins("xapp-"))] | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: Annotated[Http, AfterValidator(_directory_address)] = "https://slack.com/api/"
    slack_team_id: Annotated[str, Field(pattern=r"^[TE][A-Z0-9]{2,20}$")] | None = None

    pagerduty_api_token: SecretStr | None = None
    pagerduty_from: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    pagerduty_api_url: Https = "https://api.pagerduty.com"
    pagerduty_events_url: Https = "https://events.pagerduty.com"
    pagerduty_webhook_secret: tuple[SecretStr, ...] = ()
    pagerduty_routing_keys: Mapping[int, SecretStr] = {}

    aws_region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")] | None = None
    aws_endpoint_url: Http | None = None
    ssl_cert_file: Annotated[Path, AfterValidator(_file)] | None = None

    github_token: SecretStr | None = None
    statuspage_token: SecretStr | None = None


_SPLIT = {
    "FILMOPS_LOG": ("filmops_log_level", "filmops_log_format"),
    **{f"PAGERDUTY_ROUTING_KEY_L{n}": ("pagerduty_routing_keys",) for n in (1, 2, 3)},
}
"""Variables that are not simply the field of their name."""


def names() -> frozenset[str]:
    """Every variable a user may set (L4 to L9 follow L3)."""
    split = {field for fields in _SPLIT.values() for field in fields}
    plain = {field.upper() for field in Settings.model_fields if field not in split}
    return frozenset(plain | set(_SPLIT))


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the environment; an empty variable counts as not set. Raises ConfigurationError."""
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    values: dict[str, object] = {
        name.lower(): given[name] for name in names() if name in given and name not in _SPLIT
    }
    values["filmops_data_dir"] = given.get("FILMOPS_DATA_DIR") or _data_dir(given)
    values["pagerduty_routing_keys"] = {
        int(match[1]): given[name] for name in given if (match := ROUTING_KEY.fullmatch(name))
    }
    secrets = given.get("PAGERDUTY_WEBHOOK_SECRET", "").split(",")
    values["pagerduty_webhook_secret"] = [part.strip() for part in secrets if part.strip()]
    mistakes = _read_log(given.get("FILMOPS_LOG", ""), values)
    mistakes += _refused(given)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        # `from None`: pydantic's error holds the values, secrets among them.
        raise ConfigurationError([*mistakes, *_lines(error)]) from None
    mistakes += _half_set(settings)
    if mistakes:
        raise ConfigurationError(mistakes)
    return settings


def require(settings: Settings, command: str) -> None:
    """Refuse to start a command without what it needs. Raises ConfigurationError."""
    mistakes: list[str] = []
    if command in {"run", "web", "worker", "scheduler"} and settings.slack_bot_token is None:
        mistakes.append(f"SLACK_BOT_TOKEN is not set: filmops {command} speaks in Slack")
    if (
        command in {"run", "web"}
        and settings.slack_app_token is None
        and settings.slack_signing_secret is None
    ):
        mistakes.append(
            "SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is not set: "
            f"filmops {command} could not hear anybody"
        )
    if mistakes:
        raise ConfigurationError(mistakes)


class _Level(Protocol):
    @property
    def name(self) -> str: ...


class _Escalation(Protocol):
    @property
    def levels(self) -> Sequence[_Level]: ...


class HasEscalation(Protocol):
    """The one thing of the topology that is looked at here (the two may not see each other)."""

    @property
    def escalation(self) -> _Escalation: ...


def problems_with(settings: Settings, topology: HasEscalation) -> list[str]:
    """What the ladder needs of the environment and does not have; a line each, empty when right."""
    levels, keys = topology.escalation.levels, settings.pagerduty_routing_keys
    problems = [
        f"PAGERDUTY_ROUTING_KEY_L{number} is not set: level {number} ({level.name}) "
        "could not be paged"
        for number, level in enumerate(levels, start=1)
        if number not in keys
    ]
    problems += [
        f"PAGERDUTY_ROUTING_KEY_L{number} is set, and the topology has {len(levels)} levels"
        for number in sorted(keys)
        if number > len(levels)
    ]
    # One service a level: a shared key merges two levels' pages into one incident.
    if len({key.get_secret_value() for key in keys.values()}) < len(keys):
        problems.append("PAGERDUTY_ROUTING_KEY_L…: two levels share a key; each needs its own")
    return problems


def _data_dir(given: Mapping[str, str]) -> Path:
    """XDG's place; for root /var/lib, because the embedded server gives up root and must
    be able to pass through every folder above its own.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/filmops")
    base = given.get("XDG_DATA_HOME", "")
    home = Path(base) if base.startswith("/") else Path(given.get("HOME") or Path.home())
    return home / "filmops" if base.startswith("/") else home / ".local/share/filmops"


def _read_log(value: str, values: dict[str, object]) -> list[str]:
    """`debug`, `json`, `debug,text`, …: at most one level and one format, in any order."""
    mistakes: list[str] = []
    for word in value.lower().replace(",", " ").split():
        field = {
            "info": "filmops_log_level",
            "debug": "filmops_log_level",
            "json": "filmops_log_format",
            "text": "filmops_log_format",
        }.get(word)
        if field is None or field in values:
            mistakes.append(f"FILMOPS_LOG: {word!r}: takes info or debug, and json or text")
        else:
            values[field] = word
    return mistakes


def _refused(given: Mapping[str, str]) -> list[str]:
    return [
        f"{name}: must not be set: Bolt would turn OAuth on and the app would answer nobody"
        for name in _OAUTH
        if name in given
    ]


def _half_set(settings: Settings) -> list[str]:
    mistakes: list[str] = []
    hearing = settings.slack_app_token or settings.slack_signing_secret
    if hearing is not None and settings.slack_bot_token is None:
        mistakes.append(
            "SLACK_BOT_TOKEN is not set, though SLACK_APP_TOKEN or SLACK_SIGNING_SECRET is: "
            "the bot would hear and could not answer"
        )
    if settings.pagerduty_api_token is not None and settings.pagerduty_from is None:
        mistakes.append(
            "PAGERDUTY_FROM is not set, though PAGERDUTY_API_TOKEN is: PagerDuty takes no "
            "acknowledgement without a person's e-mail"
        )
    return mistakes


def _lines(error: ValidationError) -> list[str]:
    """One line a mistake, without the value: it may be a secret."""
    return [
        f"{_variable(entry['loc'])}: {entry['msg'].removeprefix('Value error, ')}"
        for entry in error.errors(include_input=False, include_url=False)
    ]


def _variable(place: tuple[int | str, ...]) -> str:
    if place[0] == "pagerduty_routing_keys" and len(place) > 1:
        return f"PAGERDUTY_ROUTING_KEY_L{place[1]}"
    return str(place[0]).upper()
