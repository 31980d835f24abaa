"""A watch's chart into the thread of its run: both colours' minutes, thresholds, traffic steps.

Before: a watch has come to an end, and if it turned the run round, traffic is back. After: the
outbox; the run does not wait for Slack.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.chart import Mark, watched
from bot.domain.chart_words import alt
from bot.domain.live import Minute, Missing
from bot.domain.message import Attachment, Message
from bot.domain.run import Run, Step, StepState
from bot.domain.verdict import Verdict, closed
from bot.domain.watch import Judged
from bot.engine.look import part
from bot.engine.step import Work
from bot.engine.switching import service_of
from bot.ports import ThreadNote
from handlers.deploy.looking import Seen, look_at, weights_of
from handlers.deploy.preparing import idle, live


async def chart_this(work: Work, seen: Seen) -> None:
    """Of the present step, which is a watch."""
    run = await work.world.store.runs.get(work.run)
    step = run.next_step if run is not None else None
    if run is not None and step is not None:
        await _post(work, run, step, seen)


async def chart_what_turned_it(work: Work) -> None:
    """Of the watch that turned the run round, until now; nothing when it was no watch, or when
    CloudWatch does not tell: the way back is what counts.
    """
    run = await work.world.store.runs.get(work.run)
    for step in run.steps if run is not None else ():
        if run is None or not step.spec.promotable or step.state is not StepState.FAILED:
            continue
        since = step.started_at or work.started_at
        limit = int(step.spec.args["minutes"]) + work.world.topology.watch.trigger_minutes
        metrics = work.world.topology.metrics
        starts = closed(since=since, now=work.now, metrics=metrics, limit=limit)
        seen = await part(look_at(work, since, starts, weights_of(step.spec.args)))
        if not isinstance(seen, Missing):
            await _post(work, run, step, seen)


async def _post(work: Work, run: Run, step: Step, seen: Seen) -> None:
    """Draw it and put it into the outbox, once for each time the step began."""
    if not (seen.new or seen.old):
        return
    topology = work.world.topology
    names = {
        idle(work): f"{idle(work)} ({work.args['version']})",
        live(work): f"{live(work)} ({work.args['old_version']})",
    }
    marks = [
        Mark(at=done.ended_at, label=f"{done.spec.args['after'][str(idle(work))]} %")
        for done in run.steps
        if done.spec.name == "deploy.traffic"
        and done.state is StepState.DONE
        and done.ended_at is not None
    ]
    chart = watched(
        title=f"{run.name}: {work.args['version']} of {service_of(work).title}",
        zone=topology.studio.timezone,
        thresholds=topology.thresholds,
        metrics=topology.metrics,
        minutes={idle(work): _told(seen.new), live(work): _told(seen.old)},
        names=names,
        steps=_one_a_share(marks),
    )
    note = ThreadNote(
        key=f"{run.name}:chart:{step.position}:{step.started_at or work.started_at:%Y%m%dT%H%M%S}",
        subject=run.name,
        message=Message(text=f"{step.spec.title}: {alt(chart)}"),
        attachment=Attachment(
            name=f"{run.name}-{step.position + 1}.png",
            title=chart.title,
            alt=alt(chart),
            content=await work.world.charts.minutes(chart),
        ),
    )
    await work.world.store.cards.note(note, work.now)


def _told(history: Sequence[Judged]) -> list[tuple[Minute, Verdict]]:
    return [(one.minute, one.verdict) for one in history if one.minute is not None]


def _one_a_share(marks: Sequence[Mark]) -> list[Mark]:
    """Two routes move within a second: one line is enough, at the later."""
    return list({mark.label: mark for mark in marks}.values())
