"""From words to an answer: the audit row first, then permission, then reading or a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.memory.audit import MemoryAudit
from bot.domain.audit import Entry
from bot.domain.message import Message
from bot.domain.request import RequestState
from bot.engine.dispatch import Asked, Dispatch, make_plan, redact
from bot.engine.operation import NoParams
from bot.errors import FilmOpsError, OperationFailed, Refused, Temporary, UserError
from bot.topology import Colour, Risk, Topology, load
from tests.stage import ANA, BEN, EVE, NOBODY, SHIPPED, Stage, codes

pytestmark = pytest.mark.unit

TOKEN = "xoxb-1234-abcdefgh"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def without_approvals() -> Topology:
    topology = load(SHIPPED)
    rule = topology.risks[Risk.CHANGE].model_copy(update={"approvals": 0})
    return topology.model_copy(update={"risks": {**topology.risks, Risk.CHANGE: rule}})


class Unwritable(MemoryAudit):
    """An audit log that takes no row."""

    async def append(self, entry: Entry, now: object) -> int:
        raise Temporary("the database is away")


async def test_nothing_runs_whose_audit_row_cannot_be_written(stage: Stage) -> None:
    store = replace(stage.world.store, audit=Unwritable(stage.tables))
    dispatch = Dispatch(replace(stage.world, store=store), stage.operations)
    for text in ("status", "rollback backend", "lock backend x"):
        with pytest.raises(Temporary):
            await dispatch.command(stage.asking(), text)
    with pytest.raises(Temporary):
        await dispatch.form(stage.asking(), "rollback", {"service": "backend"})
    assert stage.production.calls == []
    assert stage.tables.requests == {}


async def test_words_are_in_the_audit_even_when_they_make_no_sense(stage: Stage) -> None:
    with pytest.raises(UserError):
        await stage.type("rolback backend")
    (row,) = await stage.rows()
    assert (row.entry.actor, row.entry.action) == (ANA, "command")
    assert row.entry.detail == {"words": "rolback backend"}


async def test_a_change_is_planned_stored_and_waits_for_a_second_person(stage: Stage) -> None:
    request = await stage.ask("rollback backend --to green it is slow")
    rule = stage.topology.risks[Risk.CHANGE]
    assert request.name == "R1"
    assert request.state is RequestState.PLANNED
    assert (request.actor, request.channel, request.reason) == (ANA, "ops-alerts", "it is slow")
    assert (request.needed, request.still_needed) == (rule.approvals, 1)
    assert request.expires_at == stage.clock.now() + timedelta(seconds=rule.expires_seconds)
    assert request.words == "rollback backend --to green it is slow"
    assert stage.jobs.waiting == []
    assert stage.production.effects == []
    assert await stage.actions() == ["command", "request"]


async def test_a_change_nobody_need_approve_is_launched_at_once() -> None:
    stage = Stage(topology=without_approvals())
    request = await stage.ask()
    assert request.state is RequestState.APPROVED
    assert [(job.kind, job.id) for job in stage.jobs.waiting] == [("launch", 1)]


@pytest.mark.parametrize("who", [NOBODY, EVE])
async def test_whoever_may_not_ask_is_told_why_and_written_down(stage: Stage, who: str) -> None:
    blocked = await stage.type("rollback backend", who)
    assert codes(blocked) == ["unknown_person" if who == NOBODY else "not_permitted"]
    assert (await stage.actions())[-1] == "denied"
    assert stage.production.calls == []


async def test_what_is_locked_or_frozen_still_lets_a_rollback_be_asked_for(stage: Stage) -> None:
    await stage.type("freeze all premiere", BEN)
    await stage.type("lock backend debugging", BEN)
    assert isinstance(await stage.type("rollback backend"), Asked)


async def test_an_open_run_blocks_and_is_written_down(stage: Stage) -> None:
    await stage.started()
    assert codes(await stage.type("rollback backend")) == ["busy"]
    row = (await stage.rows())[-1]
    assert row.entry.action == "blocked"
    assert row.entry.detail == {"operation": "rollback", "codes": ["busy"]}


async def test_a_plan_that_must_not_be_is_refused_and_opens_no_request(stage: Stage) -> None:
    stage.production.set_weights("backend", {Colour.BLUE: 50, Colour.GREEN: 50})
    with pytest.raises(Refused) as raised:
        await stage.type("rollback backend")
    assert raised.value.code == "mixed_traffic"
    assert stage.tables.requests == {}


@pytest.mark.parametrize(
    ("fault", "hint"),
    [
        (OperationFailed("AWS says no.", code="denied", hint="Allow it."), "Allow it."),
        (Temporary("AWS is slow"), "Ask again in a moment."),
    ],
)
async def test_what_aws_does_not_tell_is_a_refusal_that_is_written_down(
    stage: Stage, fault: FilmOpsError, hint: str
) -> None:
    stage.production.fail("instances.find", fault)
    with pytest.raises(Refused, match=r"It cannot be planned: AWS (says no|is slow)\.") as raised:
        await stage.type("scale db replica add")
    assert (raised.value.code, raised.value.hint) == ("live_state_unknown", hint)
    row = (await stage.rows())[-1]
    assert (row.entry.action, row.entry.detail["codes"]) == ("blocked", ["live_state_unknown"])


async def test_a_part_that_is_denied_is_refused_with_what_allows_it(stage: Stage) -> None:
    denied = OperationFailed("AWS says no", code="denied", hint="Allow it.")
    stage.production.fail("scaling.group", denied)
    with pytest.raises(Refused, match=r"Unknown means blocked\.") as raised:
        await stage.type("scale gpu 3")
    assert raised.value.hint == "Allow it."


async def test_roles_that_cannot_be_read_are_tried_again_and_not_guessed(stage: Stage) -> None:
    stage.people.silent = Temporary("Slack is away")
    grouped = stage.topology.roles["engineer"].model_copy(update={"groups": ("S1",)})
    stage.topology.roles["engineer"] = grouped
    with pytest.raises(Temporary):
        await stage.type("status", NOBODY)


async def test_a_dialog_goes_the_way_of_a_command(stage: Stage) -> None:
    values = {"service": "backend", "reason": "it is slow"}
    asked = await stage.dispatch.form(stage.asking(), "rollback", values)
    assert isinstance(asked, Asked)
    assert asked.request.words == "rollback backend it is slow"
    stored = {"service": "backend", "to": None, "via": "filmops", "reason": "it is slow"}
    assert asked.request.params == stored
    assert await stage.actions() == ["form", "request"]


async def test_a_dialog_of_another_release_is_a_mistake_and_no_bug(stage: Stage) -> None:
    with pytest.raises(UserError, match="There is no service 'gone'"):
        await stage.dispatch.form(stage.asking(), "rollback", {"service": "gone", "reason": ""})


@pytest.mark.parametrize("form", [False, True])
async def test_secrets_are_in_no_audit_row_no_card_and_no_plan(stage: Stage, form: bool) -> None:
    reason = f"token={TOKEN} and {TOKEN} and password:hunter2"
    if form:
        values = {"service": "backend", "reason": reason}
        await stage.dispatch.form(stage.asking(), "rollback", values)
    else:
        await stage.type(f"rollback backend {reason}")
    await stage.publisher.publish()
    (card,) = stage.chat.messages("ops-alerts")
    everywhere = f"{await stage.rows()} {card} {await stage.request()}"
    assert "hunter2" not in everywhere
    assert "abcdefgh" not in everywhere
    assert "[redacted]" in (await stage.request()).reason


async def test_a_secret_typed_as_a_command_is_not_repeated(stage: Stage) -> None:
    with pytest.raises(UserError) as raised:
        await stage.type(TOKEN)
    assert "abcdefgh" not in raised.value.message


@pytest.mark.parametrize(
    "secret",
    ["xoxp-1-a", "xapp-1-A", "AKIAABCDEFGHIJKLMNOP", "ghp_abc", "eyJhbGciOi.x.y", "Secret=abc"],
)
def test_what_looks_like_a_secret_is_redacted(secret: str) -> None:
    assert redact(f"a {secret} b") == "a [redacted] b"


async def test_an_operation_that_only_answers_cannot_be_planned(stage: Stage) -> None:
    with pytest.raises(UserError, match="help changes nothing"):
        await make_plan(await stage.context(), stage.operations["help"], NoParams())


async def test_reading_answers_at_once(stage: Stage) -> None:
    assert isinstance(await stage.type("help", EVE), Message)
    assert await stage.actions() == ["command"]
