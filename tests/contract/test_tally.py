"""How many incidents are unresolved, counted by the store."""

from __future__ import annotations

import pytest

from bot.domain.incident import IncidentState
from bot.ports import Store
from bot.topology import Severity
from tests.contract.alarms import acked, opened, resolved

pytestmark = pytest.mark.contract


async def test_incidents_are_counted_by_severity_and_state(either_store: Store) -> None:
    assert dict(await either_store.incidents.tally()) == {}
    for number in range(3):
        await opened(either_store, f"cpu-{number}")
    taken = await opened(either_store, "disk", severity=Severity.P2)
    await acked(either_store, taken.id)
    over = await opened(either_store, "queue")
    await resolved(either_store, over.id)
    assert dict(await either_store.incidents.tally()) == {
        (Severity.P1, IncidentState.OPEN): 3,
        (Severity.P2, IncidentState.ACKNOWLEDGED): 1,
    }
