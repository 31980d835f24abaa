"""Rows of text as a table in a code block. Before: whoever has rows. After: `blocks.elements.code`.

Plain text; the code block escapes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from blocks.elements import MOST_IN_SECTION
from blocks.text import ELLIPSIS, cut_plain, escape, plain

_WIDEST = 40
"""Characters of a cell: what is longer is cut, so that rows stay rows on a phone."""
_NULL = "∅"
_ROOM = MOST_IN_SECTION - 100


def table(columns: Sequence[str], rows: Sequence[Sequence[str | None]]) -> tuple[str, int]:
    """The table, and how many of the rows it holds."""
    cells = [[_cell(cell) for cell in row] for row in (columns, *rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(columns))]
    head, *lines = [_line(row, widths) for row in cells]
    rule = _line(["─" * width for width in widths], widths)
    room = _ROOM - len(escape(f"{head}\n{rule}\n"))
    fitting = [size for size in accumulate(len(escape(line)) + 1 for line in lines) if size < room]
    shown = lines[: len(fitting)]
    more = [ELLIPSIS] if len(shown) < len(lines) else []
    return "\n".join([head, rule, *shown, *more]), len(shown)


def _cell(value: str | None) -> str:
    return _NULL if value is None else cut_plain(" ".join(plain(value).split()), _WIDEST)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
