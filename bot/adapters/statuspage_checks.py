"""The status page's part of `filmops check`: the key, the page, the components that are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.adapters.statuspage import AtlassianStatusPage
from bot.errors import FilmOpsError
from bot.ports import Finding

_SUBJECT = "Status page"


class StatusPageChecks:
    """See `bot.ports.Checks`. `components` are the topology's: a service's key → an id."""

    def __init__(self, page: AtlassianStatusPage, components: Mapping[str, str]) -> None:
        self._page = page
        self._components = components

    async def check(self) -> Sequence[Finding]:
        """One finding: what is wrong first, or that all is there."""
        try:
            there = await self._page.components()
        except FilmOpsError as error:
            return [Finding(subject=_SUBJECT, ok=False, said=error.message, fix=error.hint)]
        named = self._components.items()
        missing = [f"{ident} ({key})" for key, ident in named if ident not in there]
        if missing:
            said = f"the page has no component {', '.join(missing)}"
            fix = "mend statuspage.components in filmops.toml: the ids are in the page's API info"
            return [Finding(subject=_SUBJECT, ok=False, said=said, fix=fix)]
        shown = f", and shows all that is named: {', '.join(self._components)}"
        said = "the page answers" + (shown if self._components else "")
        return [Finding(subject=_SUBJECT, ok=True, said=said)]
