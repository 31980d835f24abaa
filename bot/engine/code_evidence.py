"""The two lines of the checklist that GitHub knows, or that a person answers for without it.

Before: `bot.engine.precheck`. After: `bot.domain.code` judges what was read.
"""

from __future__ import annotations

from bot.domain.checklist import Box
from bot.domain.code import judged, unseen
from bot.domain.gatekeeping import Gate, box
from bot.domain.live import Missing
from bot.domain.reasons import Reason
from bot.engine.look import PART_SECONDS, part
from bot.engine.world import World
from bot.topology import Deployable

SECONDS = PART_SECONDS * 2
"""GitHub is asked several times for one answer; the whole plan has its limit, see precheck."""

_CODES = (Reason.TESTS_NOT_GREEN, Reason.NOT_REVIEWED)
"""In the order of the lines."""


async def code_lines(
    world: World, deployable: Deployable, version: str
) -> tuple[tuple[Gate, ...], tuple[Box, ...]]:
    """Gates where the topology names a repository, boxes where it does not."""
    source = deployable.github
    if source is None:
        return (), (
            box("All tests pass in CI/CD"),
            box("Code review approved by 2+ engineers"),
        )
    if world.code is None:
        checks = unseen(source, "GITHUB_TOKEN is not set")
    else:
        read = await part(world.code.evidence(source, version), SECONDS)
        checks = unseen(source, read.reason) if isinstance(read, Missing) else judged(read, source)
    where = f"Look at {source.repository} on GitHub, then ask again."
    gates = (
        Gate(check=check, code=code, unblock=where)
        for check, code in zip(checks, _CODES, strict=False)
    )
    return tuple(gates), ()
