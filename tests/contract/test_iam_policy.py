"""The policy that `filmops iam-policy` prints, held against IAM's enforcement on the plant.

Every operation begins with nothing allowed. It is tried, people are told which action was denied,
that one is given, and it goes on, to its good end. What was given then must be its policy, action
for action: so it passes with exactly that, and for each action there was an attempt that failed,
and said so, when all that comes before it was given. (Up to its first denial, an attempt with the
whole policy but that one action is the same.)
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import timedelta

import pytest

from bot.adapters.aws import build_aws
from bot.adapters.aws.faults import Denied
from bot.adapters.aws.needed import NEEDED
from bot.adapters.aws.policy import policy
from bot.engine.duties import DUTIES
from handlers import OPERATIONS
from tests.asking_aws import Calls
from tests.contract.iam_stories import STORIES, Story
from tests.permitted import Account, Permitted, Told, denials
from tests.plant import Plant

pytestmark = [pytest.mark.contract, pytest.mark.slow]

WANTED: Mapping[str, tuple[str, ...]] = {
    **{operation.name: operation.needs for operation in OPERATIONS if operation.needs},
    **DUTIES,
}
FIRST: Mapping[str, tuple[str, ...]] = {"traffic.set_weights": ("traffic.routes",)}
"""What a method cannot be called without, by the same process."""

UNTIL = 50
"""Attempts at one act."""

PAUSE = 0.02
"""Between two when nothing was denied and the plant needs a moment."""


@pytest.fixture
def account(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Nothing is wanted yet."""
    # What cannot be read is no news for an hour.
    monkeypatch.setattr("bot.engine.backups.PATIENCE", timedelta())
    found = Account(plant, monkeypatch)
    yield found
    found.close()


class Lacking(Exception):
    """It has come to its end with something denied on the way: only a plant as seeded helps."""


async def climbed(account: Account, attempt: Callable[[], Awaitable[Told]]) -> Told:
    """Give what is said to be denied until nothing is; the last attempt, which ended well.

    Raises Lacking when that cannot be tried again as things are.
    """
    told = await attempt()
    for _ in range(UNTIL):
        named = denials(told.text)
        missing = named - account.given
        assert bool(missing) or not named, f"given and denied all the same: {told.text}"
        if told.well and not missing:
            return told
        account.give(*missing)
        if told.spent:
            raise Lacking
        await asyncio.sleep(0 if missing else PAUSE)
        told = await attempt()
    raise AssertionError(f"no good end: {told.text}")


async def carried(account: Account, story: Story) -> None:
    """All of a story on one plant, with what is given by now. Raises Lacking."""
    story.prepare(account)
    stage = Permitted(account)
    for act in story.acts:

        async def attempt() -> Told:
            return await act(Permitted(account) if story.anew else stage)  # noqa: B023 - awaited here

        await climbed(account, attempt)


async def to_its_end(account: Account, story: Story) -> None:
    """The story, from a plant as seeded as often as it takes."""
    for _ in range(UNTIL):
        try:
            await carried(account, story)
        except Lacking:
            account.begin_anew()
        else:
            return


def test_everything_that_needs_something_has_a_story() -> None:
    assert set(STORIES) == set(WANTED)


@pytest.mark.parametrize("name", STORIES)
async def test_it_passes_with_exactly_its_policy_and_lacks_each_action_of_it(
    account: Account, name: str
) -> None:
    account.wants(WANTED[name])
    await to_its_end(account, STORIES[name])
    assert account.given == account.needed
    # What it can do without it has done without.
    assert set(account.refused()) <= {action.partition(":")[2] for action in account.optional}


async def test_each_method_needs_each_action_of_its_line(account: Account) -> None:
    """A line may not hold what only other methods of all its operations need."""
    calls = await Calls.ready(account.topology, account.keeper, account.console)
    asked = calls.all()
    for method, actions in NEEDED.items():
        before = FIRST.get(method, ())
        account.wants([*before, method])
        account.give(*(action for one in before for action in NEEDED[one]))

        async def attempt() -> Told:
            if method == "instances.remove":  # noqa: B023 - awaited here
                await calls.restore(build_aws(account.topology, clients=account.keeper))
            try:
                # Made anew: a name that is known is not asked for again.
                await asked[method](build_aws(account.topology, clients=account.user))  # noqa: B023
            except Denied as denial:
                return Told(text=denial.message, well=False)
            return Told(text="", well=True)

        await climbed(account, attempt)
        assert account.given == set(actions).union(*(NEEDED[one] for one in before)), method
        if account.optional:
            account.give(*account.optional)
            await attempt()
            assert account.refused() == [], method


async def test_a_policy_for_anothers_resources_is_none_for_ours(account: Account) -> None:
    """Databases, queues, buckets, services: those of the topology and no others."""
    text = json.dumps(policy(account.topology, NEEDED))
    for ours, theirs in (
        ("prod-db", "their-db"),
        ("prod-jobs", "their-jobs"),
        ("ai-film-studio", "their-studio"),
        ("backend-service", "their-service"),
    ):
        assert ours in text
        text = text.replace(ours, theirs)
    account.may(json.loads(text))
    calls = await Calls.ready(account.topology, account.keeper, account.console)
    asked, aws = calls.all(), build_aws(account.topology, clients=account.user)
    for method in ("databases.snapshots", "queues.state", "buckets.rules", "rollers.update"):
        with pytest.raises(Denied):
            await asked[method](aws)
