from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.lock import EVERYTHING, Lock, LockKind

pytestmark = pytest.mark.unit

AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
LOCK = Lock(
    kind=LockKind.LOCK,
    resource="service/web",
    owner="U1",
    reason="debugging",
    taken_at=AT,
    expires_at=AT,
)


def test_a_lock_covers_its_resource_alone() -> None:
    assert LOCK.covers("service/web")
    assert not LOCK.covers("service/web2")
    assert not LOCK.covers(EVERYTHING)


def test_one_on_everything_covers_all() -> None:
    everything = replace(LOCK, resource=EVERYTHING)
    assert everything.covers("service/web")
    assert everything.covers(EVERYTHING)
