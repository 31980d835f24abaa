"""The Slack app's manifest, as shipped in manifest.yml, for Socket Mode or for HTTP.

`filmops manifest` prints it; `filmops check` takes the needed scopes from it. Nothing here
needs a YAML library: the file is ours, and a test reads both variants with a real parser.
"""

from __future__ import annotations

import re
from pathlib import Path

from bot.errors import ConfigurationError

EVENTS_PATH = "/slack/events"
"""Where the HTTP variant has Slack send everything: commands, clicks, windows and events."""

_PLAIN = re.compile(r"https://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~/-]*)?")
_HEADING = re.compile(r"\A(?:#.*\n)+")
_BOT_SCOPES = re.compile(r"^    bot:\n((?:^      - .*\n)+)", re.MULTILINE)
# After these lines Slack wants an address when there is no socket.
_ADDRESSED = (
    (re.compile(r"^    - command: .*\n", re.MULTILINE), "      url"),
    (re.compile(r"^  event_subscriptions:\n", re.MULTILINE), "    request_url"),
    (re.compile(r"^  interactivity:\n", re.MULTILINE), "    request_url"),
)


def manifest(http: str | None = None) -> str:
    """The manifest as YAML: for Socket Mode, or with `http`'s addresses instead.

    `http` is the https address this bot is reached at, as in `https://ops.example.com`.
    Raises ConfigurationError when it is none.
    """
    text = _shipped()
    if http is None:
        return text
    address = _events_address(http)
    text = _HEADING.sub("# The FilmOps app over HTTP (`filmops manifest --http`).\n", text)
    text = text.replace("socket_mode_enabled: true", "socket_mode_enabled: false")
    for line, key in _ADDRESSED:
        text = line.sub(rf"\g<0>{key}: {address}\n", text)
    return text


def scopes() -> frozenset[str]:
    """The bot scopes the app asks for."""
    found = _BOT_SCOPES.search(_shipped())
    lines = found[1].splitlines() if found else []
    return frozenset(line.split("#")[0].strip(" -") for line in lines)


def _events_address(http: str) -> str:
    if not _PLAIN.fullmatch(http):
        raise ConfigurationError([f"{http!r}: Slack sends to https addresses only"])
    return http.rstrip("/").removesuffix(EVENTS_PATH) + EVENTS_PATH


def _shipped() -> str:
    """Inside the package when installed from a wheel, at the top of a checkout otherwise."""
    package = Path(__file__).parent
    for place in (package / "manifest.yml", package.parent / "manifest.yml"):
        if place.is_file():
            return place.read_text(encoding="utf-8")
    raise ConfigurationError([f"{package / 'manifest.yml'}: not there: the installation is broken"])
