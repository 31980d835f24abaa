"""Every name Slack hands back to us: buttons, inputs, views.

Before: nothing. After: `blocks` puts them on buttons and the actions in `handlers` answer to
them. The part before the dot says where the thing stands: on a card or answer (`filmops`), on
the Home tab (`home`), in a dialog (`rollback`, `incident`, `checklist`). A button's value is an id,
never state.
"""

from __future__ import annotations

from typing import Final

APPROVE: Final = "filmops.approve"
REJECT: Final = "filmops.reject"
CANCEL: Final = "filmops.cancel"
PAUSE: Final = "filmops.pause"
RESUME: Final = "filmops.resume"
ABORT: Final = "filmops.abort"
PROMOTE: Final = "filmops.promote"
"""Value of these seven: the request's number, which is its run's number too."""

CHECKLIST: Final = "filmops.checklist"
"""Value: the subject of the card it stands on, `R42`, `A42`."""

INCIDENT_ACK: Final = "filmops.incident_ack"
INCIDENT_RESOLVE: Final = "filmops.incident_resolve"
INCIDENT_ESCALATE: Final = "filmops.incident_escalate"
INCIDENT_NOTE: Final = "filmops.incident_note"
INCIDENT_ROLLBACK: Final = "filmops.incident_rollback"
"""Value of these five: the incident's number."""

HOME_ROLLBACK: Final = "home.rollback"
HOME_STATUS: Final = "home.status"
HOME_REFRESH: Final = "home.refresh"
HOME_SHOW: Final = "home.show"
"""`home.show` has the request's number as its value; the other three have none."""

HOME_DECLARE: Final = "home.declare"
HOME_INCIDENT: Final = "home.incident"
HOME_ACK: Final = "home.ack"
"""`home.incident` and `home.ack` have the incident's number; `home.declare` has none."""

ACTIONS: Final = (
    APPROVE,
    REJECT,
    CANCEL,
    PAUSE,
    RESUME,
    ABORT,
    PROMOTE,
    CHECKLIST,
    INCIDENT_ACK,
    INCIDENT_RESOLVE,
    INCIDENT_ESCALATE,
    INCIDENT_NOTE,
    INCIDENT_ROLLBACK,
    HOME_ROLLBACK,
    HOME_STATUS,
    HOME_REFRESH,
    HOME_SHOW,
    HOME_DECLARE,
    HOME_INCIDENT,
    HOME_ACK,
)
"""All buttons there are; tests/test_completeness.py compares them with those that answer."""

ROLLBACK_MODAL: Final = "rollback.modal"
ROLLBACK_SERVICE: Final = "rollback.service"
ROLLBACK_REASON: Final = "rollback.reason"
"""The dialog's callback_id; each input's block_id and action_id are the same word."""

DECLARE_MODAL: Final = "incident.declare"
DECLARE_SERVICE: Final = "incident.service"
DECLARE_SEVERITY: Final = "incident.severity"
DECLARE_TITLE: Final = "incident.title"
DECLARE_OWNER: Final = "incident.owner"
NOTE_MODAL: Final = "incident.note"
NOTE_TEXT: Final = "incident.text"
"""Two dialogs more; the note's `private_metadata` is the incident's number."""

CHECKLIST_MODAL: Final = "checklist.modal"
CHECKLIST_BOXES: Final = "checklist.boxes"
"""A dialog's fields are `checklist.boxes.0`, `.1`, …; its `private_metadata` is a JSON list: the
card's subject, then the keys that were ticked when it was opened."""

STEPS: Final = "filmops.steps"
"""The plan block keeps this block_id over all updates: with a new one it would collapse."""
