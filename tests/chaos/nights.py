"""What hypothesis plays: any night of alerts, answers, faults and deaths, as rules of a machine.

Before it: `night`, the world. After it: test_any_night, which runs it. Each rule is one thing that
happens; after each, what must always hold is looked at (`laws`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.engine.auditor import audit
from bot.engine.sweep import sweep
from bot.topology import Ladder, Severity, Storm
from tests.chaos import laws
from tests.chaos.hands import DEEDS, Hands
from tests.chaos.night import Mood, Night, unless_died

LADDERS = {
    Severity.P1: Ladder(
        title="all", after_minutes=(0, 1, 2), repeat_minutes=1, repeats=1, promise_minutes=3,
        grace_minutes=1,
    ),
    Severity.P2: Ladder(
        title="two", after_minutes=(0.5, 3), repeat_minutes=2, repeats=0, promise_minutes=5,
        grace_minutes=2,
    ),
    Severity.P3: Ladder(title="one", after_minutes=(0,), repeat_minutes=4, repeats=2),
    Severity.P4: Ladder(title="none", after_minutes=()),
}  # fmt: skip
SECONDS = st.sampled_from([0.0, 0.5, 2.0, 3.0, 5.0, 12.0, 31.0, 60.0, 61.0, 300.0, 1200.0])
PLACES = st.integers(1, 14)
ALERT = st.tuples(
    st.sampled_from("abcde"),
    st.sampled_from(Severity),
    st.sampled_from(("backend", "video-processor")),
)
ALERTS = st.lists(ALERT, min_size=1, max_size=4)


class AnyNight(RuleBasedStateMachine):
    """One night. Two schedulers share it; each may die and is followed by another."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(unless_died)
        self.night = Night(ladders=LADDERS, storm=Storm(incidents=3, minutes=2))
        self.hands = Hands(self.night)

    def do(self, what: Coroutine[Any, Any, Any]) -> None:
        """Run it on the loop of this night."""
        self.loop.run_until_complete(what)

    def teardown(self) -> None:
        """The morning: all is well, all is resolved, every phone is quiet and nothing is left."""
        try:
            self.do(self.hands.morning())
        finally:
            self.loop.close()

    @initialize(first=ALERTS)
    def evening(self, first: list[tuple[str, Severity, str]]) -> None:
        """Something is wrong already."""
        for alert in first:
            self.do(self.night.alert(*alert))

    # --- what people and machines do -----------------------------------------------------

    @rule(alert=ALERT)
    def alert(self, alert: tuple[str, Severity, str]) -> None:
        """New, or of an incident that is there; three of a service are a storm."""
        self.do(self.night.alert(*alert))

    @rule(deed=st.sampled_from(DEEDS), which=st.integers(0, 9), severity=st.sampled_from(Severity))
    def somebody(self, deed: str, which: int, severity: Severity) -> None:
        """Somebody does something to some incident."""
        self.do(self.hands.to_one(which, self.hands.deed(deed, severity)))

    @rule(which=st.integers(0, 99), webhook=st.booleans(), deed=st.sampled_from(("ack", "resolve")))
    def on_the_phone(self, which: int, webhook: bool, deed: str) -> None:
        """Answered at PagerDuty: a webhook brings it home, or the sweep has to."""
        self.do(self.hands.answered(which, webhook=webhook, deed=deed))

    @rule(which=st.integers(0, 99))
    def taken_back(self, which: int) -> None:
        """An acknowledgement is taken back at PagerDuty, where the level rings again."""
        self.do(self.hands.taken_back(which))

    @rule()
    def swept(self) -> None:
        """The sweep, and the auditor."""
        self.do(self.hands.tried(lambda: sweep(self.night.world)))
        self.do(self.hands.tried(lambda: audit(self.night.world)))

    @rule(mood=st.sampled_from(Mood))
    def pagerduty_is(self, mood: Mood) -> None:
        """PagerDuty's mood turns."""
        self.night.exchange.turn(mood)

    # --- time, and schedulers ------------------------------------------------------------

    @rule(seconds=SECONDS)
    def nobody_is_awake(self, seconds: float) -> None:
        """Time passes, and no scheduler wakes."""
        self.night.clock.advance(seconds)

    @rule(seconds=SECONDS, one=st.booleans())
    def time_passes(self, seconds: float, one: bool) -> None:
        """One or both are awake, and wake when something is due."""
        end = self.night.clock.now() + timedelta(seconds=seconds)
        self.do(self.night.until(end, *self.hands.awake[: 1 if one else 2]))

    @rule(number=PLACES, which=st.integers(0, 1), deed=st.sampled_from(("", *DEEDS)))
    def a_scheduler_dies(self, number: int, which: int, deed: str) -> None:
        """At any call of a wake; another takes its place, and somebody may act before it wakes."""
        self.do(self.hands.dies(number, which))
        if deed:
            self.do(self.hands.to_one(which, self.hands.deed(deed, Severity.P2)))

    @rule(
        deed=st.sampled_from(DEEDS),
        which=st.integers(0, 9),
        number=PLACES,
        severity=st.sampled_from(Severity),
    )
    def in_the_middle_of_a_wake(
        self, deed: str, which: int, number: int, severity: Severity
    ) -> None:
        """Somebody does something while a scheduler is at any of its calls."""
        self.do(self.hands.in_between(number, which, self.hands.deed(deed, severity)))

    @rule()
    def all_is_well_for_a_while(self) -> None:
        """PagerDuty is well and a scheduler awake long enough: nothing due is left."""
        self.do(self.hands.well())

    @invariant()
    def what_must_hold(self) -> None:
        """The laws."""
        assert not self.hands.claims.broken, self.hands.claims.broken
        laws.hold(self.night)
