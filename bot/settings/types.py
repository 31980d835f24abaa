"""What an address, a token or a file has to look like; no message repeats the value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

_T = TypeVar("_T", str, SecretStr)


def _text(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _begins(*prefixes: str) -> Callable[[_T], _T]:
    def check(value: _T) -> _T:
        text = _text(value)
        if not text.startswith(prefixes):
            raise ValueError(f"must begin with {' or '.join(prefixes)}")
        return value

    return check


def _address(value: _T) -> _T:
    try:
        parts = urlsplit(_text(value))
        usable = bool(parts.hostname) and parts.port != 0 and not parts.fragment
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must be an address with a host (and a port from 1 to 65535, if any)")
    return value


def _directory(value: str) -> str:
    return value.rstrip("/") + "/"


def _file(value: Path) -> Path:
    if not value.is_file():
        raise ValueError("names a file that is not there")
    return value


Http = Annotated[str, AfterValidator(_begins("https://", "http://")), AfterValidator(_address)]
Https = Annotated[str, AfterValidator(_begins("https://")), AfterValidator(_address)]
HttpDirectory = Annotated[Http, AfterValidator(_directory)]
SecretHttp = Annotated[
    SecretStr, AfterValidator(_begins("https://", "http://")), AfterValidator(_address)
]
BotToken = Annotated[SecretStr, AfterValidator(_begins("xoxb-"))]
AppToken = Annotated[SecretStr, AfterValidator(_begins("xapp-"))]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_begins("postgresql://", "postgres://"))]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
TeamId = Annotated[str, Field(pattern=r"^[TE][A-Z0-9]{2,20}$")]
ExistingFile = Annotated[Path, AfterValidator(_file)]
