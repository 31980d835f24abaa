"""A workflow that deploys, followed to its end; and whether the release really has the traffic.

What fails turns the run round, unless the schema cannot be gone back to: then a person decides.
"""

from __future__ import annotations

from bot.domain.rollback import is_on
from bot.engine.step import Back, Done, Hold, Outcome, Work
from bot.engine.switching import service_of
from bot.engine.trying import look_again
from bot.engine.workflow import follow
from handlers.deploy.preparing import idle


def _failed(work: Work) -> type[Hold | Back]:
    return Back if work.args["reversible"] else Hold


async def followed(work: Work) -> Outcome:
    """The workflow, to its end."""
    outcome = await follow(work)
    return _failed(work)(said=outcome.said) if isinstance(outcome, Back) else outcome


async def landed(work: Work) -> Outcome:
    """All routes on the release's colour, which runs its version."""
    service, aws = service_of(work), work.world.aws
    routes = await aws.traffic.routes(service)
    tasks = await aws.containers.tasks(service, idle(work))
    off = [route.label for route in routes if not is_on(route, idle(work))]
    if not off and tasks.version == work.args["version"]:
        return Done(
            said=f"{idle(work)} runs {tasks.version} and has all the traffic.",
            detail={"arn": tasks.task_definition, "at": work.now.isoformat()},
        )
    where = f"{', '.join(off)} not on {idle(work)}" if off else f"{idle(work)} has the traffic"
    return look_again(work, f"{where}; it runs {tasks.version}", then=_failed(work))
