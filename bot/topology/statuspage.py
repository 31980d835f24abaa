"""Which page the public reads, and what of it is which service."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.topology.names import Name, Value

PageId = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,64}$")]


class Statuspage(Value):
    """Atlassian's id of the page, "" without one, and of each service's component."""

    page: PageId | Annotated[str, Field(pattern=r"^$")] = ""
    components: dict[Name, PageId] = Field(default_factory=dict)
