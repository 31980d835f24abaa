"""The environment of the sandbox's processes, built from nothing.

`bare` is what every child gets: where programs are, the language.
`bot_environment` adds the addresses and the sandbox's credentials, as in docs/settings.md.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from bot.topology import load

KEPT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "PYTHONDONTWRITEBYTECODE",
)
"""What may pass from the person's environment; all else stays outside."""

REAL = re.compile(
    r"AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|xox[abpe]-\d+-|xapp-\d-|gh[pousr]_\w{20}|github_pat_\w{20}"
)
"""How real credentials begin. The sandbox's own never match."""


class RealCredential(RuntimeError):
    """A variable looks like a real credential, and the sandbox must never see one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the parts are; None for a part that was not started."""

    slack: str | None = None
    pagerduty: str | None = None
    ca: str | None = None
    aws: str | None = None
    github: str | None = None
    github_token: str | None = None
    product_database: str | None = None
    routing_keys: tuple[str, ...] = ()

    @classmethod
    def of(cls, announced: Mapping[str, Mapping[str, Any]]) -> Self:
        """From what the parts said when they were ready."""
        pagerduty, github = announced.get("pagerduty", {}), announced.get("github", {})
        aws = announced.get("aws", {})
        return cls(
            slack=announced.get("slack", {}).get("url"),
            pagerduty=pagerduty.get("url"),
            ca=pagerduty.get("ca"),
            aws=aws.get("url"),
            github=github.get("url"),
            github_token=github.get("token"),
            # Started by itself only with real migrations; without, there is none to read.
            product_database=aws.get("product_database") if aws.get("real") else None,
            routing_keys=tuple(pagerduty.get("routing_keys", ())),
        )


def bare(home: Path) -> dict[str, str]:
    """The least a child needs. `home` keeps it from the person's own files and profiles."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "NO_PROXY": "*",
        "PYTHONUNBUFFERED": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def bot_environment(
    *,
    directory: Path,
    addresses: Addresses,
    topology: Path,
    data_dir: Path,
    webhook_secret: str,
    more: Mapping[str, str],
) -> dict[str, str]:
    """What the bot is started with. Raises RealCredential when `more` brings a real one in."""
    parsed = load(topology)
    environment = {
        **bare(directory),
        "FILMOPS_CONFIG": str(topology),
        "FILMOPS_DATA_DIR": str(data_dir),
        **_slack(addresses),
        **_pagerduty(addresses, webhook_secret, parsed.people),
        **_aws(addresses, parsed.studio.region),
        **_github(addresses),
        **more,
    }
    for name, value in environment.items():
        if REAL.search(value):
            raise RealCredential(f"{name} looks like a real credential; the sandbox takes none")
    return environment


def left_outside(environment: Mapping[str, str]) -> list[str]:
    """Names of the variables that hold real-looking credentials (none is passed on)."""
    return sorted(name for name, value in environment.items() if REAL.search(value))


def _slack(addresses: Addresses) -> dict[str, str]:
    tokens = {
        "SLACK_BOT_TOKEN": "xoxb-sandbox",
        "SLACK_APP_TOKEN": "xapp-sandbox",
        "SLACK_SIGNING_SECRET": "sandbox-secret",
    }
    if addresses.slack is None:
        return tokens
    path = urlsplit(addresses.slack).path.rstrip("/")
    base = addresses.slack.rstrip("/")
    return {**tokens, "SLACK_API_URL": f"{base}/" if path.endswith("/api") else f"{base}/api/"}


def _pagerduty(addresses: Addresses, secret: str, people: Mapping[str, Any]) -> dict[str, str]:
    if addresses.pagerduty is None or addresses.ca is None:
        return {}
    keys = {
        f"PAGERDUTY_ROUTING_KEY_L{number}": key
        for number, key in enumerate(addresses.routing_keys, start=1)
    }
    return {
        "PAGERDUTY_API_TOKEN": "sandbox-token",
        "PAGERDUTY_FROM": str(next(iter(people.values())).email),
        "PAGERDUTY_API_URL": addresses.pagerduty,
        "PAGERDUTY_EVENTS_URL": addresses.pagerduty,
        "PAGERDUTY_WEBHOOK_SECRET": secret,
        "SSL_CERT_FILE": addresses.ca,
        **keys,
    }


def _aws(addresses: Addresses, region: str) -> dict[str, str]:
    credentials = {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
    }
    given = {
        "AWS_ENDPOINT_URL": addresses.aws,
        "PRODUCT_DATABASE_URL": addresses.product_database,
    }
    return credentials | {name: value for name, value in given.items() if value is not None}


def _github(addresses: Addresses) -> dict[str, str]:
    if addresses.github is None or addresses.github_token is None:
        return {}
    return {"GITHUB_TOKEN": addresses.github_token, "GITHUB_API_URL": addresses.github}
