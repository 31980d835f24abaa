"""`filmops check`: everything outside, a line each with the fix."""

from __future__ import annotations

from bot.adapters.postgres.migrate import pending
from bot.app import checking
from bot.console import say
from bot.database import database
from bot.errors import ConfigurationError, FilmOpsError
from bot.ports import Finding
from bot.settings import Settings, problems_with
from bot.topology import Topology


async def check(settings: Settings, topology: Topology) -> int:
    """Everything outside, one line each with the fix; 1 when anything is wrong."""
    findings = [
        Finding(subject="topology", ok=True, said=f"{settings.filmops_config} is read and coherent")
    ]
    findings += [
        Finding(subject="settings", ok=False, said=problem, fix="docs/settings.md")
        for problem in problems_with(settings, topology)
    ]
    findings.append(await _database(settings))
    async with checking(settings, topology) as parts:
        for part in parts:
            findings += await part.check()
    for finding in findings:
        mark = "ok  " if finding.ok else "FAIL"
        fix = f"  →  {finding.fix}" if finding.fix and not finding.ok else ""
        say(f"{mark}  {finding.subject}: {finding.said}{fix}")
    wrong = sum(1 for finding in findings if not finding.ok)
    say(f"{len(findings)} looked at, {wrong} to mend.")
    return 1 if wrong else 0


async def _database(settings: Settings) -> Finding:
    try:
        dsn, server = database(settings)
        try:
            missing = await pending(dsn)
        finally:
            if server is not None:
                server.stop()
    except (FilmOpsError, ConfigurationError) as error:
        return Finding(subject="database", ok=False, said=str(error), fix="see DATABASE_URL")
    if missing:
        said = f"lacks {', '.join(missing)}"
        return Finding(subject="database", ok=False, said=said, fix="filmops migrate")
    return Finding(subject="database", ok=True, said="answers and is migrated")
