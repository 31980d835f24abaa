"""The environment as frozen values, and the names it is read from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, SecretStr

from bot.settings.types import (
    AppToken,
    BotToken,
    DatabaseUrl,
    Email,
    ExistingFile,
    Http,
    HttpDirectory,
    Https,
    Region,
    SecretHttp,
    TeamId,
)


class Settings(BaseModel):
    """The environment as values; a field is the variable's name in lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: DatabaseUrl | None = None
    filmops_data_dir: Path
    filmops_config: Path = Path("filmops.toml")
    filmops_log_level: Literal["info", "debug"] = "info"
    filmops_log_format: Literal["json", "text"] | None = None
    filmops_heartbeat_url: SecretHttp | None = None

    slack_bot_token: BotToken | None = None
    slack_app_token: AppToken | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: HttpDirectory = "https://slack.com/api/"
    slack_team_id: TeamId | None = None

    pagerduty_api_token: SecretStr | None = None
    pagerduty_from: Email | None = None
    pagerduty_api_url: Https = "https://api.pagerduty.com"
    pagerduty_events_url: Https = "https://events.pagerduty.com"
    pagerduty_webhook_secret: tuple[SecretStr, ...] = ()
    pagerduty_routing_keys: Mapping[int, SecretStr] = {}

    aws_region: Region | None = None
    aws_endpoint_url: Http | None = None
    ssl_cert_file: ExistingFile | None = None

    github_token: SecretStr | None = None
    github_api_url: Http = "https://api.github.com"
    statuspage_token: SecretStr | None = None
    statuspage_api_url: Http = "https://api.statuspage.io"

    def secrets(self) -> tuple[str, ...]:
        """Every secret's value, for the log to take out."""
        values: list[object] = [value for _, value in self]
        values += [*self.pagerduty_webhook_secret, *self.pagerduty_routing_keys.values()]
        return tuple(item.get_secret_value() for item in values if isinstance(item, SecretStr))


SPLIT = {
    "FILMOPS_LOG": ("filmops_log_level", "filmops_log_format"),
    **{f"PAGERDUTY_ROUTING_KEY_L{n}": ("pagerduty_routing_keys",) for n in (1, 2, 3)},
}
"""Variables that are not simply the field of their name."""


def names() -> frozenset[str]:
    """Every variable a user may set (L4 to L9 follow L3)."""
    split = {field for fields in SPLIT.values() for field in fields}
    plain = {field.upper() for field in Settings.model_fields if field not in split}
    return frozenset(plain | set(SPLIT))
