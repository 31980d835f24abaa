"""What the twins answer for a name nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from bot.errors import OperationFailed

K = TypeVar("K")
V = TypeVar("V")


def there(state: Mapping[K, V], key: K) -> V:
    """The value, or what the real adapter raises for a name AWS does not know."""
    try:
        return state[key]
    except KeyError:
        raise OperationFailed(
            f"{key}: there is none of that name", code="not_found", hint="Compare filmops.toml."
        ) from None
