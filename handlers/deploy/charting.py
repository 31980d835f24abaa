"""A watch's chart into the thread of its run: both colours' minutes, thresholds, traffic steps.

Before: a watch has come to an end. After: the outbox; the run does not wait for Slack.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.chart import Mark, watched
from bot.domain.chart_words import alt
from bot.domain.live import Minute
from bot.domain.message import Attachment, Message
from bot.domain.run import StepState
from bot.domain.verdict import Verdict
from bot.domain.watch import Judged
from bot.engine.step import Work
from bot.engine.switching import service_of
from bot.ports import ThreadNote
from handlers.deploy.preparing import idle, live


async def post_chart(work: Work, new: Sequence[Judged], old: Sequence[Judged]) -> None:
    """Draw it and put it into the outbox, once for each time this step began."""
    run = await work.world.store.runs.get(work.run)
    step = run.next_step if run is not None else None
    if run is None or step is None or not (new or old):
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
        minutes={idle(work): _seen(new), live(work): _seen(old)},
        names=names,
        steps=_one_a_share(marks),
    )
    note = ThreadNote(
        key=f"{run.name}:chart:{step.position}:{work.started_at:%Y%m%dT%H%M%S}",
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


def _seen(history: Sequence[Judged]) -> list[tuple[Minute, Verdict]]:
    return [(one.minute, one.verdict) for one in history if one.minute is not None]


def _one_a_share(marks: Sequence[Mark]) -> list[Mark]:
    """Two routes move within a second: one line is enough, at the later."""
    return list({mark.label: mark for mark in marks}.values())
