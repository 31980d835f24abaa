"""The tree of errors: the class says what the caller must do.

    FilmOpsError
    ├── UserError          the person's words are off: say how to say it, change nothing
    ├── Refused            understood, not allowed now: reason codes and what unblocks
    ├── OperationFailed    the world said no for good: stop the step, tell, keep the journal
    ├── Temporary          try again later; nothing is known to have happened
    ├── Fenced             this attempt is no longer ours: stop at once, write nothing
    └── ConfigurationError the set-up cannot work: one line per mistake, the start is off

Adapters translate foreign errors into these by one table each. Anything else is a bug: it
is shown in Slack as a number and logged under the same number.
"""

from __future__ import annotations

from collections.abc import Iterable


class FilmOpsError(Exception):
    """The root; `hint` is the exact next thing to type or do, possibly empty."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def advice(self) -> str:
        """What happened and what to do, as sentences: AWS ends its own without a full stop."""
        stop = "" if not self.hint or self.message.endswith((".", "!", "?", ":", "…")) else "."
        return f"{self.message}{stop} {self.hint}".rstrip()


class UserError(FilmOpsError):
    """What was typed cannot be understood or names something that is not there."""


class Refused(FilmOpsError):
    """Understood and not done. `code` is a stored reason code (bot.domain.reasons.Reason)."""

    def __init__(self, message: str, *, code: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class OperationFailed(FilmOpsError):
    """A lasting failure of the outside world (denied, not found, wrong state)."""

    def __init__(self, message: str, *, code: str = "failed", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class Temporary(FilmOpsError):
    """Throttled, timed out, unreachable. `retry_after` in seconds when the other side said so."""

    def __init__(self, message: str, *, retry_after: float | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Fenced(FilmOpsError):
    """Another worker has taken this step over; this process must not act nor write for it."""


class ConfigurationError(FilmOpsError):
    """The settings or the topology cannot work; `mistakes` holds one line each."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes), hint="filmops check names what to mend.")
