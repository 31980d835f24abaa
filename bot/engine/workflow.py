"""A workflow of GitHub Actions as steps of a run: started once, followed to its end.

The other executor (runbook: *Navigate to GitHub Actions*). Before: a plan whose step names the
service and the action. After: `bot.ports.code`. GitHub takes a workflow and shows its run seconds
later, so whoever may be the second to start it looks that long for the first.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.code import SHOWN_SECONDS, WorkflowRun, WorkflowState
from bot.domain.reasons import Reason
from bot.engine.step import Back, Done, Hold, Outcome, Wait, Work
from bot.engine.switching import service_of
from bot.engine.trying import wait_on
from bot.engine.world import World
from bot.errors import Refused
from bot.ports import Code
from bot.topology import GithubSource, Service

BETWEEN_LOOKS = 2.0
FOLLOW_SECONDS = 10.0


async def dispatch(work: Work) -> Outcome:
    """Start it, unless a run with this run's key is there already."""
    code, source = require_workflow(work.world, service_of(work))
    run = await code.find(source, _key(work), work.started_at)
    if run is not None:
        return Done(said=f"The workflow runs: {run.url}", detail={"id": run.id, "url": run.url})
    uncertain = work.deaths + int(work.progress.get("faults", 0))
    if work.progress.get("sent"):
        return _look(work, uncertain)
    if uncertain > int(work.progress.get("uncertain", 0)):
        # Somebody died here, or an answer was lost: it may have been started.
        until = work.now + timedelta(seconds=SHOWN_SECONDS)
        progress = {**work.progress, "uncertain": uncertain, "until": until.isoformat()}
        said = {"said": "Looking whether the workflow was started already."}
        return Wait(seconds=BETWEEN_LOOKS, progress={**progress, **said})
    if "until" in work.progress and work.now < datetime.fromisoformat(work.progress["until"]):
        return Wait(seconds=BETWEEN_LOOKS, progress=work.progress)
    to_do = source.to_deploy if work.args["action"] == "deploy" else source.to_roll_back
    inputs = to_do(
        version=str(work.args["version"]), service=str(work.args["service"]), run=f"R{work.run}"
    )
    await code.dispatch(source, inputs=inputs, key=_key(work), fence=work.fence)
    until = work.now + timedelta(seconds=2 * SHOWN_SECONDS)
    progress = {"sent": True, "until": until.isoformat(), "said": "GitHub has taken it."}
    return Wait(seconds=BETWEEN_LOOKS, progress={**work.progress, **progress})


def _look(work: Work, uncertain: int) -> Outcome:
    if work.now < datetime.fromisoformat(work.progress["until"]):
        return Wait(seconds=BETWEEN_LOOKS, progress={**work.progress, "uncertain": uncertain})
    return Hold(said="GitHub took the workflow and shows no run of it: look there before Resume.")


async def follow(work: Work) -> Outcome:
    """To its end. One that fails turns the run round."""
    source, run = await _started(work)
    if run.state is WorkflowState.COMPLETED:
        if run.succeeded:
            return Done(said=f"{run.url} succeeded.")
        return Back(said=f"{run.url} ended as {run.conclusion or 'nothing known'}.")
    said = f"{run.url} is {run.state}."
    if (work.now - work.started_at).total_seconds() > source.seconds:
        return Hold(said=f"{said} That takes longer than {source.seconds:g} s.")
    return Wait(seconds=FOLLOW_SECONDS, progress={"said": said})


async def ended(work: Work) -> Outcome | None:
    """None when no workflow of this run goes on; else wait for it. A run that has turned round does
    not stop GitHub: what still goes on there may move traffic after it was put back.
    """
    if not any(name.endswith(".dispatch") for name in work.results):
        return None
    source, run = await _started(work)
    if run.state is WorkflowState.COMPLETED:
        return None
    said = f"{run.url} still goes on and may move traffic: cancel it there."
    return wait_on(work, said, source.seconds)


async def _started(work: Work) -> tuple[GithubSource, WorkflowRun]:
    code, source = require_workflow(work.world, service_of(work))
    name = next(name for name in work.results if name.endswith(".dispatch"))
    return source, await code.run(source, int(work.results[name]["id"]))


def require_workflow(world: World, service: Service) -> tuple[Code, GithubSource]:
    """GitHub and where the service's workflow is. Raises Refused when it has none."""
    source = service.deploy.github if service.deploy is not None else None
    if source is None or not source.workflow or world.code is None:
        raise Refused(
            f"{service.title} has no workflow on GitHub, or GITHUB_TOKEN is not set.",
            code=Reason.NOT_DEPLOYABLE,
            hint=f"A maintainer adds workflow to [services.{service.key}.deploy.github].",
        )
    return world.code, source


def _key(work: Work) -> str:
    return f"filmops-R{work.run}"
