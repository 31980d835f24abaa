"""Short answers to the person who typed or clicked, shown to them alone.

Before: dispatch and the actions, which know what came of it. After: the Slack adapter. An
answer says what was not done, why, and the exact thing to type next.
"""

from __future__ import annotations

from collections.abc import Sequence

from blocks import parts
from blocks.elements import Block, code, context, header, section
from blocks.text import channel, count, cut, escape, inline, moment, spoken, typed, utc
from bot.domain.message import Message
from bot.domain.reasons import Obstacle
from bot.domain.request import Request
from bot.domain.view import Outlook

_MOST_OBSTACLES = 20


def said(text: str) -> Message:
    """A plain answer; `text` is foreign and is shown literally, its lines kept."""
    words = cut(escape(text.strip()), 3000) if text.strip() else "Done."
    return Message(text=words, blocks=(section(words),))


def line(text: str) -> Message:
    """A sentence of the engine's own: who is named in it is mentioned, the rest is letters."""
    words = spoken(text, 3000)
    return Message(text=words, blocks=(section(words),))


def output(title: str, text: str) -> Message:
    """What a program wrote, under a plain title; foreign, and shown literally."""
    head = inline(title, 200)
    words = cut(f"{head}: {escape(' '.join(text.split()))}", 3000)
    return Message(text=words, blocks=(code(text, f"*{head}*"),))


def mistake(message: str, hint: str = "") -> Message:
    """The words were off; `hint` is what to type instead. Nothing was done."""
    words = spoken(message, 2000)
    return Message(
        text=f"Not understood: {words}" + (f" Try: {inline(hint, 900)}" if hint.strip() else ""),
        blocks=(
            section(f":grey_question: *Not understood, nothing was done.* {words}"),
            *_try(hint),
        ),
    )


def unable(message: str, hint: str = "") -> Message:
    """It was understood, and the world said no or not now; `hint` is what can be done about it."""
    words = spoken(message, 2000)
    return Message(
        text=f"It could not be done: {words}" + (f" Try: {inline(hint, 900)}" if hint else ""),
        blocks=(section(f":warning: *It could not be done.* {words}"), *_try(hint)),
    )


def refused(obstacles: Sequence[Obstacle]) -> Message:
    """Understood and not done: every obstacle with its code and what clears it."""
    reasons = " ".join(spoken(obstacle.message, 300) for obstacle in obstacles)
    return Message(
        text=cut(f"Refused, nothing was done: {reasons or 'no reason was given.'}", 3000),
        blocks=(
            section(":no_entry: *Refused, nothing was done.*"),
            *_obstacles(obstacles),
        ),
    )


def failed(number: str) -> Message:
    """An unknown error; the log has it under the same number."""
    shown = typed(number, 60)
    words = (
        f"Something unexpected went wrong. It is written down under number {shown}. "
        "Look at `/filmops status` before you try again."
    )
    return Message(text=words, blocks=(section(f":warning: {words}"),))


def asked(request: Request) -> Message:
    """The request is stored and its card is on its way."""
    where = channel(request.channel)
    if request.still_needed:
        boxes = count(len(request.plan.boxes), "tick") + " and " if request.plan.boxes else ""
        need = boxes + count(request.still_needed, "approval")
        words = f"{request.name} is waiting in {where} for {need}, until "
        text, shown = words + utc(request.expires_at), words + moment(request.expires_at)
    else:
        text = shown = f"{request.name} needs no approval and starts now; see {where}"
    return Message(
        text=f"{text}.",
        blocks=(
            section(f":hourglass_flowing_sand: {shown}."),
            context(f"{inline(request.plan.summary)} · all of it: `{parts.show(request)}`"),
        ),
    )


def outlook(view: Outlook) -> Message:
    """What a command would need and what is in its way; nothing is asked by looking."""
    if view.obstacles:
        verdict = f"would be refused now: {count(len(view.obstacles), 'thing')} in the way"
    elif view.needed:
        verdict = f"would need {count(view.needed, 'approval')} from {parts.roles(view.approvers)}"
    else:
        verdict = "would be done at once, without approval"
    icon = "⛔" if view.obstacles else "✅"
    return Message(
        text=f"It {verdict}. {inline(view.summary, 1500)}",
        blocks=(
            header(f"{icon} It {verdict}"),
            section(f"*What:* {inline(view.summary, 2800)}"),
            *_obstacles(view.obstacles),
            context("Only looked at: nothing was asked for and nothing was changed."),
        ),
    )


def _obstacles(obstacles: Sequence[Obstacle]) -> list[Block]:
    blocks = [section(_obstacle(obstacle)) for obstacle in obstacles[:_MOST_OBSTACLES]]
    left = len(obstacles) - len(blocks)
    return [*blocks, context(f"… and {left} more in the way")] if left else blocks


def _obstacle(obstacle: Obstacle) -> str:
    clears = f"\nTo clear it: {_hint(obstacle.unblock)}" if obstacle.unblock.strip() else ""
    return f"• {spoken(obstacle.message, 1200)} ({typed(obstacle.code, 60)}){clears}"


def _try(hint: str) -> list[Block]:
    return [section(f"*Try:* {_hint(hint)}")] if hint.strip() else []


def _hint(hint: str) -> str:
    """A command as code, a sentence as a sentence."""
    return typed(hint, 1000) if hint.strip().startswith("/filmops") else spoken(hint, 1000)
