"""A run's steps as Slack's plan block: what is done, what goes on, what it said.

Before: the journal's steps. After: `blocks.card` and `blocks.history`. The Slack adapter turns
it into plain lines for workspaces that refuse the block, so the state is in words too.
"""

from __future__ import annotations

from datetime import timedelta

from blocks import ids
from blocks.elements import MOST_TASKS, Block, rich_text
from blocks.text import count, cut_plain, duration, plain
from bot.domain.run import Run, RunState, Step, StepState

STATUSES = {
    StepState.PENDING: "pending",
    StepState.RUNNING: "in_progress",
    StepState.WAITING: "in_progress",
    StepState.DONE: "complete",
    StepState.FAILED: "error",
}


def progress(run: Run) -> Block:
    """One plan block with a task a step; far ones are counted when there are more than fifty."""
    done = sum(1 for step in run.way if step.state is StepState.DONE)
    of_way = "" if run.turned is None else " of the way back"
    return {
        "type": "plan",
        "block_id": ids.STEPS,
        "title": f"{done} of {count(len(run.way), 'step')}{of_way} done",
        "tasks": _tasks(run),
    }


def _tasks(run: Run) -> list[Block]:
    """Those that were begun, and those of its way: what will not come any more is left out."""
    steps = tuple(s for s in run.steps if s in run.way or s.state is not StepState.PENDING)
    if len(steps) <= MOST_TASKS:
        return [_task(run, step) for step in steps]
    present = run.next_step
    middle = steps.index(present) if present is not None else len(steps) - 1
    room = MOST_TASKS - 2
    first = min(max(0, middle - room // 2), len(steps) - room)
    shown = steps[first : first + room]
    before, after = steps[:first], steps[first + room :]
    return [
        *_counted("earlier", before),
        *(_task(run, step) for step in shown),
        *_counted("later", after),
    ]


def _counted(word: str, steps: tuple[Step, ...]) -> list[Block]:
    if not steps:
        return []
    done = all(step.state is StepState.DONE for step in steps)
    return [
        {
            "type": "task_card",
            "task_id": word,
            "title": f"{len(steps)} {word} steps{', all done' if done else ''}",
            "status": "complete" if done else "pending",
        }
    ]


def _task(run: Run, step: Step) -> Block:
    card: Block = {
        "type": "task_card",
        "task_id": f"step-{step.position}",
        "title": cut_plain(f"{step.position + 1}. {' '.join(plain(step.spec.title).split())}", 250),
        "status": _status(run, step),
    }
    words = said(step)
    if words:
        card["details"] = rich_text(words)
    return card


def _status(run: Run, step: Step) -> str:
    """Nothing turns unless the run does; where it was held or failed is where one must look."""
    if step.state is StepState.FAILED:
        return "error"
    if run.state in (RunState.HELD, RunState.FAILED) and step == run.next_step:
        return "error"
    if run.state is not RunState.RUNNING and STATUSES[step.state] == "in_progress":
        return "pending"
    return STATUSES[step.state]


def said(step: Step) -> str:
    """What a step has to say, plain: its result, else its progress, with how long it took."""
    words = step.result.get("said") or step.progress.get("said") or ""
    text = " ".join(plain(str(words)).split()) if words else ""
    # A step that waits has looked so often; that is no attempt that went wrong.
    again = step.attempt > 1 and step.state not in (StepState.DONE, StepState.WAITING)
    tries = f"attempt {step.attempt}" if again else ""
    took = _took(step)
    return " · ".join(part for part in (text, tries, took) if part)


def _took(step: Step) -> str:
    if step.started_at is None or step.ended_at is None:
        return ""
    length = step.ended_at - step.started_at
    return duration(length) if length >= timedelta(seconds=1) else ""
