"""The policy that `filmops iam-policy` prints, under IAM's enforcement on the plant.

With exactly this policy every operation's calls pass; without any one action of it some call of the
operation is denied, and the denial names that action.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import boto3
import pytest
import pytest_asyncio

from bot.adapters.aws import AwsClients, build_aws
from bot.adapters.aws.faults import Denied
from bot.adapters.aws.needed import NEEDED
from bot.adapters.aws.policy import policy
from bot.engine.duties import DUTIES
from bot.topology import Topology, load
from handlers import OPERATIONS
from tests.asking_aws import Calls
from tests.plant import Plant

pytestmark = pytest.mark.contract

WANTED: Mapping[str, tuple[str, ...]] = {
    **{operation.name: operation.needs for operation in OPERATIONS if operation.needs},
    **DUTIES,
}
USER = "filmops"


class Guarded:
    """The plant as seen by a user who may do what a policy says."""

    def __init__(
        self,
        topology: Topology,
        calls: Calls,
        *,
        keeper: AwsClients,
        clients: AwsClients,
        iam: Any,
    ) -> None:
        self.topology = topology
        self._calls_to = calls
        self._calls = calls.all()
        self._keeper = keeper
        self._clients = clients
        self._iam = iam

    def may(self, document: Mapping[str, Any]) -> None:
        """From now on, that and nothing else."""
        self._iam.put_user_policy(
            UserName=USER, PolicyName="filmops", PolicyDocument=json.dumps(document)
        )

    async def denied(self, methods: Iterable[str]) -> list[str]:
        """What IAM said no to, a sentence each."""
        said = []
        for method in methods:
            if method == "instances.remove":
                await self._calls_to.restore(build_aws(self.topology, clients=self._keeper))
            try:
                # Made anew: a name that is known is not asked for again.
                await self._calls[method](build_aws(self.topology, clients=self._clients))
            except Denied as denial:
                said.append(denial.message)
        return said


@pytest_asyncio.fixture
async def guarded(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Guarded]:
    """Prepared with the sandbox's own keys, which may do everything; asked with the user's."""
    topology = load(plant.topology)
    plant.tell("speed", factor=1000)
    keeper = AwsClients(topology)
    calls = await Calls.ready(topology, keeper, lambda name: boto3.client(name, "us-east-1"))
    iam = boto3.client("iam", "us-east-1")
    iam.create_user(UserName=USER)
    key = iam.create_access_key(UserName=USER)["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    clients = AwsClients(topology)
    yield Guarded(topology, calls, keeper=keeper, clients=clients, iam=iam)
    clients.close()
    keeper.close()


def without(document: Mapping[str, Any], action: str) -> dict[str, Any]:
    """The policy without one action."""
    statements = [
        {**each, "Action": [one for one in each["Action"] if one != action]}
        for each in document["Statement"]
    ]
    left = [each for each in statements if each["Action"]]
    # A policy that says nothing at all is none.
    nothing = {"Effect": "Deny", "Action": ["iam:*"], "Resource": ["*"]}
    return {**document, "Statement": left or [nothing]}


async def test_with_exactly_the_policy_all_passes_and_without_any_action_it_is_denied(
    guarded: Guarded,
) -> None:
    await nothing_of_others(guarded)
    proven: set[tuple[str, str]] = set()
    for name, methods in WANTED.items():
        document = policy(guarded.topology, methods, account="123456789012")
        for action in actions(methods):
            by = next(method for method in methods if action in NEEDED[method])
            # Another operation's policy was as good for this very call.
            if (action, by) not in proven:
                guarded.may(without(document, action))
                said = await guarded.denied([by])
                assert any(action in denial for denial in said), f"{name} passes without {action}"
                proven.add((action, by))
        guarded.may(document)
        # What removes comes last: others may look at it.
        said = await guarded.denied(sorted(methods, key=lambda m: m == "instances.remove"))
        assert said == [], name


async def nothing_of_others(guarded: Guarded) -> None:
    """A policy made for another team's databases, queues, buckets and services is none for ours."""
    text = json.dumps(policy(guarded.topology, [m for needs in WANTED.values() for m in needs]))
    for ours, theirs in (
        ("prod-db", "their-db"),
        ("prod-jobs", "their-jobs"),
        ("ai-film-studio", "their-studio"),
        ("backend-service", "their-service"),
    ):
        assert ours in text
        text = text.replace(ours, theirs)
    guarded.may(json.loads(text))
    for method in ("databases.snapshots", "queues.state", "buckets.rules", "rollers.update"):
        assert await guarded.denied([method]), method


def actions(methods: Iterable[str]) -> list[str]:
    return sorted({action for method in methods for action in NEEDED[method]})
