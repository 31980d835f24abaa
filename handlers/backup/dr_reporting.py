"""A DR test's report step: the same on the way forward and on the way back.

Before: the steps that are done have left what they found in the journal. After: two files in the
thread, and the numbers in the change log, where the reminder for the next test looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain.dr_report import DrOutcome, DrReport, as_json, markdown
from bot.domain.dr_test import Asked, instance_name
from bot.domain.duration import in_words
from bot.domain.message import Attachment, Message
from bot.domain.request import Answer, Request
from bot.domain.run import Run, RunState, StepState
from bot.engine.dispatch import redact
from bot.engine.step import Done, Hold, Outcome, Work
from bot.ports import ThreadNote
from bot.topology import Topology


async def report(work: Work) -> Outcome:
    """Two files into the thread, whichever way the run goes."""
    store = work.world.store
    run, request = await store.runs.get(work.run), await store.requests.get(work.run)
    if run is None or request is None:
        return Hold(said="The journal has lost this run.")
    told = _told(work, run, request)
    for ending, text in (("md", markdown(told)), ("json", as_json(told))):
        note = ThreadNote(
            key=f"{run.name}:dr-report:{ending}",
            subject=run.name,
            message=Message(text=f"DR test of {told.database}: {told.outcome}. {_measured(told)}"),
            attachment=Attachment(
                name=f"dr-test-{run.name}.{ending}",
                title=f"DR test {run.name}",
                alt=f"The report of the DR test: {told.outcome}",
                content=redact(text).encode(),
            ),
        )
        await store.cards.note(note, work.now)
    return Done(said=_measured(told), detail={"change": dict(told.numbers)})


def _measured(told: DrReport) -> str:
    rpo = "not measured" if told.rpo is None else in_words(told.rpo)
    rto = "not measured" if told.rto is None else in_words(told.rto)
    return f"RPO {rpo}, RTO {rto}."


def _told(work: Work, run: Run, request: Request) -> DrReport:
    topology, database = work.world.topology, str(work.args["database"])
    chosen = work.results.get("backup.dr-test.choose", {})
    seen = work.results.get("backup.dr-test.integrity", {})
    tried = work.results.get("backup.dr-test.application", {})
    up = work.results.get("backup.dr-test.ready", {})
    began = _at(chosen, "began_at") or run.started_at
    snapshot_at, whole_at = _at(chosen, "created_at"), _at(seen, "seen_at")
    return DrReport(
        run=run.name,
        database=database,
        asked_by=_named(topology, request.actor),
        approved_by=tuple(
            _named(topology, each.actor)
            for each in request.approvals
            if each.answer is Answer.APPROVE
        ),
        outcome=_outcome(run),
        why=_why(run),
        snapshot=str(chosen.get("snapshot", "")),
        snapshot_at=snapshot_at,
        instance=instance_name(database, run.id),
        instance_class=str(up.get("class", "class not known")),
        began_at=began,
        rpo=None if snapshot_at is None else began - snapshot_at,
        rto=None if whole_at is None or seen.get("wrong") else whole_at - began,
        integrity=tuple(Asked(**each) for each in seen.get("integrity", ())),
        application=str(tried.get("application", "NOT tested: the test did not come so far.")),
        timezone=topology.studio.timezone,
        made_at=work.now,
    )


def _outcome(run: Run) -> DrOutcome:
    if run.turned is None:
        return DrOutcome.PASSED
    return DrOutcome.ABORTED if run.turned is RunState.ABORTED else DrOutcome.FAILED


def _why(run: Run) -> str:
    """What the step said that turned the run; of an abort that somebody asked for it."""
    if run.turned is None:
        return ""
    failed = next((step for step in run.steps if step.state is StepState.FAILED), None)
    said = str(failed.result.get("said", "")) if failed is not None else ""
    return said or run.note


def _at(result: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(str(result[name])) if name in result else None


def _named(topology: Topology, who: str) -> str:
    person = topology.person(who)
    return person.name if person is not None else who
