"""`/filmops scale TARGET …`: more or fewer of what runs (runbook, *Scaling Operations*).

Tasks of a service, instances of a worker group, the class of a database, its read replicas: which
one is decided by what the target is. The plans are in `service`, `group`, `database` and `replica`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from bot.domain.plan import Plan
from bot.engine.holding import HeldFor
from bot.engine.look import NEEDS as LOOK
from bot.engine.operation import Context, Operation, Params
from bot.engine.step import StepCode
from bot.errors import UserError
from bot.topology import Database, Risk
from handlers.scale import database_steps, group_steps, service_steps
from handlers.scale.database import plan_check, plan_resize
from handlers.scale.group import plan_group
from handlers.scale.order import USAGE, Order, split_lasting
from handlers.scale.replica import plan_add, plan_remove
from handlers.scale.returning import take_back
from handlers.scale.service import plan_service

LONGEST = timedelta(days=7)

NEEDS = (
    *LOOK,
    *("rollers.rollouts", "rollers.room", "rollers.update", "logs.search"),
    *("scaling.service", "scaling.bounds", "scaling.group", "scaling.busy"),
    *("scaling.desire", "scaling.limits", "scaling.protect", "queues.state"),
    *("instances.find", "instances.classes", "instances.resize"),
    *("instances.replicate", "instances.remove", "databases.state"),
)

Bound = Annotated[int, Field(ge=0, le=10_000)]


class ScaleParams(Params):
    """What, how many or which class, for how long and within which bounds, and why. `more` is what
    follows the amount: `for 2h`, `add NAME`, and then the reason. See docs/commands.md.
    """

    target: str = Field(json_schema_extra={"names": "targets"})
    amount: str | None = Field(default=None, max_length=60)
    min_: Bound | None = Field(default=None, json_schema_extra={"option": True})
    max_: Bound | None = Field(default=None, json_schema_extra={"option": True})
    for_: HeldFor | None = Field(default=None, json_schema_extra={"option": True})
    when: Literal["window", "now"] | None = Field(default=None, json_schema_extra={"option": True})
    check: bool = Field(default=False, json_schema_extra={"option": True})
    more: str = Field(default="", max_length=500, json_schema_extra={"rest": True})

    @property
    def reason(self) -> str:
        """Why: what is left of the words."""
        if (self.amount or "").lower() == "replica":
            return " ".join(self.more.split()[2:])
        try:
            return split_lasting(self.more)[1]
        except UserError:
            return self.more


async def plan(context: Context, params: ScaleParams) -> Plan:
    """By what the target is. Raises Refused and UserError."""
    topology = context.topology
    database = topology.databases.get(params.target)
    service = topology.services.get(params.target)
    if service is not None:
        return await plan_service(context.world, service, _order(params))
    if params.target in topology.groups:
        group = topology.groups[params.target]
        return await plan_group(context.world, group, _order(params))
    if database is None:
        raise UserError(f"filmops.toml has no {params.target} any more.", hint=USAGE)
    return await _database(context, params, database)


def _order(params: ScaleParams) -> Order:
    if params.when is not None or params.check:
        raise UserError("--when and --check are a database's.", hint=USAGE)
    lasting, _ = split_lasting(params.more)
    if lasting is not None and params.for_ is not None:
        raise UserError("How long is said twice.", hint=USAGE)
    lasting = lasting or params.for_
    if lasting is not None and lasting > LONGEST:
        raise UserError(f"{LONGEST.days} days are the longest.", hint=USAGE)
    if params.amount is None and params.min_ is None and params.max_ is None:
        raise UserError(f"How many of {params.target}?", hint=USAGE)
    return Order(
        target=params.target,
        amount=params.amount,
        minimum=params.min_,
        maximum=params.max_,
        lasting=lasting,
    )


async def _database(context: Context, params: ScaleParams, database: Database) -> Plan:
    if params.min_ is not None or params.max_ is not None or params.for_ is not None:
        raise UserError("A database has no --min, --max and --for.", hint=USAGE)
    if params.amount is None:
        raise UserError(f"To which class, or replica add|remove? ({database.key})", hint=USAGE)
    if params.amount.lower() == "replica":
        return await _replica(context, params, database)
    if split_lasting(params.more)[0] is not None:
        raise UserError("A class does not return by itself: each way is an outage.", hint=USAGE)
    wanted = params.amount.lower()
    if params.check:
        return await plan_check(context.world, database, wanted)
    return await plan_resize(context.world, database, wanted, now=params.when == "now")


async def _replica(context: Context, params: ScaleParams, database: Database) -> Plan:
    verb, _, rest = params.more.strip().partition(" ")
    name = rest.strip().partition(" ")[0].lower()
    if verb.lower() == "add":
        return await plan_add(context.world, database, name)
    if verb.lower() == "remove":
        return await plan_remove(context.world, database, name)
    raise UserError("replica add, or replica remove?", hint=USAGE)


OPERATION = Operation(
    name="scale",
    summary="Change how much runs: tasks, workers, a database's class, its replicas.",
    risk=Risk.CHANGE,
    params=ScaleParams,
    examples=(
        "scale backend 8",
        "scale backend +2 for 2h premiere",
        "scale backend 8 --min 8",
        "scale gpu 5 for 2h",
        "scale gpu 8 --max 8",
        "scale db db.r6g.2xlarge",
        "scale db db.r6g.2xlarge --when now",
        "scale db replica add",
        "scale db replica remove prod-db-read-replica-1",
    ),
    plan=plan,
    steps={
        **service_steps.STEPS,
        **group_steps.STEPS,
        **database_steps.STEPS,
        "scale.return": StepCode(act=take_back),
    },
    needs=NEEDS,
)
