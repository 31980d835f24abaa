"""Every name Slack hands back to us: buttons, inputs, views.

Before: nothing. After: `blocks` puts them on buttons and the actions in `handlers` answer to
them. The part before the dot says where the thing stands: on a card or answer (`filmops`), on
the Home tab (`home`), in the rollback dialog (`rollback`). A button's value is an id's digits,
never state.
"""

from __future__ import annotations

from typing import Final

APPROVE: Final = "filmops.approve"
REJECT: Final = "filmops.reject"
PAUSE: Final = "filmops.pause"
RESUME: Final = "filmops.resume"
ABORT: Final = "filmops.abort"
"""Value of these five: the request's number, which is its run's number too."""

HOME_ROLLBACK: Final = "home.rollback"
HOME_STATUS: Final = "home.status"
HOME_REFRESH: Final = "home.refresh"
HOME_SHOW: Final = "home.show"
"""`home.show` has the request's number as its value; the other three have none."""

ACTIONS: Final = (
    APPROVE,
    REJECT,
    PAUSE,
    RESUME,
    ABORT,
    HOME_ROLLBACK,
    HOME_STATUS,
    HOME_REFRESH,
    HOME_SHOW,
)
"""All buttons there are; tests/test_completeness.py compares them with those that answer."""

ROLLBACK_MODAL: Final = "rollback.modal"
ROLLBACK_SERVICE: Final = "rollback.service"
ROLLBACK_REASON: Final = "rollback.reason"
"""The dialog's callback_id; each input's block_id and action_id are the same word."""

STEPS: Final = "filmops.steps"
"""The plan block keeps this block_id over all updates: with a new one it would collapse."""
