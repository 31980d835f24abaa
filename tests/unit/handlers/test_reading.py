"""The reading commands, typed at a production in memory."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.audit import Entry
from bot.domain.live import Minute, Missing
from bot.domain.message import Message
from bot.domain.request import Answer, Approval, Request, RequestState
from bot.engine import look as looking
from bot.engine.dispatch import Blocked
from bot.errors import OperationFailed, Refused, Temporary, UserError
from bot.topology import Colour, Service
from handlers.home_tab.gather import home
from tests.unit.blocks import making as m
from tests.unit.blocks.seeing import read
from tests.unit.handlers.stage import Stage

pytestmark = pytest.mark.unit

ENTRY = Entry(actor="U0ANA", action="request", subject="service/backend")


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def asked(stage: Stage, **more: object) -> Request:
    """A request in the store, waiting."""
    waiting = m.request(
        id=0, asked_at=stage.now, expires_at=stage.now + timedelta(minutes=15), **more
    )
    return await stage.world.store.requests.open(waiting, ENTRY)


async def started(stage: Stage) -> Request:
    """A request with a run under way."""
    request = await asked(stage)
    approval = Approval(
        actor="U0BEN", answer=Answer.APPROVE, plan_hash=request.plan.hash, at=stage.now
    )
    await stage.world.store.requests.decide(request.id, approval, ENTRY)
    run = await stage.world.store.runs.start(
        request, request.plan, release="test", entry=ENTRY, now=stage.now
    )
    assert run is not None
    return request


async def test_status_reads_every_part_of_production(stage: Stage) -> None:
    stage.production.minutes["backend", Colour.BLUE] = [
        Minute(start=stage.now - timedelta(minutes=5), requests=200, errors=76, p95_seconds=0.2)
    ]
    words = read(await stage.type("status"))
    assert "*Backend API* (`backend`): *blue is live* on 2 routes" in words
    assert "*Backend API (staging)* (`backend-staging`)" in words
    assert "*38 % errors* (76 of 200 requests)" in words
    assert "prod-db: available" in words
    assert "prod-jobs: 7 waiting, 0 in flight, 2 dead letters" in words
    assert "gpu: 2 of 2 instances in service" in words


async def test_status_of_one_service_leaves_the_others_out(stage: Stage) -> None:
    await stage.type("freeze all premiere")
    await stage.type("lock backend debugging", user="U0BEN")
    await started(stage)
    staging = read(await stage.type("status backend-staging"))
    assert "(`backend`)" not in staging
    assert "prod-db" not in staging
    assert "gpu" not in staging
    assert "*Open runs:* none" in staging
    assert "freeze on everything" in staging
    assert "debugging" not in staging
    assert "R1 rollback backend: running" in read(await stage.type("status backend"))


async def test_a_part_that_fails_is_missing_and_hides_nothing(stage: Stage) -> None:
    for method in ("traffic.routes", "metrics.minutes", "databases.state", "queues.state"):
        stage.production.fail(method, Temporary(f"{method} is throttled"), times=9)
    stage.production.fail("traffic.targets", OperationFailed("access denied"), times=1)
    stage.pager.failing = Temporary("PagerDuty does not answer")
    words = read(await stage.type("status"))
    assert "could not be read: traffic.routes is throttled" in words
    assert "could not be read: access denied" in words
    assert "*Open at PagerDuty alone:* could not be read: PagerDuty does not answer" in words
    assert "gpu: 2 of 2 instances in service" in words


async def test_a_part_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    service: Service = stage.world.topology.services["backend"]

    class Hangs:
        async def routes(self, service: Service) -> None:
            await asyncio.Event().wait()

        def __getattr__(self, name: str) -> object:
            return getattr(stage.world.aws.traffic, name)

    world = replace(stage.world, aws=replace(stage.world.aws, traffic=Hangs()))  # type: ignore[arg-type]
    state = await looking.look(world, service, stage.now, seconds=0.01)
    assert state.routes == Missing(reason="no answer within 0.01 s")
    assert state.colours[Colour.BLUE].tasks != state.colours[Colour.GREEN].tasks


async def test_a_bug_in_a_part_is_not_hidden_as_missing() -> None:
    async def broken() -> int:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        await looking.part(broken())


async def test_an_unknown_service_is_a_mistake_with_a_suggestion(stage: Stage) -> None:
    with pytest.raises(UserError, match="Did you mean backend"):
        await stage.carry("status bakend")


async def test_help_lists_what_is_declared_and_explains_one(stage: Stage) -> None:
    words = read(await stage.type(""))
    assert "`/filmops status [SERVICE]`" in words
    assert "`/filmops lock SERVICE REASON… [--for FOR]`" in words
    one = read(await stage.type("help LOCK"))
    assert "/filmops lock backend migration runs --for 2h" in one
    assert "*May be asked for by* engineer, lead or cto. Nobody else needs to agree." in one


async def test_help_for_a_command_there_is_not_suggests_one(stage: Stage) -> None:
    with pytest.raises(UserError, match="Did you mean status") as close:
        await stage.carry("help statu")
    assert close.value.hint == "/filmops help status"
    with pytest.raises(UserError) as far:
        await stage.carry("help xyzzy")
    assert far.value.hint == "/filmops help"


async def test_operations_shows_requests_runs_and_changes(stage: Stage) -> None:
    assert "Nothing has been asked for yet." in read(await stage.type("operations"))
    await started(stage)
    words = read(await stage.type("operations backend"))
    assert "Operations on backend" in words
    assert "▶️ *R1 rollback backend* running, asked by <@U0ANA>" in words
    assert "R1" not in read(await stage.type("operations backend-staging"))


@pytest.mark.parametrize("word", ["R1", "r1", "1"])
async def test_show_has_everything_about_a_request(stage: Stage, word: str) -> None:
    await started(stage)
    words = read(await stage.type(f"show {word}"))
    assert "*State:* started, run running" in words
    assert 'ListenerArn = "arn:listener/443"' in words
    assert "approved by <@U0BEN>" in words
    assert "1. *Move traffic to blue*: pending" in words


async def test_show_of_what_is_not_there_says_so(stage: Stage) -> None:
    with pytest.raises(Refused, match="no request R7"):
        await stage.carry("show R7")
    with pytest.raises(UserError, match="a request is named like R42"):
        await stage.carry("show backend")
    with pytest.raises(UserError, match="a request is named like R42"):
        await stage.carry("show R²")


async def test_somebody_without_a_role_reads_nothing(stage: Stage) -> None:
    for text in ("status", "help", "operations", "show R1"):
        assert isinstance(await stage.carry(text, user="U0EVIL"), Blocked)


async def test_an_auditor_reads_and_locks_nothing(stage: Stage) -> None:
    assert isinstance(await stage.carry("status", user="U0EVE"), Message)
    assert isinstance(await stage.carry("lock backend because", user="U0EVE"), Blocked)


async def test_home_shows_each_person_what_is_theirs_to_decide(stage: Stage) -> None:
    request = await asked(stage)
    await stage.pager.page(key="k", level=1, summary="errors", detail={})
    ana = await home(stage.world, "U0ANA", stage.now)
    ben = await home(stage.world, "U0BEN", stage.now)
    eve = await home(stage.world, "U0EVE", stage.now)
    assert (ana.to_approve, ana.mine) == ((), (request,))
    assert (ben.to_approve, ben.mine) == ((request,), ())
    assert (eve.to_approve, eve.may_change, eve.may_read) == ((), False, True)
    assert isinstance(ben.incidents, tuple)
    assert len(ben.incidents) == 1
    assert ben.services == ("backend", "backend-staging")


async def test_home_no_longer_asks_whoever_has_answered(stage: Stage) -> None:
    request = await asked(stage, needed=2)
    yes = Approval(actor="U0BEN", answer=Answer.APPROVE, plan_hash=request.plan.hash, at=stage.now)
    await stage.world.store.requests.decide(request.id, yes, ENTRY)
    assert (await home(stage.world, "U0BEN", stage.now)).to_approve == ()
    assert len((await home(stage.world, "U0CHLOE", stage.now)).to_approve) == 1


async def test_home_lists_approved_requests_as_decided(stage: Stage) -> None:
    await asked(stage, state=RequestState.APPROVED)
    assert (await home(stage.world, "U0BEN", stage.now)).to_approve == ()


async def test_a_stranger_s_home_is_empty(stage: Stage) -> None:
    await started(stage)
    stranger = await home(stage.world, "U0EVIL", stage.now)
    assert (stranger.may_read, stranger.runs, stranger.services) == (False, (), ())
