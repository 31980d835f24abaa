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
    product_database_urls: Mapping[str, DatabaseUrl] = {}

    def product_database_url(self, key: str) -> str | None:
        """Where a database of the topology is read; None when nobody said."""
        urls = self.product_database_urls
        url = urls.get(product_suffix(key)) or urls.get("")
        return None if url is None else url.get_secret_value()

    def secrets(self) -> tuple[str, ...]:
        """Every secret's value, for the log to take out."""
        values: list[object] = [value for _, value in self]
        values += [*self.pagerduty_webhook_secret, *self.pagerduty_routing_keys.values()]
        values += self.product_database_urls.values()
        return tuple(item.get_secret_value() for item in values if isinstance(item, SecretStr))


PRODUCT = "PRODUCT_DATABASE_URL"


def product_suffix(key: str) -> str:
    """How a database is named at the end of a variable: `prod-db` is PROD_DB."""
    return "".join(letter if letter.isalnum() else "_" for letter in key).upper()


SPLIT = {
    PRODUCT: ("product_database_urls",),
    "FILMOPS_LOG": ("filmops_log_level", "filmops_log_format"),
    **{f"PAGERDUTY_ROUTING_KEY_L{n}": ("pagerduty_routing_keys",) for n in (1, 2, 3)},
}
"""Variables that are not simply the field of their name."""


def names() -> frozenset[str]:
    """Every variable a user may set (L4 to L9 follow L3, databases by name follow the only one)."""
    split = {field for fields in SPLIT.values() for field in fields}
    plain = {field.upper() for field in Settings.model_fields if field not in split}
    return frozenset(plain | set(SPLIT))
