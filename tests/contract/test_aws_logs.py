"""CloudWatch Logs' port, on the twin and on the plant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.release import LogPage
from bot.errors import OperationFailed
from tests.releasing import COMPLAINT, Releasing

pytestmark = pytest.mark.contract


async def search(
    releasing: Releasing, pattern: str, *, minutes: float = 9, limit: int = 100
) -> LogPage:
    """The last minutes of the service's log."""
    end = datetime.now(UTC) - timedelta(seconds=5)
    return await releasing.aws.logs.search(
        releasing.service.log_group,
        pattern=pattern,
        start=end - timedelta(minutes=minutes),
        end=end,
        limit=limit,
    )


async def test_lines_that_fit_come_oldest_first_each_once(releasing: Releasing) -> None:
    found = await search(releasing, "?ERROR ?Exception", limit=1000)
    assert {line.text for line in found.lines} == {COMPLAINT}
    assert [line.at for line in found.lines] == sorted(line.at for line in found.lines)
    assert len({line.id for line in found.lines}) == len(found.lines) > 5
    assert found.lines[0].at.tzinfo is UTC


async def test_so_many_as_asked_for_and_whether_there_are_more(releasing: Releasing) -> None:
    some = await search(releasing, "?ERROR", limit=3)
    assert (len(some.lines), some.more) == (3, True)
    assert not (await search(releasing, "?ERROR", limit=5000)).more


async def test_the_end_is_not_in_it_and_the_start_is(releasing: Releasing) -> None:
    logs, group = releasing.aws.logs, releasing.service.log_group
    first = (await search(releasing, "?ERROR", limit=1)).lines[0]
    at = first.at.replace(microsecond=first.at.microsecond // 1000 * 1000)
    moment = timedelta(milliseconds=1)
    inside = await logs.search(group, pattern="?ERROR", start=at, end=at + moment)
    before = await logs.search(group, pattern="?ERROR", start=at - moment, end=at)
    assert first.id in {line.id for line in inside.lines}
    assert first.id not in {line.id for line in before.lines}


async def test_nothing_that_fits_is_an_empty_page(releasing: Releasing) -> None:
    assert await search(releasing, "NobodyWritesThis") == LogPage(lines=())


async def test_a_group_that_is_not_there_is_not_found(releasing: Releasing) -> None:
    now = datetime.now(UTC)
    with pytest.raises(OperationFailed) as failed:
        await releasing.aws.logs.search(
            "/never/was", pattern="?ERROR", start=now - timedelta(minutes=1), end=now
        )
    assert failed.value.code == "not_found"
