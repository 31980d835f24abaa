"""The levels' services at PagerDuty, found by their names.

Before everything that reads: an empty or wrong filter would list the whole account.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.adapters.pagerduty_api import Api
from bot.adapters.pagerduty_json import Json, each
from bot.errors import OperationFailed


class Services:
    """`names` are the levels' services from the first, as the topology has them."""

    def __init__(self, api: Api, names: Sequence[str]) -> None:
        self._api = api
        self._names = tuple(names)
        self._ids: tuple[str, ...] = ()

    async def ids(self) -> tuple[str, ...]:
        """The services' ids, asked for once. Raises as `policies`."""
        if not self._ids:
            ours = await self._ours()
            self._ids = tuple(str(service["id"]) for service in ours.values())
        return self._ids

    async def policies(self) -> tuple[str, ...]:
        """The id of each level's escalation policy now, from the first level.

        Raises Temporary, ConfigurationError (no or a bad token), OperationFailed (the token
        does not see one of the services).
        """
        ours = await self._ours()
        services = (ours[name] for name in self._names)
        return each(services, lambda s: str(s["escalation_policy"]["id"]), "services")

    async def _ours(self) -> dict[str, Json]:
        listed = await self._api.listed("services")
        ours: dict[str, Json] = {str(s["name"]): s for s in listed if s.get("name") in self._names}
        missing = sorted(set(self._names) - set(ours))
        if missing:
            raise OperationFailed(
                f"PagerDuty has no service named {', '.join(missing)}",
                code="not_found",
                hint="correct `pagerduty_service` in filmops.toml",
            )
        return ours
