"""FilterLogEvents' pages: empty ones are not the end, and no line comes twice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from bot.adapters.aws import AwsClients
from bot.adapters.aws.logs import milliseconds, read_lines
from bot.domain.release import LogPage
from bot.topology import load

pytestmark = pytest.mark.unit


def event(number: int, at: int) -> dict[str, Any]:
    """A line at so many milliseconds since 1970."""
    return {"eventId": str(number), "timestamp": at, "message": f"line {number}\n"}


def page(*events: dict[str, Any], more: str | None = None) -> dict[str, Any]:
    """One answer."""
    return {"events": list(events), **({"nextToken": more} if more else {})}


def read(monkeypatch: pytest.MonkeyPatch, limit: int, *pages: dict[str, Any]) -> LogPage:
    """What is made of these pages; asking for one more fails."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    clients = AwsClients(load(Path("filmops.toml")))
    with Stubber(clients.logs()) as stub:
        for each in pages:
            stub.add_response("filter_log_events", each)
        found = read_lines(clients, {"logGroupName": "group"}, limit)
        stub.assert_no_pending_responses()
    clients.close()
    return found


def test_an_empty_page_is_not_the_end_and_a_repeated_line_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = read(
        monkeypatch,
        9,
        page(more="a"),
        page(event(2, 2000), event(1, 1000), more="b"),
        page(event(2, 2000), event(3, 3000)),
    )
    assert [line.text for line in found.lines] == ["line 1", "line 2", "line 3"]
    assert found.lines[0].at == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert not found.more


def test_it_stops_reading_when_there_are_more_than_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = read(monkeypatch, 1, page(event(1, 1), event(2, 2), more="a"))
    assert (len(found.lines), found.more) == (1, True)


def test_a_search_without_end_gives_up_and_says_that_there_may_be_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = read(monkeypatch, 9, *(page(more=str(number)) for number in range(50)))
    assert found == LogPage(lines=(), more=True)


def test_milliseconds_are_exact() -> None:
    assert milliseconds(datetime(2026, 3, 1, 3, 0, 0, 123_999, tzinfo=UTC)) == 1_772_334_000_123
