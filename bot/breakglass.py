"""What one types about incidents when Slack is away: `filmops incident list | show | ack | …`.

Before it: the command line. After it: the same engine and database as ever, so the schedulers
page, stop paging and tell PagerDuty as after a click; cards catch up when Slack is back. Nothing
here speaks to Slack. Whoever can read DATABASE_URL may do this; `--by` says who they are, for the
record, and the row in the audit log comes first.
"""

from __future__ import annotations

from argparse import Namespace

from bot.app import opened
from bot.command_line import DEEDS
from bot.console import Work, say
from bot.domain.audit import Entry
from bot.domain.incident import Incident
from bot.engine.dispatch import redact
from bot.engine.incidents import acknowledge, escalate, existing, note, resolve
from bot.engine.world import World
from bot.errors import UserError
from bot.settings import Settings
from bot.topology import Person, Topology

VIA = "command line"


def incidents(options: Namespace, settings: Settings, topology: Topology) -> Work:
    """What to do on the database, as typed. Raises UserError for a `--by` that is nobody, before
    anything is opened; the work raises as the engine does.
    """
    who = _person(topology, options.by) if options.verb in DEEDS else None

    async def work(dsn: str) -> int:
        async with opened(settings, topology, dsn, "incident") as app:
            if who is not None:
                await _deed(app.world, options, who)
            elif options.verb == "show":
                await _show(app.world, await existing(app.world, options.incident))
            else:
                await _list(app.world)
        return 0

    return work


async def _deed(world: World, options: Namespace, who: Person) -> None:
    number, by = options.incident, who.slack
    words = redact(" ".join(getattr(options, "text", ())))
    typed = f"incident {options.verb} I{number} {words}".strip()
    entry = Entry(actor=by, action="command", subject=VIA, detail={"words": typed, "via": VIA})
    await world.store.audit.append(entry, world.clock.now())
    match options.verb:
        case "ack":
            done = await acknowledge(world, number, by, via=VIA)
            say(f"{done.name} is acknowledged by {who.name}. The other levels' phones are stopped.")
        case "resolve":
            done = await resolve(world, number, by, via=VIA)
            say(f"{done.name} is resolved by {who.name}.")
        case "escalate":
            level = await escalate(world, number, by)
            say(f"Level {level} is due now: the scheduler pages it.")
        case _:
            done = await note(world, number, by, words)
            say(f"Written down in {done.name}.")


async def _list(world: World) -> None:
    found = await world.store.incidents.unresolved()
    for incident in found:
        say(_line(incident, world.topology))
    say(f"{len(found)} not resolved.")


async def _show(world: World, incident: Incident) -> None:
    say(_line(incident, world.topology))
    for climb in await world.store.incidents.escalations(incident.id):
        say(f"climb {climb.number} ({climb.why}), begun {climb.began_at:%Y-%m-%d %H:%M:%S} UTC")
        for page in sorted(climb.pages, key=lambda page: page.level):
            reached = f", reached {', '.join(page.reached)}" if page.reached else ""
            said = f", {page.said}" if page.said else ""
            say(f"  level {page.level} due {page.due_at:%H:%M:%S}: {page.state}{reached}{said}")
    for line in await world.store.incidents.timeline(incident.id):
        say(f"{line.at:%Y-%m-%d %H:%M:%S} UTC  {line.text}")


def _line(incident: Incident, topology: Topology) -> str:
    owner = topology.person(incident.acked_by)
    taken = f" by {owner.name if owner else incident.acked_by}" if incident.acked_by else ""
    unowned = ", UNOWNED" if incident.unowned_at else ""
    where = f" [{incident.service}]" if incident.service else ""
    drill = "DRILL " if incident.is_drill else ""
    return (
        f"{incident.name}  {incident.severity}  {incident.state}{taken}{unowned}  since "
        f"{incident.opened_at:%Y-%m-%d %H:%M} UTC  {drill}{incident.title}{where}"
    )


def _person(topology: Topology, word: str) -> Person:
    """Whom `--by` means. Raises UserError for nobody."""
    wanted = word.strip().lower()
    for person in topology.people.values():
        if wanted in (person.key.lower(), person.email.lower(), person.slack.lower()):
            return person
    raise UserError(
        f"--by: the topology knows nobody as {word[:60]!r}.",
        hint=f"Known: {', '.join(topology.people)}.",
    )
