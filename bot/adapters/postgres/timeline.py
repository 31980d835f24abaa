"""Lines of an incident's timeline, each also a note for the thread of its card."""

from __future__ import annotations

from collections.abc import Sequence

from bot.adapters.postgres.pool import Connection, run
from bot.adapters.stored import MESSAGE, clean, written
from bot.domain.incident import Happening
from bot.domain.message import Message


async def tell(connection: Connection, incident: int, happening: Happening) -> None:
    """Write it down and put it into the card's thread, in the caller's transaction."""
    line = written_line(happening)
    await run(connection, "insert_happening", incident=incident, at=happening.at, **line)


def written_line(happening: Happening) -> dict[str, str]:
    """The columns of a line and of its note."""
    text = clean(happening.text)
    return {
        "kind": happening.kind,
        "actor": clean(happening.actor),
        "text": text,
        "message": written(MESSAGE.dump_python(Message(text=text))),
    }


async def tell_children(connection: Connection, ids: Sequence[int], happening: Happening) -> None:
    """The same line in the children's timelines; their threads need not say it all again."""
    await run(
        connection,
        "insert_happenings",
        ids=list(ids),
        at=happening.at,
        kind=happening.kind,
        actor=clean(happening.actor),
        text=clean(happening.text),
    )
