"""Reading the file, with one line for each mistake."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from bot.errors import ConfigurationError
from bot.topology.whole import Topology


def load(path: Path) -> Topology:
    """Read and check the file; raise ConfigurationError with one line per mistake."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError([f"{path}: no such file (FILMOPS_CONFIG names it)"]) from error
    except OSError as error:
        raise ConfigurationError([f"{path}: cannot be read: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"{path}: not TOML: {error}"]) from error
    try:
        return Topology.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError(_lines(path, error)) from error


def _lines(path: Path, error: ValidationError) -> list[str]:
    lines: list[str] = []
    for entry in error.errors():
        where = ".".join(str(part) for part in entry["loc"]) or "the file"
        text = entry["msg"].removeprefix("Value error, ")
        lines.extend(f"{path}: {where}: {part}" for part in text.split("; "))
    return lines
