"""Somebody else's SQL made fit to be shown: without its values, on one line.

A statement may hold a password (`ALTER ROLE … PASSWORD '…'`), a customer's name, a token: none of
it may enter Slack. Names of tables and columns are what one wants to see.
"""

from __future__ import annotations

import re

MOST = 300
"""Characters of a statement that are shown: it is to be recognised, not to be run."""

_PARTS = re.compile(
    r"""
      (?P<name>"(?:[^"]|"")*")
    | (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
    | (?P<value>
          [eE]'(?:[^'\\]|\\.|'')*(?:'|\Z)
        | '(?:[^']|'')*(?:'|\Z)
        | \$\$.*?(?:\$\$|\Z)
        | \$(?P<tag>[A-Za-z_]\w*)\$.*?(?:\$(?P=tag)\$|\Z)
        | (?<![\w$.])\d{5,}(?:\.\d+)?
      )
    """,
    re.DOTALL | re.VERBOSE,
)
"""PostgreSQL cuts what it keeps of a statement: a literal may have no end."""


def without_values(sql: str) -> str:
    """The statement with `'…'` for each literal, no comments, cut to `MOST` characters."""
    text = " ".join(_PARTS.sub(_shown, sql).split())
    return text if len(text) <= MOST else text[: MOST - 1] + "…"


def _shown(found: re.Match[str]) -> str:
    if found["name"] is not None:
        return found["name"]
    return " " if found["comment"] is not None else "'…'"
