"""Whether the audit log holds, looked at while others write to it.

Before it: `filmops audit verify`. The judgement on rows that stand still is `bot.domain.audit`'s.
"""

from __future__ import annotations

from bot.domain.audit import Head, broken
from bot.ports import AuditLog


async def examined(audit: AuditLog) -> tuple[int, str | None]:
    """How many rows it has, and the first thing wrong with them; None when they hold.

    The head is read before the rows: up to it none may be missing. What was written after that
    must follow, and a head that is read last must know of it: a row nobody's head knows is forged.
    """
    head = await audit.head()
    rows = [row async for row in audit.rows()]
    wrong = broken(rows[: head.number], head)
    if wrong is None and len(rows) > head.number:
        last, later = rows[-1], await audit.head()
        end = Head(number=last.number, hash=last.hash)
        wrong = broken(rows, end if end.number < later.number else later)
    return len(rows), wrong
