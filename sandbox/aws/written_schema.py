"""The schema where nobody runs Alembic: where it stands, and the lines a command would write.

`one_off` asks for them when migrations are not real. The revisions are the product's newest two
(`sandbox/product/versions`); the database knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence

BEFORE, HEAD = "3f2a9c1b7d20", "8c41de7a0b95"
LOGGED = "INFO  [alembic.runtime.migration]"
ADDED = "add films.render_profile"
UNDONE = "ALTER TABLE films DROP COLUMN render_profile;"


class WrittenSchema:
    """Stands at one of the two revisions; `clear` brings it back to the first."""

    def __init__(self) -> None:
        self._at = BEFORE

    def clear(self) -> None:
        """As it was at the start."""
        self._at = BEFORE

    def stand_at(self, revision: str) -> None:
        """Somebody has brought it there. Raises ValueError for a revision there is not."""
        if revision not in (BEFORE, HEAD):
            raise ValueError(f"the revisions are {BEFORE} and {HEAD}")
        self._at = revision

    def carry(self, words: Sequence[str]) -> tuple[str, ...]:
        """What Alembic writes to its log and output for these words, and what they change."""
        match list(words):
            case ["upgrade", *_] if self._at == BEFORE:
                self._at = HEAD
                return (f"{LOGGED} Running upgrade {BEFORE} -> {HEAD}, {ADDED}",)
            case ["downgrade", _, "--sql"]:
                return (f"-- Running downgrade {HEAD} -> {BEFORE}", UNDONE)
            case ["downgrade", *_] if self._at == HEAD:
                self._at = BEFORE
                return (f"{LOGGED} Running downgrade {HEAD} -> {BEFORE}",)
            case ["history", *_]:
                return self._history()
            case ["current", *_]:
                return (f"{self._at}{' (head)' if self._at == HEAD else ''}",)
            case _:
                return ()

    def _history(self) -> tuple[str, ...]:
        here = {self._at: " (current)"}
        return (
            f"{BEFORE} -> {HEAD} (head){here.get(HEAD, '')}, {ADDED}",
            f"<base> -> {BEFORE}{here.get(BEFORE, '')}, what there was before",
        )
