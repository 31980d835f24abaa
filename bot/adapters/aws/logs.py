"""CloudWatch Logs: lines of a group, or of one stream, that fit a pattern.

Before it come a deployment's watch and `errands` (what a migration wrote); after it AWS. Source:
*CloudWatch Logs API Reference*, FilterLogEvents: epoch milliseconds, both ends included, pages
that may be empty and are not the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.adapters.aws.faults import told
from bot.adapters.aws.session import AwsClients
from bot.domain.release import LogLine, LogPage

_PAGES = 50
"""A rare pattern in a large group has many empty pages; a person waits for the answer."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = 10_000


class AwsLogs:
    """bot.ports.Logs on CloudWatch Logs."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients

    async def search(
        self, group: str, *, pattern: str, start: datetime, end: datetime, limit: int = 100
    ) -> LogPage:
        """`more` is said, too, when so many pages were read that the rest was left unread.

        Raises OperationFailed("not_found") when there is no such group.
        """
        wanted = {
            "logGroupName": group,
            "filterPattern": pattern,
            "startTime": milliseconds(start),
            # AWS gives the last millisecond, too; ours ends before it.
            "endTime": milliseconds(end) - 1,
        }
        return await self._clients.run(read_lines, self._clients, wanted, limit)


def read_lines(clients: AwsClients, wanted: Mapping[str, Any], limit: int) -> LogPage:
    """The first `limit` of the lines wanted, oldest first, each once. Blocks."""
    found: dict[str, LogLine] = {}
    asked = {**wanted, "limit": min(limit + 1, _MOST)}
    token: str | None = None
    for _ in range(_PAGES):
        with told("logs:FilterLogEvents", f"log group {wanted['logGroupName']}"):
            page = clients.logs().filter_log_events(**asked)
        found |= {each["eventId"]: _line(each) for each in page["events"]}
        token = page.get("nextToken")
        if token is None or len(found) > limit:
            break
        asked["nextToken"] = token
    # AWS sorts within a page and from page to page; what was written late comes late all the same.
    lines = sorted(found.values(), key=lambda line: (line.at, line.id))
    return LogPage(lines=tuple(lines[:limit]), more=len(lines) > limit or token is not None)


def milliseconds(at: datetime) -> int:
    """Since 1970, without what a float would round."""
    return (at - _BEGINNING) // timedelta(milliseconds=1)


def _line(event: Mapping[str, Any]) -> LogLine:
    return LogLine(
        id=event["eventId"],
        at=_BEGINNING + timedelta(milliseconds=event["timestamp"]),
        text=event["message"].rstrip("\n"),
    )
