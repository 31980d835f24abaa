"""The Home tab and its buttons: my approvals, my runs, incidents, quick actions.

A quick action stands for a command and goes the same way: dispatch, audit, permission, approval.
"""

from __future__ import annotations

from collections.abc import Mapping

from blocks import ids
from blocks.home import home as draw
from blocks.modals import rollback_modal
from bot.engine.click import Action, Click, Counter, Home, Reply, number
from handlers.home_tab.gather import home


async def opened(counter: Counter, click: Click) -> Reply:
    """Show the tab afresh."""
    asking = click.asking
    return Home(view=draw(await home(counter.world, asking.actor, asking.now)))


async def show(counter: Counter, click: Click) -> Reply:
    """A request's whole story, as `/filmops show` tells it."""
    return await counter.dispatch.command(click.asking, f"show R{number(click)}")


async def incident(counter: Counter, click: Click) -> Reply:
    """As `/filmops incident show`."""
    return await counter.dispatch.command(click.asking, f"incident show I{number(click)}")


async def acknowledge(counter: Counter, click: Click) -> Reply:
    """As `/filmops incident ack`."""
    return await counter.dispatch.command(click.asking, f"incident ack I{number(click)}")


async def declare(counter: Counter, click: Click) -> Reply:
    """As `/filmops incident declare` without words: its dialog."""
    return await counter.dispatch.command(click.asking, "incident declare")


async def status(counter: Counter, click: Click) -> Reply:
    """As `/filmops status`."""
    return await counter.dispatch.command(click.asking, "status")


async def rollback(counter: Counter, click: Click) -> Reply:
    """Open the dialog; nothing is asked for before it is sent off."""
    services = {key: service.title for key, service in counter.world.topology.services.items()}
    return rollback_modal(services)


async def rollback_sent(counter: Counter, click: Click) -> Reply:
    """As `/filmops rollback SERVICE REASON`."""
    values = {
        "service": click.values.get(ids.ROLLBACK_SERVICE),
        "reason": click.values.get(ids.ROLLBACK_REASON, ""),
    }
    return await counter.dispatch.form(click.asking, "rollback", values)


ACTIONS: Mapping[str, Action] = {
    "app_home_opened": opened,
    ids.HOME_REFRESH: opened,
    ids.HOME_SHOW: show,
    ids.HOME_INCIDENT: incident,
    ids.HOME_ACK: acknowledge,
    ids.HOME_DECLARE: declare,
    ids.HOME_STATUS: status,
    ids.HOME_ROLLBACK: rollback,
    ids.ROLLBACK_MODAL: rollback_sent,
}
"""By action id, and by callback id for what is sent off."""
