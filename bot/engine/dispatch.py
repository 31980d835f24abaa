"""From words to an answer: parse, audit, permission, then answer or plan.

Before it: an entrypoint that has acknowledged, deduplicated and checked the team. After it:
approvals, which wait for people. Nothing runs whose audit row cannot be written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.audit import Entry
from bot.domain.gates import gates
from bot.domain.message import Message, View
from bot.domain.permission import approvals_needed, may_ask
from bot.domain.plan import Plan
from bot.domain.reasons import Obstacle, Reason
from bot.domain.request import Request, RequestState
from bot.domain.timeline import FILMOPS
from bot.engine.operation import Asking, Context, Operation, Params
from bot.engine.words import parse, typed
from bot.engine.world import World
from bot.errors import OperationFailed, Refused, Temporary, UserError

_SECRETS = re.compile(
    r"(xox[abeprs]-|xapp-|AKIA|ASIA|ghp_|eyJ)[\w.-]+|(?i:password|secret|token)[=:]\S+"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of a changing operation: its request, stored and shown in the channel."""

    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """Nothing was done: every obstacle, with what clears it."""

    obstacles: tuple[Obstacle, ...]


Carried = Message | View | Asked | Blocked
"""What comes of a command: an answer, a dialog that asks for the rest, a request, or a refusal."""


class Dispatch:
    """Carries commands. Stateless beside its declarations; safe to use concurrently."""

    def __init__(self, world: World, operations: Mapping[str, Operation]) -> None:
        self._world = world
        self._operations = operations

    async def command(self, asking: Asking, text: str) -> Carried:
        """Do what was typed. Raises UserError, Refused, Temporary, OperationFailed."""
        words = redact(text)
        await self._audit(asking, "command", {"words": words[:500]})
        operation, params = parse(words, self._operations, self._world.topology, asking.now)
        return await self._carry(asking, operation, params, words)

    async def form(self, asking: Asking, operation_name: str, values: Mapping[str, Any]) -> Carried:
        """The same from a modal: values by param name. `operation_name` must be declared."""
        operation = self._operations[operation_name]
        clean = {name: redact(str(value)) for name, value in values.items() if value}
        words = " ".join([operation_name, *clean.values()])
        await self._audit(asking, "form", {"words": words[:500]})
        params = typed(operation, clean, self._world.topology, asking.now)
        return await self._carry(asking, operation, params, words)

    async def as_filmops(self, text: str, *, pre_approved: str = "") -> Asked | Blocked:
        """Ask for a changing operation as FilmOps itself, in its channel.

        No role is asked: whoever calls this says by which rule of the topology it may (the patrol:
        `watch.production`). Its gates are everybody's, and so is the approval, unless
        `pre_approved` says why none is needed. Raises as `command` does.
        """
        channel = self._world.topology.studio.channel.removeprefix("#")
        asking = Asking(actor=FILMOPS, team="", channel=channel, now=self._world.clock.now())
        await self._audit(asking, "command", {"words": text})
        operation, params = parse(text, self._operations, self._world.topology, asking.now)
        context = Context(world=self._world, asking=asking, operations=self._operations)
        return await self._ask(context, operation, params, text, pre_approved=pre_approved)

    async def _audit(self, asking: Asking, action: str, detail: Mapping[str, Any]) -> None:
        entry = Entry(actor=asking.actor, action=action, subject=asking.channel, detail=detail)
        await self._world.store.audit.append(entry, asking.now)

    async def _carry(
        self, asking: Asking, operation: Operation, params: Params, words: str
    ) -> Carried:
        asking = replace(asking, roles=await self._world.people.roles(asking.actor))
        obstacle = may_ask(self._world.topology, asking.roles, operation.risk)
        if obstacle is not None:
            await self._audit(
                asking, "denied", {"operation": operation.name, "code": obstacle.code}
            )
            return Blocked(obstacles=(obstacle,))
        context = Context(world=self._world, asking=asking, operations=self._operations)
        if operation.preview is not None:
            shown = await operation.preview(context, params)
            if shown is not None:
                return shown
        if operation.answer is not None:
            return await operation.answer(context, params)
        return await self._ask(context, operation, params, words)

    async def _ask(
        self,
        context: Context,
        operation: Operation,
        params: Params,
        words: str,
        *,
        pre_approved: str = "",
    ) -> Asked | Blocked:
        try:
            plan = await _plan(context, operation, params)
        except Refused as refusal:
            await self._blocked(context.asking, operation, [refusal.code])
            raise
        if pre_approved:
            plan = replace(plan, pre_approved=pre_approved)
        obstacles = await in_the_way(context.world, operation, plan, context.asking)
        if obstacles:
            await self._blocked(context.asking, operation, [o.code for o in obstacles])
            return Blocked(obstacles=obstacles)
        request = await self._open(context, operation, params, plan, words)
        if request.state is RequestState.APPROVED and plan.due(context.now):
            await context.world.jobs.launch(request.id, plan.resource)
        return Asked(request=request)

    async def _blocked(self, asking: Asking, operation: Operation, codes: Sequence[str]) -> None:
        await self._audit(asking, "blocked", {"operation": operation.name, "codes": list(codes)})

    async def _open(
        self, context: Context, operation: Operation, params: Params, plan: Plan, words: str
    ) -> Request:
        rule = context.topology.risks[operation.risk]
        asking = context.asking
        needed = approvals_needed(plan, rule)
        request = Request(
            operation=operation.name,
            params=params.model_dump(mode="json"),
            words=words,
            actor=asking.actor,
            channel=context.topology.studio.channel.removeprefix("#"),
            risk=operation.risk,
            plan=plan,
            needed=needed,
            asked_at=asking.now,
            expires_at=asking.now + timedelta(seconds=rule.expires_seconds),
            reason=str(getattr(params, "reason", "") or ""),
            state=RequestState.PLANNED if needed else RequestState.APPROVED,
        )
        detail: dict[str, Any] = {
            "operation": operation.name,
            "resource": plan.resource,
            "plan": plan.hash,
        }
        if plan.pre_approved:
            detail["pre_approved"] = plan.pre_approved
        entry = Entry(actor=asking.actor, action="request", subject=plan.resource, detail=detail)
        return await context.world.store.requests.open(request, entry)


async def make_plan(context: Context, operation: Operation, params: Params) -> Plan:
    """Plan from live state; an operation that only answers is a UserError here."""
    if operation.plan is None:
        raise UserError(f"{operation.name} changes nothing: it needs no plan.")
    return await operation.plan(context, params)


async def _plan(context: Context, operation: Operation, params: Params) -> Plan:
    """The same for who asks: what AWS does not tell, or not now, is refused with the reason."""
    try:
        return await make_plan(context, operation, params)
    except (OperationFailed, Temporary) as fault:
        raise Refused(
            f"It cannot be planned: {fault.message.rstrip('.')}. Unknown means blocked.",
            code=Reason.LIVE_STATE_UNKNOWN,
            hint=fault.hint or "Ask again in a moment.",
        ) from fault


async def in_the_way(
    world: World, operation: Operation, plan: Plan, asking: Asking
) -> tuple[Obstacle, ...]:
    """What the plan itself and the gates say against carrying it out now."""
    return plan.obstacles + gates(
        resource=plan.resource,
        actor=asking.actor,
        heedless=operation.heedless,
        locks=await world.store.locks.held(asking.now),
        runs=await world.store.runs.open(),
        now=asking.now,
    )


def redact(text: str) -> str:
    """What looks like a secret, replaced: secrets never enter the audit or Slack."""
    return _SECRETS.sub("[redacted]", text)


def asking_again(request: Request, now: datetime, team: str = "") -> Asking:
    """The asking of a stored request, for planning it afresh."""
    return Asking(actor=request.actor, team=team, channel=request.channel, now=now)
