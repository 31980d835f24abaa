"""Locks and freezes, typed: taken, refused, ended, written down."""

from datetime import timedelta

import pytest

from bot.domain.lock import Lock, LockKind
from bot.domain.reasons import Reason
from bot.errors import Refused, UserError
from tests.unit.blocks.seeing import read
from tests.unit.handlers.stage import Stage

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def held(stage: Stage) -> tuple[Lock, ...]:
    return await stage.world.store.locks.held(stage.now)


async def test_a_lock_is_taken_for_an_hour_and_audited(stage: Stage) -> None:
    words = read(await stage.type("lock backend debugging the login"))
    assert "*backend is locked.* Only <@U0ANA> may change it until" in words
    (lock,) = await held(stage)
    assert (lock.kind, lock.resource, lock.owner) == (LockKind.LOCK, "service/backend", "U0ANA")
    assert lock.reason == "debugging the login"
    assert lock.expires_at == stage.now + timedelta(hours=1)
    assert await stage.audited() == [("U0ANA", "lock", "service/backend")]


async def test_a_freeze_of_all_is_taken_for_four_hours_or_as_said(stage: Stage) -> None:
    await stage.type("freeze all premiere tonight")
    await stage.type("freeze backend load test --for 1d12h")
    everything, backend = await held(stage)
    if everything.resource != "*":
        everything, backend = backend, everything
    assert everything.expires_at == stage.now + timedelta(hours=4)
    assert backend.expires_at == stage.now + timedelta(days=1, hours=12)
    assert backend.reason == "load test"


async def test_a_secret_in_the_reason_is_kept_nowhere(stage: Stage) -> None:
    words = read(await stage.type("lock backend token=hunter2 is out"))
    assert "[redacted] is out" in words
    (lock,) = await held(stage)
    assert lock.reason == "[redacted] is out"
    assert "hunter2" not in str([row async for row in stage.world.store.audit.rows()])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lock backend because --for soon", "write a time like 30m, 2h or 1d"),
        ("lock backend because --for 8d", "7d is the longest"),
        ("lock backend because --for 0m", "it must be longer than nothing"),
        ("lock backend", "lock needs REASON"),
        ("lock all because", "There is no service 'all'"),
        ("freeze everything because", "There is no service 'everything'"),
    ],
)
async def test_wrong_words_are_told_and_nothing_is_held(stage: Stage, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        await stage.carry(text)
    assert await held(stage) == ()


async def test_what_is_held_is_not_held_twice(stage: Stage) -> None:
    await stage.type("lock backend debugging")
    await stage.type("freeze backend premiere")
    with pytest.raises(Refused, match="locked already by <@U0ANA> until") as locked:
        await stage.carry("lock backend me too", user="U0BEN")
    assert (locked.value.code, locked.value.hint) == (Reason.LOCKED, "/filmops unlock backend")
    with pytest.raises(Refused) as frozen:
        await stage.carry("freeze backend me too", user="U0BEN")
    assert (frozen.value.code, frozen.value.hint) == (Reason.FROZEN, "/filmops unfreeze backend")


async def test_its_owner_ends_it(stage: Stage) -> None:
    await stage.type("lock backend debugging")
    words = read(await stage.type("unlock backend"))
    assert "backend is no longer locked" in words
    assert await held(stage) == ()
    assert await stage.audited() == [
        ("U0ANA", "lock", "service/backend"),
        ("U0ANA", "unlock", "service/backend"),
    ]


async def test_a_lead_ends_anybody_s_and_an_engineer_does_not(stage: Stage) -> None:
    await stage.type("freeze all premiere")
    with pytest.raises(Refused, match="only they or lead or cto may end it") as refused:
        await stage.carry("unfreeze all", user="U0BEN")
    assert refused.value.code == Reason.NOT_PERMITTED
    assert len(await held(stage)) == 1
    words = read(await stage.type("unfreeze all", user="U0CHLOE"))
    assert "<@U0CHLOE> ended the freeze that <@U0ANA> took" in words


async def test_what_is_not_held_or_has_run_out_cannot_be_ended(stage: Stage) -> None:
    with pytest.raises(Refused, match="backend is not locked"):
        await stage.carry("unlock backend")
    await stage.type("lock backend debugging --for 5m")
    stage.clock.advance(301)
    with pytest.raises(Refused, match="backend is not locked"):
        await stage.carry("unlock backend")


async def test_a_secret_in_a_reason_is_not_kept(stage: Stage) -> None:
    await stage.type("lock backend rotating password=hunter2")
    (lock,) = await held(stage)
    assert "hunter2" not in lock.reason
