"""Everything a method, an act or the page may need, in one value.

Before: `app` builds it. After: passed to handlers; it has no behaviour of its own but addresses.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.faults import Faults
from sandbox.slack.dispatch import Dispatcher
from sandbox.slack.ledger import Ledger
from sandbox.slack.limits import Limits
from sandbox.slack.response_urls import ResponseUrls
from sandbox.slack.sockets import Sockets
from sandbox.slack.workspace import Workspace


@dataclass(slots=True, kw_only=True)
class World:
    """The parts of the running workspace. `url` ends without a slash and is set once bound."""

    workspace: Workspace
    faults: Faults
    ledger: Ledger
    limits: Limits
    sockets: Sockets
    dispatcher: Dispatcher
    response_urls: ResponseUrls
    scopes: frozenset[str]
    url: str = ""

    @property
    def link_url(self) -> str:
        """Where Socket Mode connects."""
        return self.url.replace("http", "ws", 1) + "/link"
