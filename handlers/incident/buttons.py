"""An incident's buttons and the two dialogs: each stands for a command and goes the same way."""

from __future__ import annotations

from collections.abc import Mapping

from blocks import ids
from blocks.modals import note_modal
from bot.domain.reasons import Reason
from bot.engine.click import Action, Click, Counter, Reply, number
from bot.engine.incidents import existing
from bot.errors import Refused


async def acknowledge(counter: Counter, click: Click) -> Reply:
    """As `/filmops incident ack`."""
    return await counter.dispatch.command(click.asking, f"incident ack I{number(click)}")


async def resolve(counter: Counter, click: Click) -> Reply:
    """As `/filmops incident resolve`."""
    return await counter.dispatch.command(click.asking, f"incident resolve I{number(click)}")


async def escalate(counter: Counter, click: Click) -> Reply:
    """As `/filmops incident escalate`."""
    return await counter.dispatch.command(click.asking, f"incident escalate I{number(click)}")


async def note(counter: Counter, click: Click) -> Reply:
    """Open the dialog; nothing is written before it is sent off."""
    incident = await existing(counter.world, number(click))
    return note_modal(incident.name, incident.id)


async def note_sent(counter: Counter, click: Click) -> Reply:
    """As `/filmops incident note`."""
    values = {"incident": f"I{number(click)}", "text": click.values.get(ids.NOTE_TEXT, "")}
    return await counter.dispatch.form(click.asking, "incident note", values)


async def declared(counter: Counter, click: Click) -> Reply:
    """As `/filmops incident declare`, its words in fields."""
    values = {
        "severity": click.values.get(ids.DECLARE_SEVERITY),
        "service": click.values.get(ids.DECLARE_SERVICE),
        "owner": click.values.get(ids.DECLARE_OWNER),
        "title": click.values.get(ids.DECLARE_TITLE, ""),
    }
    return await counter.dispatch.form(click.asking, "incident declare", values)


async def rollback(counter: Counter, click: Click) -> Reply:
    """As `/filmops rollback SERVICE`, the incident its reason: plan and approval follow."""
    incident = await existing(counter.world, number(click))
    if incident.service not in counter.world.topology.services:
        raise Refused(
            f"It is not known which service {incident.name} is about.",
            code=Reason.BAD_WORDS,
            hint="/filmops rollback SERVICE",
        )
    reason = f"{incident.name}: {incident.title}"[:500]
    values = {"service": incident.service, "reason": reason}
    return await counter.dispatch.form(click.asking, "rollback", values)


ACTIONS: Mapping[str, Action] = {
    ids.INCIDENT_ACK: acknowledge,
    ids.INCIDENT_RESOLVE: resolve,
    ids.INCIDENT_ESCALATE: escalate,
    ids.INCIDENT_NOTE: note,
    ids.INCIDENT_ROLLBACK: rollback,
    ids.NOTE_MODAL: note_sent,
    ids.DECLARE_MODAL: declared,
}
"""By action id, and by callback id for what is sent off."""
