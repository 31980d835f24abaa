"""The product's schema: a small Alembic project, which the plant's one-off tasks run."""
