"""What Slack would refuse is named with its place; what it takes passes."""

import json
from typing import Any

import pytest
from slack_sdk.models import blocks as sdk

from blocks.validate import problems, view_problems

pytestmark = pytest.mark.unit

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "hello", **more: Any) -> Block:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(action_id: str = "go", **more: Any) -> Block:
    return {"type": "button", "action_id": action_id, "text": plain("Go"), **more}


def actions(*elements: Block, **more: Any) -> Block:
    return {"type": "actions", "elements": list(elements), **more}


def option(name: str = "one") -> Block:
    return {"text": plain(name), "value": name}


def select(**more: Any) -> Block:
    return {"type": "static_select", "action_id": "pick", **more}


def asked(element: Block, **more: Any) -> Block:
    return {"type": "input", "label": plain("Why"), "element": element, **more}


def table(rows: int = 1, columns: int = 1, text: str = "x") -> Block:
    row = [{"type": "raw_text", "text": text}] * columns
    return {"type": "table", "rows": [row] * rows}


def task(task_id: str, **more: Any) -> Block:
    return {"type": "task_card", "task_id": task_id, "title": "Move", "status": "pending", **more}


def plan(*tasks: Block) -> Block:
    return {"type": "plan", "title": "Rollback", "tasks": list(tasks)}


CONFIRM: Block = {
    "title": plain("Sure?"),
    "text": mrkdwn("All traffic moves."),
    "confirm": plain("Do it"),
    "deny": plain("Leave it"),
}
RICH: Block = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "hi", "style": {"bold": True}},
                {"type": "user", "user_id": "U0ANA"},
                {"type": "link", "url": "https://example.com", "text": "there"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]}
            ],
        },
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "code"}]},
    ],
}


def test_a_card_with_everything_a_run_shows_is_taken() -> None:
    card: list[Block] = [
        {"type": "header", "text": plain("Rollback of backend")},
        section(fields=[mrkdwn("*from* green"), plain("to blue")], accessory=button("more")),
        {"type": "divider"},
        plan(task("one", details=RICH, status="complete"), task("two", status="in_progress")),
        table(rows=3, columns=4),
        {"type": "markdown", "text": "**bold**"},
        {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "error rate"},
        {"type": "context", "elements": [mrkdwn("asked by"), plain("somebody")]},
        RICH,
        actions(
            button("approve", style="primary", value="42", confirm=CONFIRM),
            button("reject", style="danger"),
            select(options=[option()]),
            block_id="decide",
        ),
    ]
    assert problems(card, "message") == ()


def test_a_modal_with_every_kind_of_input_is_taken() -> None:
    elements: list[Block] = [
        {"type": "plain_text_input", "action_id": "a", "multiline": True, "max_length": 200},
        {"type": "number_input", "action_id": "a", "is_decimal_allowed": False, "min_value": "1"},
        {"type": "checkboxes", "action_id": "a", "options": [option()]},
        {"type": "radio_buttons", "action_id": "a", "options": [option("x"), option("y")]},
        {"type": "datepicker", "action_id": "a", "initial_date": "2026-11-23"},
        {"type": "timepicker", "action_id": "a", "initial_time": "03:00"},
        {"type": "datetimepicker", "action_id": "a", "initial_date_time": 1_790_000_000},
        {"type": "users_select", "action_id": "a"},
        {"type": "multi_static_select", "action_id": "a", "options": [option()]},
        select(option_groups=[{"label": plain("g"), "options": [option()]}]),
    ]
    view = {
        "type": "modal",
        "title": plain("Scale"),
        "submit": plain("Ask"),
        "close": plain("Leave"),
        "private_metadata": "",
        "blocks": [asked(element, optional=True, hint=plain("why")) for element in elements],
    }
    assert view_problems(view) == ()


def test_what_slack_sdk_builds_is_taken() -> None:
    built = [
        sdk.HeaderBlock(text="Title"),
        sdk.SectionBlock(text="text", fields=["a", "b"]),
        sdk.ActionsBlock(elements=[sdk.ButtonElement(text="Go", action_id="go", style="danger")]),
        sdk.ContextBlock(elements=[sdk.MarkdownTextObject(text="x")]),
        sdk.DividerBlock(),
        sdk.ImageBlock(image_url="https://example.com/a.png", alt_text="a"),
        sdk.MarkdownBlock(text="*hi*"),
        sdk.TableBlock(rows=[[sdk.RawTextObject(text="a").to_dict()]]),
        sdk.PlanBlock(
            title="Run",
            tasks=[sdk.TaskCardBlock(task_id="1", title="Move", status="pending").to_dict()],
        ),
    ]
    assert problems([block.to_dict() for block in built], "message") == ()


@pytest.mark.parametrize(
    ("block", "words", "place"),
    [
        (section("x" * 3001), "less than 3001", "/blocks/0/text/text"),
        (section(""), "more than 0", "/blocks/0/text/text"),
        (section(fields=[mrkdwn("x" * 2001)]), "less than 2001", "/blocks/0/fields/0/text"),
        (section(fields=[mrkdwn("x")] * 11), "no more than 10", "/blocks/0/fields"),
        (section(fields=[]), "no fewer than 1", "/blocks/0/fields"),
        ({"type": "section"}, "text, fields", "/blocks/0"),
        (section(colour="red"), "additional property: colour", "/blocks/0"),
        (section(accessory={"type": "sofa"}), "unsupported type: sofa", "accessory/type"),
        ({"type": "header", "text": mrkdwn("x")}, "unsupported type: mrkdwn", "/blocks/0/text"),
        ({"type": "header", "text": plain("x" * 151)}, "less than 151", "/blocks/0/text/text"),
        ({"type": "header"}, "required field: text", "/blocks/0"),
        ({"type": "header", "text": "bare"}, "required field: type", "/blocks/0/text"),
        (actions(), "no fewer than 1", "/blocks/0/elements"),
        (actions(*[button(str(n)) for n in range(26)]), "no more than 25", "/blocks/0/elements"),
        (actions(button("a"), button("a")), "action_id already exists: a", "/blocks/0"),
        (actions(button("a" * 256)), "less than 256", "/elements/0/action_id"),
        (actions(button(value="v" * 2001)), "less than 2001", "/elements/0/value"),
        (actions(button(style="loud")), "enum value", "/elements/0/style"),
        (actions(button(text=plain("x" * 76))), "less than 76", "/elements/0/text/text"),
        (actions(button(url="nowhere")), "valid URL", "/elements/0/url"),
        (
            actions(button(confirm={k: v for k, v in CONFIRM.items() if k != "deny"})),
            "required field: deny",
            "/elements/0/confirm",
        ),
        (
            actions(button(confirm={**CONFIRM, "title": plain("x" * 101)})),
            "less than 101",
            "/confirm/title/text",
        ),
        (actions(select()), "exactly one of: options", "/elements/0"),
        (actions(select(options=[option()] * 101)), "no more than 100", "/elements/0/options"),
        (actions(select(options=[option("x" * 76)])), "less than 76", "/options/0/text/text"),
        (actions(select(options="abc")), "must provide an array", "/elements/0/options"),
        ({"type": "actions", "elements": 4}, "must provide an array", "/blocks/0/elements"),
        (
            {"type": "context", "elements": [mrkdwn("x")] * 11},
            "no more than 10",
            "/blocks/0/elements",
        ),
        ({"type": "image", "alt_text": "a"}, "exactly one of: image_url", "/blocks/0"),
        ({"type": "image", "image_url": "https://e.com/a"}, "field: alt_text", "/blocks/0"),
        (table(rows=101), "no more than 100", "/blocks/0/rows"),
        (table(columns=21), "no more than 20", "/blocks/0/rows/0"),
        (table(rows=11, text="x" * 1000), "table must be less than", "/blocks"),
        (plan(*[task(str(n)) for n in range(51)]), "no more than 50", "/blocks/0/tasks"),
        (plan(task("1"), task("1")), "task_id already exists: 1", "/blocks/0"),
        (plan(task("1", status="done")), "enum value", "/blocks/0/tasks/0/status"),
        (section(block_id="b" * 256), "less than 256", "/blocks/0/block_id"),
        (section(block_id=7), "must provide a string", "/blocks/0/block_id"),
        (section(expand="yes"), "must provide a boolean", "/blocks/0/expand"),
        ({"type": "carousel"}, "unsupported type: carousel", "/blocks/0/type"),
        (
            asked({"type": "plain_text_input", "max_length": 3001}),
            "between 1 and 3000",
            "/element/max_length",
        ),
        (
            asked({"type": "plain_text_input", "max_length": "3"}),
            "must provide a number",
            "/element/max_length",
        ),
        (asked({"type": "datepicker", "initial_date": "today"}), "valid date", "initial_date"),
        (
            actions(button(confirm="really?")),
            "must provide an object",
            "/blocks/0/elements/0/confirm",
        ),
    ],
)
def test_a_block_slack_refuses_is_named_with_its_place(
    block: Block, words: str, place: str
) -> None:
    found = problems([block], "message")
    assert len(found) == 1, found
    assert words in found[0]
    assert place in found[0]


def test_blocks_that_are_no_objects_are_named() -> None:
    assert "required field: type" in problems(["text"], "message")[0]  # type: ignore[list-item] # the point
    assert "must provide an array" in problems("text", "message")[0]  # type: ignore[arg-type] # the point


def test_counts_hold_for_the_whole_message() -> None:
    assert problems([section()] * 50, "message") == ()
    assert "no more than 50" in problems([section()] * 51, "message")[0]
    assert problems([section()] * 51, "home") == ()
    assert "no more than 100" in problems([section()] * 101, "modal")[0]
    assert problems([], "message") == ()
    assert "no fewer than 1" in problems([], "home")[0]


def test_markdown_is_counted_over_all_blocks() -> None:
    half = {"type": "markdown", "text": "x" * 6001}
    assert problems([half], "message") == ()
    (found,) = problems([half, half], "message")
    assert "markdown must be less than 12001 characters together" in found


def test_one_block_id_belongs_to_one_block() -> None:
    twice = [section(block_id="a"), section(block_id="a")]
    assert problems(twice, "message") == ("block_id already exists: a [json-pointer:/blocks]",)


def test_one_action_id_may_serve_two_blocks() -> None:
    assert problems([actions(button("a")), actions(button("a"))], "message") == ()


def test_a_message_has_one_table() -> None:
    assert "only_one_table_allowed" in problems([table(), table()], "message")[0]


def test_plans_and_loose_tasks_do_not_mix() -> None:
    assert "cannot be mixed" in problems([plan(), task("1")], "message")[0]


@pytest.mark.parametrize(
    ("block", "taken", "refused"),
    [
        (plan(), ["message"], ["modal", "home"]),
        ({"type": "markdown", "text": "x"}, ["message"], ["modal", "home"]),
        (task("1"), ["message"], ["modal", "home"]),
        (table(), ["message", "home"], ["modal"]),
        ({"type": "alert", "text": mrkdwn("x")}, ["modal"], ["message", "home"]),
    ],
)
def test_a_block_stays_on_its_surfaces(block: Block, taken: Any, refused: Any) -> None:
    for surface in taken:
        assert problems([block], surface) == ()
    for surface in refused:
        (found,) = problems([block], surface)
        assert f"{block['type']} is not allowed on surface {surface}" in found


MODAL: Block = {"type": "modal", "title": plain("Title"), "blocks": [section()]}
HOME: Block = {"type": "home", "blocks": [section()]}
TYPED: Block = asked({"type": "plain_text_input", "action_id": "a"})


def test_plain_views_are_taken() -> None:
    assert view_problems(MODAL) == ()
    assert view_problems(HOME) == ()


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ({**MODAL, "type": "workflow"}, "modal, home"),
        ({**MODAL, "title": plain("x" * 25)}, "less than 25"),
        ({**MODAL, "submit": plain("x" * 25)}, "less than 25"),
        ({**MODAL, "private_metadata": "x" * 3001}, "less than 3001"),
        ({**MODAL, "blocks": [TYPED]}, "submit (the view has inputs)"),
        ({**HOME, "submit": plain("Go")}, "additional property: submit"),
        ({"type": "home"}, "required field: blocks"),
        ({"type": "modal", "blocks": [section()]}, "required field: title"),
        ({**MODAL, "blocks": []}, "no fewer than 1"),
        ({**MODAL, "blocks": None}, "must provide an array"),
    ],
)
def test_a_view_slack_refuses_is_named(view: Block, words: str) -> None:
    found = view_problems(view)
    assert len(found) == 1, found
    assert words in found[0]


def test_home_may_ask_without_submitting() -> None:
    assert view_problems({**HOME, "blocks": [TYPED]}) == ()


def test_judging_does_not_change_what_is_judged() -> None:
    card = [section(accessory=button()), actions(button())]
    before = json.dumps(card)
    problems(card, "message")
    assert json.dumps(card) == before
