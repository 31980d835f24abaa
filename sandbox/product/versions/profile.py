"""add films.render_profile

How a film is rendered; new ones get the standard.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "8c41de7a0b95"
down_revision = "3f2a9c1b7d20"


def upgrade() -> None:
    """The old code does not see it."""
    op.add_column("films", sa.Column("render_profile", sa.Text, server_default="standard"))


def downgrade() -> None:
    """Profiles that people chose are lost."""
    op.drop_column("films", "render_profile")
