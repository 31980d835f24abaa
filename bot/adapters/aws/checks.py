"""AWS's part of `filmops check`: who we are, what is there, what we may do.

Before it comes the command; after it `looks` (each name once, as the bot would read it) and
`simulation` (what IAM says). Where IAM may not be asked, the looks speak for the reads, and a
permission to change stays unknown, which is said and does not pass: a rollback at night is no
time to find out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.adapters.aws.build import build_aws
from bot.adapters.aws.faults import Denied, told
from bot.adapters.aws.look import Look
from bot.adapters.aws.looks import Looks
from bot.adapters.aws.permissions import PERMISSIONS, On, Permission
from bot.adapters.aws.resources import Caller, Found, deployed, missed, resources
from bot.adapters.aws.series import answered_at
from bot.adapters.aws.session import AwsClients
from bot.adapters.aws.simulation import ACTION as SIMULATE
from bot.adapters.aws.simulation import Ruling, principal, rulings
from bot.errors import FilmOpsError, OperationFailed, Temporary
from bot.ports import Finding
from bot.topology import Topology

_AGAIN = "Check again; if it stays, look at the network and at AWS_ENDPOINT_URL (if set)."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A look and what came of it."""

    look: Look
    said: str
    error: FilmOpsError | None = None


class AwsChecks:
    """bot.ports.Checks on AWS."""

    def __init__(
        self,
        topology: Topology,
        *,
        endpoint_url: str | None = None,
        clients: AwsClients | None = None,
    ) -> None:
        self._topology = topology
        self._clients = clients or AwsClients(topology, endpoint_url=endpoint_url)
        self._aws = build_aws(topology, clients=self._clients)

    async def check(self) -> Sequence[Finding]:
        """Identity first: without one, nothing else can be told from a denial."""
        try:
            answer = await self._clients.run(self._caller)
        except FilmOpsError as error:
            fix = error.hint or _AGAIN
            return [Finding(subject="AWS identity", ok=False, said=error.message, fix=fix)]
        caller = Caller(arn=answer["Arn"], account=answer["Account"], region=self._clients.region)
        identity = Finding(subject="AWS identity", ok=True, said=f"{caller.arn} in {caller.region}")
        looks = Looks(self._topology, clients=self._clients, aws=self._aws, now=answered_at(answer))
        seen = await asyncio.gather(*(_look(look) for look in looks.all()))
        arns = resources(self._topology, caller, looks.found)
        ruled, why_not = await self._rulings(caller, arns)
        needless = self._needless(arns, looks.found)
        permissions = [
            needless.get(each.action) or _permitted(each, ruled, seen, why_not)
            for each in PERMISSIONS
        ]
        return [identity, *(_finding(each) for each in seen), *permissions]

    def _caller(self) -> Any:
        with told("sts:GetCallerIdentity", "who we are"):
            return self._clients.sts().get_caller_identity()

    async def _rulings(
        self, caller: Caller, arns: Mapping[On, Sequence[str]]
    ) -> tuple[dict[str, Ruling], str]:
        """IAM's rulings by action; or none, and why IAM could not be asked."""
        source = principal(caller.arn, self._topology.studio.role_arn)
        try:
            return await self._clients.run(rulings, self._clients, source, arns), ""
        except FilmOpsError as error:
            return {}, error.message

    def _needless(self, arns: Mapping[On, Sequence[str]], found: Found) -> dict[str, Finding]:
        """The lines of permissions that nobody needs, or nothing can be tested on."""
        lacking, deploying = missed(self._topology, found), deployed(self._topology)
        lines: dict[str, Finding] = {}
        for each in PERMISSIONS:
            said, ok = "", True
            if each.release and not deploying:
                said = "not needed: no service has [services.KEY.deploy]"
            elif each.changes and each.on is not On.ANYTHING and not arns[each.on]:
                said = f"not tested: nothing found to {each.purpose.partition(' (')[0]} by it"
                ok = each.on not in lacking
            if said:
                fix = "" if ok else _allow(each)
                lines[each.action] = Finding(subject=each.action, ok=ok, said=said, fix=fix)
        return lines


async def _look(look: Look) -> _Seen:
    try:
        return _Seen(look=look, said=await look.run())
    except FilmOpsError as error:
        return _Seen(look=look, said=error.message, error=error)


def _finding(seen: _Seen) -> Finding:
    if seen.error is None:
        return Finding(subject=seen.look.subject, ok=True, said=seen.said)
    fix = seen.error.hint or f"Compare {seen.look.path} in filmops.toml with AWS."
    if isinstance(seen.error, Temporary):
        fix = seen.error.hint or _AGAIN
    elif isinstance(seen.error, OperationFailed) and seen.error.code == "not_found":
        fix = f"Correct {seen.look.path} in filmops.toml, or create it."
    return Finding(subject=seen.look.subject, ok=False, said=seen.said, fix=fix)


def _permitted(
    permission: Permission, ruled: Mapping[str, Ruling], seen: Sequence[_Seen], why_not: str
) -> Finding:
    """IAM's word where there is one; else what the looks met."""
    action, purpose, fix = permission.action, permission.purpose, _allow(permission)
    ruling = ruled.get(action)
    if ruling is not None:
        said = f"{ruling.said}: {purpose}"
        return Finding(
            subject=action, ok=ruling.allowed, said=said, fix="" if ruling.allowed else fix
        )
    if permission.changes:
        ask = f"Allow {SIMULATE} to filmops' IAM role, so that this can be tested."
        return Finding(subject=action, ok=False, said=f"not tested: {why_not}", fix=ask)
    if any(isinstance(each.error, Denied) and each.error.action == action for each in seen):
        return Finding(subject=action, ok=False, said=f"denied: {purpose}", fix=fix)
    if any(each.error is None and action in each.look.actions for each in seen):
        return Finding(subject=action, ok=True, said=f"allowed, as tried: {purpose}")
    said = "not tested: what needs it could not be looked at"
    return Finding(subject=action, ok=False, said=said, fix=fix)


def _allow(permission: Permission) -> str:
    return f"Allow {permission.action} to filmops' IAM role ({permission.purpose})."
