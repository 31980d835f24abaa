"""What schedulers ask of AWS by themselves, beside all operations: for the bot's IAM policy.

Before: `bot.entrypoints.scheduler` does these. After: `filmops iam-policy`.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.engine.backups import NEEDS as BACKUPS
from bot.engine.dr_leftovers import NEEDS as LEFTOVERS
from bot.engine.patrol import NEEDS as PATROL

DUTIES: Mapping[str, tuple[str, ...]] = {
    "patrol": PATROL,
    "verification of backups": BACKUPS,
    "leftovers of DR tests": LEFTOVERS,
}
"""Methods of the AWS ports by duty."""
