"""Queries by name, from the .sql files beside this module.

A query begins with `-- name: <name>`; comment lines before that line belong to it too. Names
are unique over the files of a folder: the store's own, and those for the product's database. A
contract test has the server prepare every one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def _load(*inside: str) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    folder = files("bot.adapters.postgres").joinpath("sql", *inside)
    paths = (entry for entry in folder.iterdir() if entry.name.endswith(".sql"))
    for path in sorted(paths, key=lambda entry: entry.name):
        parts = _NAME.split(path.read_text(encoding="utf-8"))[1:]
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            if name in found:
                raise ValueError(f"{path.name}: a second query named {name}")
            # Bytes, since psycopg takes str only as a literal in the program's own text.
            found[name] = _without_comments(text).encode()
    return MappingProxyType(found)


def _without_comments(text: str) -> str:
    """Also drops the comment that belongs to the next query's name."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return "\n".join(lines).strip()


QUERIES: Mapping[str, bytes] = _load()
"""Every query of the store's by its name."""

PRODUCT: Mapping[str, bytes] = _load("product")
"""Those that are asked of the product's database."""
