"""What is logged is a line an event, and no secret is in it."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot.entrypoints.logging import REDACTED, configure

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def lines() -> io.StringIO:
    stream = io.StringIO()
    configure(fmt="json", secrets=["correct-horse-battery", "short"], stream=stream)
    return stream


def last(lines: io.StringIO) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(lines.getvalue().splitlines()[-1])
    return value


def test_an_event_is_one_line_of_json_with_level_logger_and_time(lines: io.StringIO) -> None:
    structlog.get_logger("bot.somewhere").warning("card.late", request=7)
    said = last(lines)
    assert (said["event"], said["request"]) == ("card.late", 7)
    assert (said["level"], said["logger"]) == ("warning", "bot.somewhere")
    assert said["timestamp"].endswith("Z")


def test_the_libraries_log_the_same_way(lines: io.StringIO) -> None:
    logging.getLogger("some.library").error("token %s is no good", "xoxb-123-abc")
    said = last(lines)
    assert said["event"] == f"token {REDACTED} is no good"
    assert said["level"] == "error"


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-12345-abcdef",
        "xapp-1-A0B-12-ff",
        "AKIAABCDEFGHIJKLMNOP",
        "ghp_abcdefghijklmnopqrst",
        "correct-horse-battery",
    ],
)
def test_a_secret_is_taken_out_wherever_it_stands(lines: io.StringIO, secret: str) -> None:
    log = structlog.get_logger()
    log.info(f"said {secret} aloud", deep={"list": [f"<{secret}>"]})
    try:
        raise RuntimeError(f"refused {secret}")
    except RuntimeError:
        log.exception("failed")
    assert secret not in lines.getvalue()
    assert lines.getvalue().count(REDACTED) >= 3


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Authorization: Token token=u+abcdef", "Token token="),
        ("Bearer abc.def", "Bearer "),
        ("https://hooks.slack.com/commands/T1/2/abc", "https://hooks.slack.com/"),
        ("postgresql://filmops:hush@db/filmops", "@db/filmops"),
        ("wss://wss.example.com/link?ticket=abc-1", "?ticket="),
    ],
)
def test_of_headers_and_addresses_the_harmless_part_stays(
    lines: io.StringIO, text: str, left: str
) -> None:
    structlog.get_logger().info(text)
    said = last(lines)["event"]
    assert REDACTED in said
    assert left in said


def test_a_field_named_as_a_secret_is_blank_at_any_depth(lines: io.StringIO) -> None:
    structlog.get_logger().info("x", signing_secret="abc", inner=[{"response_url": "u", "n": 1}])
    said = last(lines)
    assert said["signing_secret"] == REDACTED
    assert said["inner"] == [{"response_url": REDACTED, "n": 1}]


def test_a_secret_too_short_to_be_one_blanks_no_words(lines: io.StringIO) -> None:
    structlog.get_logger().info("a short story")
    assert last(lines)["event"] == "a short story"


def test_debug_is_written_only_when_asked_for(lines: io.StringIO) -> None:
    structlog.get_logger().debug("quiet")
    assert lines.getvalue() == ""
    configure(level="debug", fmt="json", stream=lines)
    structlog.get_logger().debug("loud")
    assert last(lines)["event"] == "loud"


def test_text_is_for_people_and_shows_no_local_variables() -> None:
    stream = io.StringIO()
    configure(fmt="text", stream=stream)
    hidden = "in-a-variable"
    try:
        raise RuntimeError("refused")
    except RuntimeError:
        structlog.get_logger().exception("failed", request=7)
    text = stream.getvalue()
    assert "request=7" in text
    assert "RuntimeError: refused" in text
    assert hidden not in text
