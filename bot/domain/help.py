"""What help says about an operation: plain values, derived from its declaration.

Before: the handler reads the declarations and the topology's risks. After: `blocks.help`.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.topology import Risk


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpEntry:
    """One operation. `usage` and `examples` are whole commands with `/filmops`.

    `may_ask` and `may_approve` are role names; `approvals` is how many others must agree.
    """

    name: str
    summary: str
    usage: str
    examples: tuple[str, ...]
    risk: Risk
    may_ask: tuple[str, ...]
    may_approve: tuple[str, ...]
    approvals: int

    @property
    def group(self) -> str:
        """The first of two words; empty for a command of one."""
        first, _, second = self.name.partition(" ")
        return first if second else ""
