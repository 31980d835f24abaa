"""`Pager` on PagerDuty: page a level through Events v2, see and tell what became of it.

One service and one routing key a level; the key `esc:{escalation}:L{n}` makes a repeat harmless
while the page is open. The errors are those of `bot.adapters.pagerduty_api`; what calls it (the
escalations' outbox, `/filmops status`) decides what to do about them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bot.adapters.pagerduty_api import Api
from bot.adapters.pagerduty_json import each, on_call, open_incident
from bot.adapters.pagerduty_reads import Reads
from bot.adapters.pagerduty_services import Services
from bot.adapters.pagerduty_tells import Tells
from bot.domain.live import OpenIncident
from bot.domain.pager import OnCall, PagerIncident, Told
from bot.errors import OperationFailed

SUMMARY_CHARACTERS = 1024
KEY_CHARACTERS = 255
SOURCE = "filmops"


class PagerDutyPager:
    """See `bot.ports.Pager`. `services` are the levels' service names, as the topology has them.

    Whatever reads raises Temporary, ConfigurationError (no or a bad token) or OperationFailed
    (the answer cannot be read, or the token sees not all of the services).
    """

    def __init__(self, api: Api, *, services: Sequence[str]) -> None:
        self._api = api
        self._services = Services(api, services)
        self._reads = Reads(api, self._services)
        self._tells = Tells(api, self._reads)

    async def page(self, *, key: str, level: int, summary: str, detail: Mapping[str, str]) -> None:
        """Trigger the level; PagerDuty accepting it does not mean that anybody was rung.

        Raises Temporary (send again with the same key), ConfigurationError (this level cannot
        be paged as it is set up), OperationFailed (this very page will never be taken).
        """
        check_key(key)
        payload = {
            "summary": shortened(summary),
            "source": SOURCE,
            "severity": "critical",  # anything else may be a low-urgency, silent page
            "custom_details": dict(detail),
        }
        await self._api.event(level, "trigger", key=key, payload=payload)

    async def incidents(self) -> tuple[OpenIncident, ...]:
        """Open incidents of the levels' services, newest first."""
        found = await self._api.listed(
            "incidents",
            statuses=["triggered", "acknowledged"],
            service_ids=list(await self._services.ids()),
            sort_by="created_at:desc",
        )
        incidents = each(found, open_incident, "incidents")
        return tuple(sorted(incidents, key=lambda incident: incident.opened_at, reverse=True))

    async def find(self, key: str) -> PagerIncident | None:
        """The newest incident with that key, open or not; one call."""
        check_key(key)  # an empty one would find everybody's
        return await self._reads.find(key)

    async def acknowledge(self, key: str, *, level: int, by_email: str, note: str) -> Told:
        """Look, and acknowledge what still rings; without a token, without looking.

        `by_email` empty or unknown to PagerDuty: as the service, with `note` (best effort).
        """
        check_key(key)
        return await self._tells.tell("acknowledge", key, level=level, by_email=by_email, note=note)

    async def resolve(self, key: str, *, level: int, by_email: str, note: str) -> Told:
        """Look, and resolve what is open; otherwise as `acknowledge`."""
        check_key(key)
        return await self._tells.tell("resolve", key, level=level, by_email=by_email, note=note)

    async def on_call(self) -> Mapping[int, tuple[OnCall, ...]]:
        """Every level of the topology with those on call now, first rung first; two calls."""
        policies = await self._services.policies()
        found = await self._api.listed(
            "oncalls", escalation_policy_ids=sorted(set(policies)), include=["users"]
        )
        people: dict[str, set[OnCall]] = defaultdict(set)  # by several schedules, yet one person
        for policy, person in each(found, on_call, "people on call"):
            people[policy].add(person)
        return {
            number: tuple(sorted(people[policy], key=lambda person: (person.rung, person.name)))
            for number, policy in enumerate(policies, start=1)
        }

    async def keys(self, incident_id: str) -> tuple[str, ...]:
        """The keys of the incident's alerts. OperationFailed `404`: no such incident."""
        return await self._reads.keys(incident_id)

    async def sweep(self) -> tuple[PagerIncident, ...]:
        """All that is open: a call for each hundred, and one for each not seen before."""
        return await self._reads.sweep()


def shortened(summary: str) -> str:
    """At most the characters PagerDuty takes, and never nothing."""
    text = summary.strip() or "FilmOps page"
    return text if len(text) <= SUMMARY_CHARACTERS else f"{text[: SUMMARY_CHARACTERS - 1]}…"


def check_key(key: str) -> None:
    """Raises OperationFailed for a key that PagerDuty would refuse or replace by its own."""
    if not 0 < len(key) <= KEY_CHARACTERS:
        raise OperationFailed(
            f"a page's key has 1 to {KEY_CHARACTERS} characters, this one {len(key)}",
            code="bad_key",
        )
