"""A stage on the sandbox's AWS, by the key of an IAM user who may do what has been given.

The engine is whole and AWS is the real adapter; what comes of an attempt is known from what people
are told: the answer, the card, the thread. The plant lives by the world's time, and so does the
stage: a period is a second here, and what takes AWS minutes takes milliseconds.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as midnight
from itertools import count
from typing import Any

import boto3
import pytest

from bot.adapters.aws import AwsClients, build_aws
from bot.adapters.aws.needed import NEEDED
from bot.adapters.aws.permissions import PERMISSIONS
from bot.adapters.aws.policy import policy
from bot.adapters.memory.clock import MemoryClock
from bot.adapters.memory.tables import Tables
from bot.domain.message import Message
from bot.domain.request import Request
from bot.domain.run import RunState
from bot.engine.approvals import resume
from bot.engine.draw import DRAWERS, drawer_of
from bot.ports import Delivery
from bot.topology import Topology, load
from tests.deploying import Deploying
from tests.plant import Plant
from tests.stage import ANA, BEN, CHLOE, DANA

SPEED = 1000.0
USER = "filmops"
_CALLED = re.compile(r"AWS ([a-z0-9-]+:[A-Za-z]+) \([^)]*\): (?:AccessDenied\w*|403)\b")
_ASKED = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)")
_BY_THE_SECOND: Mapping[str, Mapping[str, Any]] = {
    "metrics": {"period_seconds": 1, "lag_seconds": 0, "history_minutes": 1},
    "rollback": {"watch_minutes": 1},
    # Younger than any snapshot of the plant's: a run makes its own.
    "deploy": {"watch_minutes": 1, "monitor_minutes": 1, "backup_hours": 1},
    "watch": {"trigger_minutes": 2, "blind_minutes": 5},
    "backup": {"check_at": midnight()},
}
_KNOWN = frozenset(permission.action for permission in PERMISSIONS)
_client: Callable[..., Any] = boto3.client


def denials(text: str) -> frozenset[str]:
    """The actions that a text says were denied: a call's own, or one that goes with it. A name that
    was cut off is none.
    """
    return _KNOWN.intersection((*_CALLED.findall(text), *_ASKED.findall(text)))


class PresentClock(MemoryClock):
    """The world's own time: it is moved by waiting, so it never runs ahead of the plant's."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)

    def advance(self, seconds: float) -> datetime:
        """Wait."""
        time.sleep(seconds)
        return self.now()


class Account:
    """The plant as a user sees it who is given one action of a policy after the other."""

    def __init__(self, plant: Plant, environment: pytest.MonkeyPatch) -> None:
        self.plant = plant
        self.topology = _by_the_second(load(plant.topology))
        self.needed: frozenset[str] = frozenset()
        self.optional: frozenset[str] = frozenset()
        self.given: set[str] = set()
        self._environment = environment
        self._whole: Mapping[str, Any] = {}
        self._given_at = time.time()
        self._iam = self.console("iam")
        self.keeper = AwsClients(self.topology)
        self.keeper.sts()  # The session's keys are read with its first client.
        self._move_in()

    def begin_anew(self) -> None:
        """The plant as seeded; what was given stays given."""
        self.user.close()
        self.plant.tell("reset")
        self._move_in()
        self.give()

    def close(self) -> None:
        """Give up connections and threads."""
        self.user.close()
        self.keeper.close()

    def console(self, service: str) -> Any:
        """For what somebody does by hand who may do everything."""
        return _client(
            service,
            "us-east-1",
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
        )

    def wants(self, methods: Iterable[str]) -> None:
        """From now on it is the policy of these that something is given of: nothing yet."""
        wanted = tuple(methods)
        self._whole = policy(self.topology, wanted, account="123456789012")
        actions = frozenset(one for each in self._whole["Statement"] for one in each["Action"])
        self.needed = frozenset(action for method in wanted for action in NEEDED[method])
        self.optional = actions - self.needed
        self.given = set()
        self.give()

    def give(self, *actions: str) -> None:
        """Allow these, too, as the policy allows them."""
        self.given |= set(actions)
        given = [
            {**each, "Action": [one for one in each["Action"] if one in self.given]}
            for each in self._whole["Statement"]
        ]
        self.may({**self._whole, "Statement": [each for each in given if each["Action"]]})

    def may(self, document: Mapping[str, Any]) -> None:
        """From now on, that and nothing else. IAM takes no policy that says nothing at all."""
        nothing = {"Effect": "Deny", "Action": ["iam:*"], "Resource": ["*"]}
        said = {**document, "Statement": document["Statement"] or [nothing]}
        self._iam.put_user_policy(
            UserName=USER, PolicyName="filmops", PolicyDocument=json.dumps(said)
        )
        self._given_at = time.time()

    def refused(self) -> list[str]:
        """What was called in vain since the last that was given."""
        return [
            str(call["action"])
            for call in self.plant.ask("calls")["calls"]
            if call["time"] > self._given_at and call["outcome"] == "status 403"
        ]

    def _move_in(self) -> None:
        self.plant.tell("speed", factor=SPEED)
        self._iam.create_user(UserName=USER)
        key = self._iam.create_access_key(UserName=USER)["AccessKey"]
        self._environment.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        self._environment.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        self.user = AwsClients(self.topology)


def _by_the_second(loaded: Topology) -> Topology:
    sections = {
        name: getattr(loaded, name).model_copy(update=numbers)
        for name, numbers in _BY_THE_SECOND.items()
    }
    return loaded.model_copy(update=sections)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of one attempt: all that people are told, whether it was the good end, and whether
    it is over in such a way that only a plant as seeded lets it be tried again.
    """

    text: str
    well: bool
    spent: bool = False


class Permitted(Deploying):
    """On an account; its AWS is the user's, or that of somebody who may do everything."""

    def __init__(
        self, account: Account, *, tables: Tables | None = None, everything: bool = False
    ) -> None:
        clients = account.keeper if everything else account.user
        super().__init__(
            topology=account.topology,
            clock=PresentClock(),
            tables=tables,
            # Made anew each time: what it knows by name it has asked for itself.
            aws=build_aws(account.topology, clients=clients),
        )
        self.account = account
        self._numbers = count(1)

    async def attempt(self, text: str) -> Told:
        """A command, as far as it goes. A run that was held goes on."""
        run = next(iter(await self.world.store.runs.open()), None)
        if run is None:
            answer, request = await self._typed(text)
            if request is None:
                return Told(text=answer, well=True)
            shown = await self._shown(request)
            if denials(shown):
                await self.reject(request.id, ANA)
                return Told(text=shown, well=False)
            await self._agree(request)
        else:
            request = await self.request(run.id)
            await resume(self.world, self.asking(), run.id)
        await self.until_quiet(seconds=60)
        return await self._came_to(request)

    async def card(self, subject: str) -> str:
        """The card of a request or an incident, as people see it."""
        drawer, number = drawer_of(subject, DRAWERS)
        return words(await drawer.draw(self.world, number))

    async def _typed(self, text: str) -> tuple[str, Request | None]:
        """The answer as it is given, and the request that it made."""
        requests, key = self.world.store.requests, f"https://hooks.invalid/{next(self._numbers)}"
        before = await requests.recent(limit=1)
        payload = {"user": ANA, "team": "T1", "channel": "C1", "text": text, "response_url": key}
        await self.desk.serve(Delivery(key=key, kind="command", payload=payload, claims=1))
        public = [one.message for one in self.chat.messages("ops-alerts") if one.key == key]
        after = await requests.recent(limit=1)
        made = after[0] if after and (not before or after[0].id != before[0].id) else None
        return words(*self.chat.responses.get(key, ()), *public), made

    async def _shown(self, request: Request) -> str:
        """Its card and its thread."""
        notes = [one.note.message for one in self.tables.notes.values()]
        return f"{await self.card(request.name)}\n{words(*notes)}"

    async def _agree(self, request: Request) -> None:
        if request.plan.boxes:
            await self.tick_all(request)
        for who in (CHLOE, DANA, BEN)[: request.needed]:
            await self.approve(request.id, who)

    async def _came_to(self, request: Request) -> Told:
        run = await self.world.store.runs.get(request.id)
        well = run is not None and run.state is RunState.SUCCEEDED
        return Told(text=await self._shown(request), well=well, spent=well)


def words(*messages: Message) -> str:
    """All that messages show."""
    return "\n".join(f"{one.text} {one.blocks}" for one in messages)
