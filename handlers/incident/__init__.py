"""`/filmops incident …`: one module a verb; the card's buttons and the dialogs stand for them.

No second person is asked: an incident must be taken, and paged, by one alone at night.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.engine.click import Action
from bot.engine.operation import Operation
from handlers.incident import (
    ack,
    assign,
    buttons,
    declare,
    escalate,
    listing,
    note,
    publish,
    report,
    resolve,
    severity,
    show,
    snooze,
)

OPERATIONS: tuple[Operation, ...] = (
    declare.OPERATION,
    listing.OPERATION,
    show.OPERATION,
    ack.OPERATION,
    resolve.OPERATION,
    note.OPERATION,
    assign.OPERATION,
    severity.OPERATION,
    escalate.OPERATION,
    snooze.OPERATION,
    report.OPERATION,
    publish.OPERATION,
)

ACTIONS: Mapping[str, Action] = buttons.ACTIONS
