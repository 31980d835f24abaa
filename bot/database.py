"""Where the bot's own database is: named by DATABASE_URL, or the embedded server's.

Before it: a command that needs one. After it: whoever opens it.
"""

from __future__ import annotations

from bot.adapters.postgres.embedded import EmbeddedServer, start_embedded
from bot.settings import Settings


def database(settings: Settings) -> tuple[str, EmbeddedServer | None]:
    """The connection string: DATABASE_URL's, or the embedded server's, started if need be."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value(), None
    server = start_embedded(settings.filmops_data_dir)
    return server.dsn, server
