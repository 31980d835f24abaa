"""Which methods of the AWS ports an operation really uses, seen while tests carry it out.

The stage takes `Needs`: a call that its operation has not declared fails the test, whichever it is.
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import fields, replace
from typing import Any

from bot.engine.operation import Operation
from bot.engine.step import StepCode
from bot.ports import Aws


class Needs:
    """What each operation has used, by its name."""

    def __init__(self) -> None:
        self.used: dict[str, set[str]] = defaultdict(set)
        self._carried: ContextVar[Operation | None] = ContextVar("carried", default=None)

    def watched(self, operation: Operation) -> Operation:
        """The same operation; what its code asks of AWS counts as its own."""

        def known(
            code: Callable[..., Awaitable[Any]] | None,
        ) -> Callable[..., Awaitable[Any]] | None:
            if code is None:
                return None

            async def carried(*args: Any) -> Any:
                token = self._carried.set(operation)
                try:
                    return await code(*args)
                finally:
                    self._carried.reset(token)

            return carried

        def step(code: StepCode) -> StepCode:
            act = known(code.act)
            assert act is not None
            return StepCode(act=act, done=known(code.done))

        return replace(
            operation,
            answer=known(operation.answer),
            plan=known(operation.plan),
            preview=known(operation.preview),
            steps={name: step(code) for name, code in operation.steps.items()},
        )

    def over(self, aws: Aws) -> Aws:
        """The same ports, each call seen."""
        parts = {f.name: _Seen(getattr(aws, f.name), f.name, self) for f in fields(aws)}
        return replace(aws, **parts)

    def saw(self, method: str) -> None:
        """A method is called."""
        operation = self._carried.get()
        if operation is None:
            return
        self.used[operation.name].add(method)
        assert method in operation.needs, f"{operation.name} uses {method}: declare it in its needs"


class _Seen:
    def __init__(self, part: Any, name: str, needs: Needs) -> None:
        self._part = part
        self._name = name
        self._needs = needs

    def __getattr__(self, method: str) -> Any:
        real = getattr(self._part, method)
        if inspect.iscoroutinefunction(real):
            self._needs.saw(f"{self._name}.{method}")
        return real
