"""drop films.legacy_status

What was in it is gone: it cannot be undone, and says so.
"""

from __future__ import annotations

from alembic import op

revision = "3f2a9c1b7d20"
down_revision = "1a0c6f2e9b47"


def upgrade() -> None:
    """Nobody reads it any more."""
    op.drop_column("films", "legacy_status")


def downgrade() -> None:
    """There is no way back."""
    raise NotImplementedError("films.legacy_status is gone: 3f2a9c1b7d20 cannot be undone")
