"""Incidents of a service: a P1 stops its deployment, others ask for one more approval; a rollback
needs none when it is by whoever has one in hand.
"""

from __future__ import annotations

from typing import Any

import pytest

from bot.adapters.memory.clock import START
from bot.domain.incident import Incident, IncidentState, Source
from bot.domain.interlock import interlock, pre_approval
from bot.domain.reasons import Reason
from bot.topology import Severity

pytestmark = pytest.mark.unit


def incident(number: int = 7, **about: Any) -> Incident:
    values: dict[str, Any] = {
        "id": number,
        "title": "logins fail",
        "severity": Severity.P2,
        "source": Source.HAND,
        "fingerprint": str(number),
        "service": "backend",
        "opened_at": START,
        "opened_by": "U0ANA",
    }
    return Incident(**{**values, **about})


ACKED: dict[str, Any] = {"state": IncidentState.ACKNOWLEDGED, "acked_by": "U0BEN"}
LEFT_OUT: list[dict[str, Any]] = [
    {"service": "web"},
    {"service": ""},
    {"state": IncidentState.RESOLVED},
    {"source": Source.DRILL},
    {"severity": Severity.P4},
]


@pytest.mark.parametrize("state", [IncidentState.OPEN, IncidentState.ACKNOWLEDGED])
def test_a_p1_stops_a_deployment_also_when_somebody_has_it(state: IncidentState) -> None:
    found = interlock([incident(severity=Severity.P1, state=state)], "backend")
    (obstacle,) = found.obstacles
    assert obstacle.code is Reason.OPEN_INCIDENT
    assert obstacle.message == f"I7 (P1) is {state} on backend: logins fail"
    assert obstacle.unblock == "/filmops incident show I7"
    assert found.more_approvals == ()


def test_any_other_asks_for_one_more_approval_and_says_why() -> None:
    assert interlock([incident()], "backend").more_approvals == ("I7 (P2) is open on backend",)


def test_several_ask_for_one_together() -> None:
    several = [incident(7), incident(8, severity=Severity.P3), incident(9, parent=8)]
    found = interlock(several, "backend")
    assert found.more_approvals == ("I7 (P2) and I8 (P3) are open on backend",)
    assert found.obstacles == ()


def test_a_p1_within_a_storm_stops_it_too() -> None:
    storm = [incident(7), incident(8, severity=Severity.P1, parent=7)]
    found = interlock(storm, "backend")
    assert [one.message[:7] for one in found.obstacles] == ["I8 (P1)"]
    assert len(found.more_approvals) == 1


@pytest.mark.parametrize("about", LEFT_OUT)
def test_what_concerns_nobody_now_is_left_out(about: dict[str, Any]) -> None:
    one = incident(**{**ACKED, "owner": "U0BEN", "severity": Severity.P1, **about})
    found = interlock([one], "backend")
    assert (found.obstacles, found.more_approvals) == ((), ())
    assert pre_approval([one], "backend", "U0BEN") == ""


def test_an_owner_and_who_acknowledged_it_need_no_approval_for_a_rollback() -> None:
    assert pre_approval([incident(owner="U0BEN")], "backend", "U0BEN") == "I7 is theirs"
    acked = incident(8, owner="U0CHLOE", **ACKED)
    assert pre_approval([acked], "backend", "U0BEN") == "I8 is theirs"
    assert pre_approval([acked], "backend", "U0CHLOE") == "I8 is theirs"
    both = [incident(owner="U0BEN"), acked]
    assert pre_approval(both, "backend", "U0BEN") == "I7 and I8 are theirs"


def test_others_do_and_so_does_who_gave_it_back_and_nobody() -> None:
    assert pre_approval([incident(owner="U0CHLOE", **ACKED)], "backend", "U0ANA") == ""
    given_back = incident(acked_by="U0BEN")
    assert pre_approval([given_back], "backend", "U0BEN") == ""
    assert pre_approval([incident()], "backend", "") == ""
