"""Any night: random alerts, answers, faults, deaths and hours on the real engine over the twins.

No phone rings twice for one level of one climb, nothing is claimed after it was answered, nothing
is forgotten, and in the morning every phone is quiet. See `nights` for what can happen, `laws` for
what must hold. The nights are the same in every run; a failing one takes minutes to be shortened.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.chaos.nights import AnyNight

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(420)]


def test_whatever_happens_in_a_night_no_page_is_missed_doubled_or_forgotten() -> None:
    run_state_machine_as_test(
        AnyNight,
        settings=settings(
            max_examples=80,
            stateful_step_count=50,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
