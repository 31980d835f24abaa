"""Where moto's answers are wrong or missing, one module per service.

`install` is called once, before the first request. A mend is a function that takes moto's
response object, which holds the parsed parameters, and gives an ActionResult or raises a
ServiceException; it may ask moto's own answer first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult, BaseResponse

Own = Callable[[], ActionResult]
Mend = Callable[[Any, Own], ActionResult]


def mend(response_class: type[BaseResponse], action: str, function: Mend) -> None:
    """Put a mend in the place of moto's method for an action (in snake case)."""
    own = getattr(response_class, action, None)

    def answer(response: BaseResponse) -> ActionResult:
        def ask_moto() -> ActionResult:
            if own is None:
                raise NotImplementedError(action)
            result: ActionResult = own(response)
            return result

        return function(response, ask_moto)

    setattr(response_class, action, answer)


def paged(found: list[Any], params: Any, most: int = 100) -> tuple[list[Any], str | None]:
    """One page of a list by the call's maxResults and nextToken, and the token for the next."""
    size = min(params.get("maxResults") or most, 1000)
    first = int(params.get("nextToken") or 0)
    more = str(first + size) if len(found) > first + size else None
    return found[first : first + size], more
