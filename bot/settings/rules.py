"""Which settings belong together, which a command needs, and which the topology asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from bot.errors import ConfigurationError
from bot.settings.values import PRODUCT, Settings, product_suffix


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


class _Statuspage(Protocol):
    @property
    def page(self) -> str: ...


class HasNames(Protocol):
    """What of the topology is looked at here (the two may not see each other)."""

    @property
    def escalation(self) -> _Escalation: ...

    @property
    def statuspage(self) -> _Statuspage: ...

    @property
    def databases(self) -> Mapping[str, object]: ...


def problems_with(settings: Settings, topology: HasNames) -> list[str]:
    """What of the environment and the topology does not fit; a line each, empty when right."""
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
    if settings.statuspage_token is not None and not topology.statuspage.page:
        problems.append("STATUSPAGE_TOKEN is set, and the topology's statuspage.page names no page")
    return [*problems, *_product_databases(settings, list(topology.databases))]


def _product_databases(settings: Settings, databases: Sequence[str]) -> Iterator[str]:
    suffixes = {product_suffix(key) for key in databases}
    for suffix in settings.product_database_urls:
        if suffix and suffix not in suffixes:
            yield f"{PRODUCT}_{suffix} is set, and the topology has no database of that name"
    if "" in settings.product_database_urls and len(databases) != 1:
        named = ", ".join(f"{PRODUCT}_{suffix}" for suffix in sorted(suffixes))
        which = f": say which by {named}" if named else ""
        yield f"{PRODUCT} is set, and the topology has {len(databases)} databases{which}"


def half_set(settings: Settings) -> list[str]:
    """Settings that are of use only with another one; a line each."""
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
