"""Would Slack take these blocks? Pure: the answer is a list of sentences, empty when it would.

Before: whoever made the blocks. After: the Slack adapter refuses to send what has problems, tests
look at every message, and the sandbox answers `invalid_blocks` with these sentences. slack_sdk's
models check some of it in `to_dict()`; this checks the JSON that is really sent, and the rules
about the whole: counts, surfaces, names used twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from blocks.block_shapes import KNOWN, MOST_BLOCKS, SHAPES, Surface
from blocks.rules import Rule, anything, array, at, boolean, kinds, one_of, shape, string
from blocks.shapes import plain

MARKDOWN_TOTAL = 12_000  # all markdown blocks of one message together
TABLE_TOTAL = 10_000  # all cells of the one table together

_VIEW_COMMON: Mapping[str, Rule] = {
    "type": one_of("modal", "home"),
    "blocks": anything,
    "private_metadata": string(3000, least=0),
    "callback_id": string(255, least=0),
    "external_id": string(255, least=0),
}
_VIEWS: Mapping[str, Rule] = {
    "modal": shape(
        {"type": one_of("modal"), "title": plain(24), "blocks": anything},
        {
            **_VIEW_COMMON,
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    ),
    "home": shape({"type": one_of("home"), "blocks": anything}, _VIEW_COMMON),
}


def problems(blocks: Sequence[Mapping[str, Any]], surface: Surface) -> tuple[str, ...]:
    """What Slack would refuse about these blocks on this surface, in order; () when nothing."""
    return tuple(_problems(blocks, surface))


def view_problems(view: Mapping[str, Any]) -> tuple[str, ...]:
    """What Slack would refuse about a whole view (modal or App Home), its blocks included."""
    kind = view.get("type")
    if kind not in ("modal", "home"):
        return (at("must be a valid enum value: modal, home", "/view/type"),)
    found = list(_VIEWS[kind](view, "/view"))
    if "blocks" in view:
        found.extend(_problems(view["blocks"], kind))
    if kind == "modal" and "submit" not in view and _has_input(view.get("blocks")):
        found.append(at("missing required field: submit (the view has inputs)", "/view"))
    return tuple(found)


def _problems(blocks: Any, surface: Surface) -> Iterator[str]:
    least = 0 if surface == "message" else 1
    yield from array(_on(surface), least, MOST_BLOCKS[surface])(blocks, "/blocks")
    whole = [block for block in blocks if isinstance(block, Mapping)] if _listed(blocks) else []
    yield from _twice(whole)
    yield from _sections_say_something(whole)
    yield from _one_table(whole)
    yield from _one_progress(whole)
    if sum(len(str(block.get("text"))) for block in _of(whole, "markdown")) > MARKDOWN_TOTAL:
        yield at(f"markdown must be less than {MARKDOWN_TOTAL + 1} characters together", "/blocks")


def _on(surface: Surface) -> Rule:
    check = kinds(SHAPES[surface])

    def block(value: Any, path: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, Mapping) else None
        if kind in KNOWN and kind not in SHAPES[surface]:
            yield at(f"block type {kind} is not allowed on surface {surface}", path)
        else:
            yield from check(value, path)

    return block


def _listed(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _of(blocks: Sequence[Mapping[str, Any]], *types: str) -> list[Mapping[str, Any]]:
    return [block for block in blocks if block.get("type") in types]


def _has_input(blocks: Any) -> bool:
    return _listed(blocks) and any(
        isinstance(block, Mapping) and block.get("type") == "input" for block in blocks
    )


def _twice(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A block_id twice in a message, an action_id twice in a block, a task_id twice in a plan."""
    for name, times in Counter(str(b["block_id"]) for b in blocks if "block_id" in b).items():
        if times > 1:
            yield at(f"block_id already exists: {name}", "/blocks")
    for index, block in enumerate(blocks):
        for field, key in (("elements", "action_id"), ("tasks", "task_id")):
            items = block.get(field)
            named = [i for i in items if isinstance(i, Mapping)] if _listed(items) else []  # type: ignore[union-attr] # _listed has looked
            for name, times in Counter(str(i[key]) for i in named if key in i).items():
                if times > 1:
                    yield at(f"{key} already exists: {name}", f"/blocks/{index}")


def _sections_say_something(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for index, block in enumerate(blocks):
        if block.get("type") == "section" and not ("text" in block or "fields" in block):
            yield at("must have one of: text, fields", f"/blocks/{index}")


def _one_table(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    tables = _of(blocks, "table")
    if len(tables) > 1:
        yield at("only_one_table_allowed", "/blocks")
    for table in tables:
        if _characters(table.get("rows")) > TABLE_TOTAL:
            yield at(f"table must be less than {TABLE_TOTAL + 1} characters", "/blocks")


def _one_progress(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if _of(blocks, "plan") and _of(blocks, "task_card"):
        yield at("plan and task_card cannot be mixed", "/blocks")


def _characters(value: Any) -> int:
    """How many characters a reader sees in there: every `text`, however deep."""
    if isinstance(value, Mapping):
        here = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return here + sum(_characters(item) for item in value.values())
    if _listed(value):
        return sum(_characters(item) for item in value)
    return 0
