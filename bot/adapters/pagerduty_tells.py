"""Acknowledge and resolve at PagerDuty what was acknowledged and resolved here.

It looks first: PUT on a resolved incident reopens it. In the person's own name when PagerDuty
knows them (the bot's would take the incident over), else as an event of the level's service,
with a note that says who it was.
"""

from __future__ import annotations

import logging
from typing import Literal

from bot.adapters.pagerduty_api import Api
from bot.adapters.pagerduty_errors import NO_SUCH_USER
from bot.adapters.pagerduty_reads import Reads
from bot.domain.pager import PagerStatus, Told
from bot.errors import ConfigurationError, FilmOpsError, OperationFailed

log = logging.getLogger("filmops.pagerduty")

Action = Literal["acknowledge", "resolve"]

WANTED = {"acknowledge": PagerStatus.ACKNOWLEDGED, "resolve": PagerStatus.RESOLVED}


class Tells:
    """See the module."""

    def __init__(self, api: Api, reads: Reads) -> None:
        self._api = api
        self._reads = reads

    async def tell(self, action: Action, key: str, *, level: int, by_email: str, note: str) -> Told:
        """Look, then act if there is something to do. Without a token it acts unseen.

        Raises Temporary (tell again), ConfigurationError, OperationFailed.
        """
        if not self._api.reads:
            # An event for a page that is over, or not there, does nothing: safe without looking.
            await self._api.event(level, action, key=key)
            return Told.DONE
        found = await self._reads.find(key)
        if found is None:
            return Told.NOT_FOUND
        if found.status in (PagerStatus.RESOLVED, WANTED[action]):
            return Told.ALREADY
        # Resolving an incident that people merged others into would hang up on those pages, too:
        # the event ends ours alone.
        ours_alone = action == "acknowledge" or not found.shared
        if by_email and ours_alone and await self._in_their_name(found.id, action, by_email):
            return Told.DONE
        await self._api.event(level, action, key=key)
        await self._note(found.id, note)
        return Told.DONE

    async def _in_their_name(self, incident_id: str, action: Action, email: str) -> bool:
        """Whether PagerDuty took the change from that person."""
        body = {"type": "incident_reference", "status": str(WANTED[action])}
        try:
            await self._api.rest(
                lambda c: c.rput(f"/incidents/{incident_id}", json=body, headers={"From": email})
            )
        except ConfigurationError as refused:
            # The token has just read: it may not write, or this person may not. The phone must
            # stop all the same, and the event needs neither.
            log.warning("PagerDuty refuses a change in a person's name: %s", refused.message)
            return False
        except OperationFailed as refused:
            if refused.code != NO_SUCH_USER:
                raise
            return False
        return True

    async def _note(self, incident_id: str, note: str) -> None:
        """Say on the incident who it was; without it the page is still acknowledged."""
        if not (note and self._api.from_address):
            return
        body = {"content": note}
        try:
            await self._api.rest(lambda c: c.rpost(f"/incidents/{incident_id}/notes", json=body))
        except FilmOpsError as fault:
            log.warning("PagerDuty did not take the note on %s: %s", incident_id, fault.message)
