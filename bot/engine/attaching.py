"""A note's file: into the thread after its words, or words that say that it is not there.

Before: `bot.engine.publisher` has posted the words, found by their key when it is done again.
After: the note counts as posted. Slack gives a shared file no name to look for, so an upload that
did not come to its end is made again, and counted before it begins: a crash, or a network that
lets Slack's files not through, must not hold up a thread for ever.
"""

from __future__ import annotations

import logging

from bot.domain.message import Attachment, Message
from bot.engine.world import World
from bot.errors import OperationFailed
from bot.ports import ThreadNote

log = logging.getLogger("filmops.publisher")

FILES = ("files.upload", 100.0, 10.0)
"""Slack's budget for files, shared by all processes: name, per minute, burst."""

MOST_UPLOADS = 5
"""Half a minute of trying; also how often a file may be in the thread when answers are lost."""


async def attach(
    world: World, note: ThreadNote, file: Attachment, message: Message, ts: str
) -> None:
    """Upload the file, or say in the message `ts` why it is missing. Raises Temporary."""
    if note.uploads >= MOST_UPLOADS:
        why = f"the file may be missing, Slack did not confirm it in {MOST_UPLOADS} tries"
        await _without(world, note, message, ts, _sentences(f"{file.title}: {why}", file.alt))
        return
    await world.store.cards.note_uploading(note.key)
    try:
        await world.chat.upload(
            channel=note.channel,
            thread=note.thread,
            name=file.name,
            content=file.content,
            title=file.title,
            alt=file.alt,
        )
    except OperationFailed as refused:
        said = f"{file.title}: the file could not be put here"
        words = _sentences(said, refused.message, refused.hint, file.alt)
        await _without(world, note, message, ts, words)


async def _without(world: World, note: ThreadNote, message: Message, ts: str, why: str) -> None:
    """Its alt text, if there is one, stands in for a picture."""
    log.error("note %s is without its file: %s", note.key, why)
    said = world.voice.line(why)
    whole = Message(text=f"{message.text} {said.text}", blocks=(*message.blocks, *said.blocks))
    await world.chat.update(channel=note.channel, ts=ts, message=whole)


def _sentences(*parts: str) -> str:
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)
