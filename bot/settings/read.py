"""From the environment to `Settings`, with one line for each mistake."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from bot.errors import ConfigurationError
from bot.settings.rules import half_set
from bot.settings.values import PRODUCT, SPLIT, Settings, names

_ROUTING_KEY = re.compile(r"PAGERDUTY_ROUTING_KEY_L([1-9])")
_OAUTH = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the environment; an empty variable counts as not set. Raises ConfigurationError."""
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    values: dict[str, object] = {
        name.lower(): given[name] for name in names() if name in given and name not in SPLIT
    }
    values["filmops_data_dir"] = given.get("FILMOPS_DATA_DIR") or _data_dir(given)
    values["pagerduty_routing_keys"] = {
        int(match[1]): given[name] for name in given if (match := _ROUTING_KEY.fullmatch(name))
    }
    values["product_database_urls"] = {
        name.removeprefix(PRODUCT).removeprefix("_"): given[name]
        for name in given
        if name == PRODUCT or name.startswith(f"{PRODUCT}_")
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
    mistakes += half_set(settings)
    if mistakes:
        raise ConfigurationError(mistakes)
    return settings


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


def _lines(error: ValidationError) -> list[str]:
    """One line a mistake, without the value: it may be a secret."""
    return [
        f"{_variable(*entry['loc'])}: {entry['msg'].removeprefix('Value error, ')}"
        for entry in error.errors(include_input=False, include_url=False)
    ]


def _variable(field: int | str, *inside: int | str) -> str:
    """The variable that a field's value came from."""
    if field == "product_database_urls":
        return "_".join([PRODUCT, *(str(suffix) for suffix in inside if suffix)])
    return str(field).upper()
