"""films, users, renders

What the studio began with.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1a0c6f2e9b47"
down_revision = None


def upgrade() -> None:
    """Three tables, and rows to look at."""
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_table(
        "films",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("legacy_status", sa.Text),
    )
    op.create_table(
        "renders",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("film_id", sa.Integer, sa.ForeignKey("films.id"), nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
    )
    op.execute("INSERT INTO users SELECT n, 'User ' || n FROM generate_series(1, 40) n")
    op.execute(
        "INSERT INTO films SELECT n, 1 + n % 40, 'Film ' || n,"
        " (ARRAY['done', 'done', 'done', 'rendering', 'failed'])[1 + n % 5], 'old'"
        " FROM generate_series(1, 500) n"
    )
    op.execute("INSERT INTO renders SELECT n, 1 + n % 500, n % 90 FROM generate_series(1, 2000) n")


def downgrade() -> None:
    """All of it."""
    for table in ("renders", "films", "users"):
        op.drop_table(table)
