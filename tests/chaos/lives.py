"""Lives of a page: what happens around it, from the alert to the end, told second by second.

Each is lived once undisturbed and then once for every place at which its scheduler can die
(test_every_call_of_a_page). What comes before `watch.begins()` is nobody's death.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.incident import IncidentState
from bot.domain.pager import PagerStatus
from bot.engine.escalator import Escalator
from bot.engine.hooking import take_hooks
from bot.engine.incidents import acknowledge, resolve
from bot.engine.world import World
from bot.ports import Hook
from bot.topology import Ladder
from tests.chaos.night import WRONG_KEY, Died, Mood, Night
from tests.chaos.tap import Happen, Tap, tapped
from tests.stage import ANA

ALONE = Ladder(title="one level", after_minutes=(0,), repeat_minutes=1, repeats=1)
TWO = Ladder(title="two levels", after_minutes=(0, 0.5), repeat_minutes=10, repeats=0)
SLOW = Ladder(title="two levels", after_minutes=(0, 15))
PROMISED = Ladder(title="soon asked", after_minutes=(0,), promise_minutes=1, grace_minutes=1)


class Watch:
    """Who is awake: one scheduler, and when it dies the next, at once."""

    def __init__(self, night: Night, happen: Happen, name: str) -> None:
        self.night = night
        self.name = name
        self.incident = 0
        self.world: World = night.world
        self._happen = happen
        self._start = night.clock.now()
        self._scheduler = night.scheduler()

    def begins(self) -> None:
        """From here on its scheduler is the one that may die."""
        self.world = tapped(self.night.world, Tap(self._happen))
        self._scheduler = Escalator(self.world, owner=f"doomed {self.name}")

    def takes_over(self) -> None:
        """It is dead: another one."""
        self.world = self.night.world
        self._scheduler = self.night.scheduler()

    async def until(self, seconds: float) -> None:
        """Let the time pass until so many seconds after the beginning."""
        end = self._start + timedelta(seconds=seconds)
        while True:
            try:
                await self.night.until(end, self._scheduler)
            except Died:
                self.takes_over()
            else:
                return

    async def hooks(self, seconds: float) -> None:
        """As `until`, hooks looked for every second, as the scheduler's net does."""
        for second in range(1, int(seconds) + 1):
            try:
                await take_hooks(self.world)
            except Died:
                self.takes_over()
                await take_hooks(self.world)
            await self.until(second)

    async def alert(self) -> None:
        """The incident of this life."""
        self.incident = await self.night.alert(self.name)

    async def state(self) -> IncidentState:
        """How the incident stands."""
        found = await self.night.world.store.incidents.get(self.incident)
        assert found is not None
        return found.state

    async def there(self) -> set[PagerStatus]:
        """How the incident's pages stand at PagerDuty."""
        climbs = await self.night.world.store.incidents.escalations(self.incident)
        stand = [await self.night.exchange.stands(p.key) for climb in climbs for p in climb.pages]
        return {status for status in stand if status is not None}


async def _nobody(watch: Watch) -> None:
    """Paged, looked for, confirmed, repeated, given up."""
    watch.begins()
    await watch.alert()
    await watch.until(150)
    [waiting] = await watch.night.world.store.incidents.unresolved()
    assert waiting.unowned_at is not None


async def _acknowledged(watch: Watch) -> None:
    """Taken before the second level is due, which is never paged; the phone is quieted."""
    await watch.alert()
    await watch.until(10)
    await acknowledge(watch.night.world, watch.incident, ANA, via="Slack")
    watch.begins()
    await watch.until(60)
    assert await watch.there() == {PagerStatus.ACKNOWLEDGED}


async def _resolved(watch: Watch) -> None:
    """Over while the second level's page is not confirmed yet: both are resolved there."""
    await watch.alert()
    await watch.until(31)
    await resolve(watch.night.world, watch.incident, ANA, via="Slack")
    watch.begins()
    await watch.until(90)
    assert await watch.there() == {PagerStatus.RESOLVED}


async def _phone(watch: Watch) -> None:
    """Acknowledged on the phone before the first look, which brings it home."""
    await watch.alert()
    await watch.until(1)
    [ring] = watch.night.exchange.rings
    watch.night.exchange.picked_up(ring.key, "Ana")
    watch.begins()
    await watch.until(60)
    assert await watch.state() is IncidentState.ACKNOWLEDGED


async def _away(watch: Watch) -> None:
    """PagerDuty is away for a moment."""
    watch.begins()
    await watch.alert()
    watch.night.exchange.turn(Mood.AWAY)
    await watch.until(1)
    watch.night.exchange.turn(Mood.WELL)
    await watch.until(20)


async def _lost(watch: Watch) -> None:
    """The answer is lost, and it is resolved on the phone before the page is tried again."""
    watch.begins()
    await watch.alert()
    watch.night.exchange.turn(Mood.LOST)
    await watch.until(1)
    watch.night.exchange.turn(Mood.WELL)
    for ring in watch.night.exchange.rings:
        watch.night.exchange.closed(ring.key)
    await watch.until(25)


async def _refused(watch: Watch) -> None:
    """PagerDuty will never take the first level: the second is paged at once."""
    watch.begins()
    await watch.alert()
    watch.night.exchange.stuck = {1: WRONG_KEY}
    await watch.until(20)
    watch.night.exchange.stuck = {}


async def _nobody_on_call(watch: Watch) -> None:
    """The first level's page reaches nobody: the second is paged at the last look."""
    watch.night.exchange.rota[0] = None
    await watch.alert()
    await watch.until(16)
    watch.begins()
    await watch.until(80)
    watch.night.exchange.rota[0] = "Ana"


async def _promised(watch: Watch) -> None:
    """Acknowledged and forgotten: asked, and climbed again."""
    await watch.alert()
    await watch.until(6)
    await acknowledge(watch.night.world, watch.incident, ANA, via="Slack")
    await watch.until(40)
    watch.begins()
    await watch.until(140)


async def _hooked(watch: Watch) -> None:
    """An alarm comes as a hook, and is paged."""
    watch.begins()
    now = f"{watch.night.clock.now():%Y-%m-%dT%H:%M:%S.000Z}"
    message = {
        "Type": "Notification",
        "TopicArn": "arn:aws:sns:eu-west-1:1:alarms",
        "Timestamp": now,
    }
    hook = Hook(id=watch.name, source="sns", payload={**message, "Message": watch.name})
    await watch.night.world.store.hooks.take(hook, watch.night.clock.now())
    await watch.hooks(20)
    unresolved = await watch.night.world.store.incidents.unresolved()
    [watch.incident] = [one.id for one in unresolved]


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A ladder for P1 and P2, and what is lived on it."""

    ladder: Ladder
    live: Callable[[Watch], Awaitable[None]]


LIVES = {
    "nobody answers": Life(ladder=ALONE, live=_nobody),
    "acknowledged": Life(ladder=TWO, live=_acknowledged),
    "resolved": Life(ladder=TWO, live=_resolved),
    "acknowledged on the phone": Life(ladder=TWO, live=_phone),
    "PagerDuty away": Life(ladder=ALONE, live=_away),
    "answer lost": Life(ladder=ALONE, live=_lost),
    "refused": Life(ladder=TWO, live=_refused),
    "nobody on call": Life(ladder=SLOW, live=_nobody_on_call),
    "promise broken": Life(ladder=PROMISED, live=_promised),
    "a hook": Life(ladder=ALONE, live=_hooked),
}
