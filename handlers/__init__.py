"""One module per verb an engineer can type, and what each button does."""

from __future__ import annotations

from collections.abc import Mapping

from bot.engine.click import Action
from bot.engine.operation import Operation
from handlers import (
    autoscaling,
    backup,
    checklist,
    db,
    decide,
    deploy,
    escalation,
    freeze,
    history,
    home_tab,
    incident,
    lock,
    maintenance,
    oncall,
    operations,
    releases,
    retire,
    rollback,
    scale,
    show,
    status,
    steer,
    unfreeze,
    unlock,
    why,
)
from handlers import help as help_

OPERATIONS: tuple[Operation, ...] = (
    help_.OPERATION,
    status.OPERATION,
    rollback.OPERATION,
    deploy.OPERATION,
    retire.OPERATION,
    scale.OPERATION,
    autoscaling.OPERATION,
    *db.OPERATIONS,
    why.OPERATION,
    operations.OPERATION,
    history.OPERATION,
    releases.OPERATION,
    show.OPERATION,
    lock.OPERATION,
    unlock.OPERATION,
    freeze.OPERATION,
    unfreeze.OPERATION,
    *incident.OPERATIONS,
    oncall.OPERATION,
    *escalation.OPERATIONS,
    *maintenance.OPERATIONS,
    *backup.OPERATIONS,
)
"""Every verb, in the order help lists them."""

ACTIONS: Mapping[str, Action] = {
    **decide.ACTIONS,
    **checklist.ACTIONS,
    **steer.ACTIONS,
    **incident.ACTIONS,
    **home_tab.ACTIONS,
}
"""Every button, dialog and event by the name Slack hands back."""
