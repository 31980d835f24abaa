"""The fence in front of every effect: the lease's last word before bytes leave."""

from __future__ import annotations

from typing import Protocol


class Fence(Protocol):
    """Whether an effect may still be sent; called in the last moment before the bytes go out."""

    def __call__(self) -> None:
        """Return when the attempt's lease still holds; raise Fenced when it does not."""
        ...
