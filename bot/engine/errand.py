"""A one-off task from its start to its exit code, its output in the thread of its run.

Before: a step of a deployment or of `/filmops db …`. After: the Errands port. Its key is the run's:
asked twice ECS starts one task, and a step begun again after a crash finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.release import Errand, ErrandState
from bot.engine.dispatch import redact
from bot.engine.step import Outcome, Work
from bot.engine.switching import service_of
from bot.engine.trying import wait_on
from bot.ports import ThreadNote
from bot.topology import Colour

NEEDS = ("errands.find", "errands.start", "errands.output")
"""What it asks of AWS, for the `needs` of operations that run one."""

LINES = 15
"""Lines of a task's output in one message of the thread."""

MOST_LINES = 1000
"""Of its output in the thread, all in all; CloudWatch has the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is run: `word` names it in keys and messages, once a run (`migration`, `status`).

    Without a `command` it is the migration's own.
    """

    word: str
    key: str
    colour: Colour
    image: str
    seconds: float
    command: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """It is over; without an exit code it never began."""

    exit_code: int | None
    reason: str
    lines: tuple[str, ...]

    @property
    def how(self) -> str:
        """In words, for what did not go well."""
        ended = "did not start" if self.exit_code is None else f"ended with {self.exit_code}"
        return f"{ended}: {self.reason or 'no reason given'}. See the thread."


async def carried(work: Work, job: Job) -> Ended | Outcome:
    """Start it, or look how it goes: Ended when it is over, else what the step comes to."""
    service, errands = service_of(work), work.world.aws.errands
    name = f"The {job.word}"
    errand = await errands.find(service, job.key)
    if errand is None:
        # Asked twice with one key, ECS starts one task: a list that lags does no harm.
        await errands.start(
            service,
            job.colour,
            image=job.image,
            key=job.key,
            command=job.command,
            fence=work.fence,
        )
        return wait_on(work, f"{name} is starting.", job.seconds)
    lines = await _output(work, job, errand)
    if errand.state is not ErrandState.STOPPED:
        said = f"{name} is {errand.state}; {len(lines)} lines so far."
        return wait_on(work, said, job.seconds, shown=len(lines))
    return Ended(exit_code=errand.exit_code, reason=errand.reason, lines=lines)


async def _output(work: Work, job: Job, errand: Errand) -> tuple[str, ...]:
    """Put what is new of the task's output into the thread; all of it by now."""
    shown = int(work.progress.get("shown", 0))
    lines = await work.world.aws.errands.output(
        service_of(work), errand, since=work.started_at, limit=MOST_LINES
    )
    for first in range(shown, len(lines), LINES):
        some = lines[first : first + LINES]
        text = "\n".join(line.text for line in some)
        note = ThreadNote(
            # Keyed by its place: read again after a crash, it is the same message.
            key=f"R{work.run}:{job.word}:{first}:{len(some)}",
            subject=f"R{work.run}",
            # A program's words may hold a secret.
            message=work.world.voice.output(job.word.capitalize(), redact(text)),
        )
        await work.world.store.cards.note(note, work.now)
    return tuple(line.text for line in lines)
