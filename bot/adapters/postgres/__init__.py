"""PostgreSQL, the truth: the store, the job queue, migrations and the embedded server."""
