"""A deployment's last step: the checklist afterwards, and the old colour kept warm.

Runbook, *Post-Deployment Checklist*. Before: the watches are over. After: the change log, and the
retirement of the old colour.
"""

from __future__ import annotations

from collections.abc import Sequence

from blocks.checklist import checked
from bot.domain.checklist import Check, Found
from bot.domain.live import Minute, Missing, Targets
from bot.domain.verdict import error_rate, worst_p95
from bot.domain.window import window
from bot.engine.look import part
from bot.engine.retiring import retire_later
from bot.engine.step import Done, Outcome, Work
from bot.engine.switching import service_of
from bot.ports import ThreadNote
from bot.topology import Severity
from handlers.deploy.moving import switched_at
from handlers.deploy.preparing import idle


async def finish(work: Work) -> Outcome:
    """The checklist into the thread, the old colour's end into the calendar."""
    checks = await _checklist(work)
    note = ThreadNote(
        key=f"R{work.run}:checklist",
        subject=f"R{work.run}",
        message=checked(f"Post-deployment checklist of {work.args['version']}", checks),
    )
    await work.world.store.cards.note(note, work.now)
    # Whoever was only asleep must not ask for a second retirement.
    work.fence()
    retired = await retire_later(work.world, service_of(work), run=work.run)
    bad = [c.title for c in checks if c.found is not Found.OK]
    mind = f" NOT in order: {'; '.join(bad)}." if bad else " The checklist is in order."
    return Done(
        said=f"{work.args['version']} serves on {idle(work)}.{mind} {retired}".rstrip(),
        detail={
            "change": {
                "version": work.args["version"],
                "from": work.args["old_version"],
                "colour": str(idle(work)),
                "revision": _revision(work),
                "outcome": "deployed",
            }
        },
    )


def _revision(work: Work) -> str:
    made = work.results.get("deploy.register") or work.results.get("deploy.landed", {})
    return str(made.get("arn", ""))


async def _checklist(work: Work) -> Sequence[Check]:
    deploy = work.world.topology.deploy
    minutes = await _minutes(work)
    rate, p95 = error_rate(minutes), worst_p95(minutes)
    bad = await _alerts(work)
    return (
        _healthy(await part(work.world.aws.traffic.targets(service_of(work), idle(work)))),
        _line(
            f"Error rate below {deploy.error_rate:.0%}",
            "unknown" if rate is None else f"{rate:.2%}",
            ok=None if rate is None else rate < deploy.error_rate,
        ),
        _line(
            f"p95 below {deploy.p95_seconds * 1000:.0f} ms",
            "unknown" if p95 is None else f"{p95 * 1000:.0f} ms",
            ok=None if p95 is None else p95 < deploy.p95_seconds,
        ),
        _line("No critical alerts triggered", ", ".join(bad) or "none", ok=not bad),
        _line("Deployment logged in change log", f"R{work.run}", ok=True),
    )


async def _minutes(work: Work) -> tuple[Minute, ...]:
    """The release's last closed minutes since all traffic had moved; none when promoted at once."""
    start, end = window(work.now, work.world.topology.metrics)
    start = max(start, switched_at(work))
    if start >= end:
        return ()
    read = await part(work.world.aws.metrics.minutes(service_of(work), start=start, end=end))
    return () if isinstance(read, Missing) else tuple(read.get(idle(work), ()))


async def _alerts(work: Work) -> list[str]:
    service = service_of(work)
    return [
        incident.name
        for incident in await work.world.store.incidents.unresolved()
        if incident.service == service.key and incident.severity in (Severity.P1, Severity.P2)
    ]


def _healthy(targets: Targets | Missing) -> Check:
    title = "All health checks passing"
    if isinstance(targets, Missing):
        return _line(title, targets.reason, ok=None)
    well = bool(targets.healthy) and not targets.unhealthy
    return _line(title, f"{targets.healthy} of {targets.total}", ok=well)


def _line(title: str, said: str, *, ok: bool | None) -> Check:
    """`ok` is None when it is not known."""
    known = Found.OK if ok else Found.FAILED
    return Check(title=title, found=Found.UNKNOWN if ok is None else known, said=said)
