"""Alembic runs this for every command that looks at the database, or writes SQL out (`--sql`).

Before: the plant's one-off task, with DATABASE_URL in its environment. After: the revisions in
`versions`. Its log goes to stderr as Alembic's template has it.
"""

from __future__ import annotations

import logging
import os

from alembic import context
from sqlalchemy import create_engine

logging.basicConfig(format="%(levelname)-5.5s [%(name)s] %(message)s", level=logging.WARNING)
logging.getLogger("alembic").setLevel(logging.INFO)

URL = os.environ["DATABASE_URL"]


def offline() -> None:
    """Write the SQL out; nobody is connected to."""
    context.configure(url=URL, literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()


def online() -> None:
    """Run it."""
    with create_engine(URL).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    offline()
else:
    online()
