"""What a row of `capacity` is, and how it is told in a studio: asked for, agreed to, looked at.

Before: the table. After: the tests of test_capacity*.py. What is the same for every operation is
here and there; a row has what differs.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import boto3

from blocks import ids
from tests.scenario.studio import Studio

SPEED = 20.0
"""How much faster than in the sandbox databases, instances and tasks are."""

LATER = timedelta(hours=5)
"""Long enough for what is taken back in two hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A state in which it cannot be done: how it comes to be, what is said then, how it ends."""

    said: str
    comes: Sequence[Move] = ()
    ends: Sequence[Move] = ()
    text: str = ""
    """What is typed, if it is not the story's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One operation that changes something."""

    text: str
    approvers: Sequence[str]
    reads: str
    """A read that its plan rests on: `rds.DescribeDBInstances`."""

    absent: Mapping[str, str]
    """Commands that name what there is not, and what is answered."""

    wrong: Wrong | None
    """None when what drifts is such a state itself."""

    drift: Sequence[Move]
    """What somebody else does between plan and approval."""

    moved: str
    """What is said of it."""

    effects: Mapping[str, int]
    """The calls that change production, and how many there are of each in the end."""

    denied: str
    """The one of them that IAM denies."""

    done: Sequence[str]
    """What the card says in the end."""

    planned: str = ""
    """What its card warns of before anybody agrees."""

    thread: str = ""
    """What is under its card in the end."""

    ready: Sequence[Move] = ()
    """How the world is arranged first."""

    logged: bool = True
    """Whether the change log has it."""

    later: str = ""
    """What the card of the request says that takes it back, when its time has come and its
    workers are idle.
    """


_WAITING = re.compile(r"\bR(\d+) (?:is waiting in|.*needs no approval)")


class Telling:
    """One story in one studio."""

    def __init__(self, studio: Studio, story: Story) -> None:
        self.studio = studio
        self.story = story
        self.aws = studio.outside.aws
        self.by_hand: Counter[str] = Counter()
        """What somebody else than FilmOps has called."""

    async def begins(self) -> None:
        """The world is as the story wants it."""
        await self.aws.tell("speed", factor=SPEED)
        await self.happens(self.story.ready)

    async def happens(self, moves: Sequence[Move]) -> None:
        """One after the other."""
        for move in moves:
            await move(self)

    async def refused(self, text: str, *, who: str = "U0ANA") -> str:
        """What they are told; nothing is waiting."""
        answer = await self.studio.types(who, text)
        assert _WAITING.search(answer) is None, answer
        return answer

    async def answer(self, text: str) -> str:
        """What Ana is told; with its card, if it may be agreed to all the same."""
        answer = await self.studio.types("U0ANA", text)
        found = _WAITING.search(answer)
        if found is None:
            return answer
        return answer + await self.studio.card_says("waiting for", request=int(found[1]))

    async def denied_a_read(self) -> None:
        """IAM says no to what the plan rests on: which permission it takes is said."""
        action = self.story.reads.replace(".", ":")
        await self.aws.tell("deny", action=action)
        said = await self.refused(self.story.text)
        assert "Refused, nothing was done" in said
        assert f"To clear it: Allow {action} to filmops' IAM role." in said
        await self.aws.forget("deny")

    async def asks(self) -> int:
        """Ana does; the request's number, its card is there."""
        answer = await self.studio.types("U0ANA", self.story.text)
        found = _WAITING.search(answer)
        assert found is not None, answer
        if self.story.approvers:
            planned = await self.studio.card_says("waiting for", request=int(found[1]))
            assert self.story.planned in planned, planned
        return int(found[1])

    async def agreed(self, number: int) -> None:
        """Everybody who must says yes."""
        for who in self.story.approvers:
            said = await self.studio.clicks(who, ids.APPROVE, number)
            assert "Approved" in said or "Counted" in said, said

    async def called(self) -> Counter[str]:
        """What FilmOps has called that changes something, with what came of it if that is not
        well.
        """
        return Counter(await self.aws.changes()) - self.by_hand

    async def effects(self) -> dict[str, int]:
        """How often it had an effect, whether the answer came or not."""
        found = Counter[str]()
        for name, times in (await self.called()).items():
            action, _, outcome = name.partition(" ")
            if outcome in ("", "dropped"):
                found[action] += times
        return dict(found)

    async def ended_well(self, number: int) -> str:
        """Its card says what it came to, and all of its effects were had once."""
        card = await self.studio.card_says("done in", *self.story.done, request=number)
        if self.story.thread:
            await self.studio.thread_says(self.story.thread, request=number)
        if self.story.later:
            await self._taken_back(number + 1)
        wanted = {name.partition(".")[2]: times for name, times in self.story.effects.items()}
        found = await self.effects()
        assert found == wanted, found
        return card

    async def _taken_back(self, number: int) -> None:
        await self.aws.tell("workers", group="gpu", busy=0)
        self.studio.clock.ahead += LATER
        await self.studio.tick()
        await self.studio.card_says("done in", self.story.later, request=number)


Move = Callable[[Telling], Awaitable[None]]
"""Something that happens besides."""


def knob(path: str, **body: object) -> Move:
    """The plant is told."""

    async def move(telling: Telling) -> None:
        await telling.aws.tell(path, **body)

    return move


def call(service: str, action: str, **parameters: object) -> Move:
    """Somebody else calls AWS."""

    async def move(telling: Telling) -> None:
        region = telling.studio.app.world.topology.studio.region
        client = boto3.client(service, region_name=region)  # type: ignore[call-overload]
        await asyncio.to_thread(getattr(client, action), **parameters)
        telling.by_hand[client.meta.method_to_api_mapping[action]] += 1
        client.close()

    return move
