"""The port StatusPage over Atlassian Statuspage's API.

Before it: `bot.engine.publishing`. One attempt a call: what was said in public must not be said
twice, and only the caller can look first. A post carries our incident's name as metadata, so that
one whose answer was lost is found before another is opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from bot.domain.post import Impact, PostStatus, Words
from bot.errors import FilmOpsError, OperationFailed, Temporary

METADATA = "filmops"
SECONDS = 5.0
"""For a whole call, however slowly the bytes come: three of them fit into the lease of a delivery,
which would otherwise be served, and the public be told, a second time."""
_THROTTLED = (420, 429)
"""Statuspage says 420 where others say 429; a token has one call a second."""
_HINTS: Mapping[int, str] = {
    401: "STATUSPAGE_TOKEN: give an API key of the page's owner",
    403: "STATUSPAGE_TOKEN: the key may not write this page",
    404: "statuspage.page in filmops.toml is not a page of this key, or the post was deleted there",
}
_COMPONENT: Mapping[Impact, str] = {
    Impact.NONE: "operational",
    Impact.MINOR: "degraded_performance",
    Impact.MAJOR: "partial_outage",
    Impact.CRITICAL: "major_outage",
}


class AtlassianStatusPage:
    """See `bot.ports.StatusPage`. Close it in the loop that used it."""

    def __init__(
        self, *, token: str, page: str, base_url: str = "https://api.statuspage.io"
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=f"{base_url.rstrip('/')}/v1/pages/{page}/",
            timeout=httpx.Timeout(SECONDS, connect=3.0),
            follow_redirects=False,
            headers={"Authorization": f"OAuth {token}", "User-Agent": "filmops"},
        )

    async def find(self, incident: str) -> str | None:
        """The id of the unresolved post of our incident."""
        for post in _listed(await self._call("GET", "incidents/unresolved")):
            if _incident(post) == incident:
                return str(post.get("id"))
        return None

    async def open(self, words: Words) -> str:
        """Publish a new post and return its id."""
        body = {
            "name": words.title,
            "impact_override": words.impact,
            "metadata": {METADATA: {"incident": words.incident}},
            **_said(words),
        }
        made = await self._call("POST", "incidents", body)
        if not isinstance(made, dict) or not made.get("id"):
            raise OperationFailed("Status page: the answer names no post", code="no_id")
        return str(made["id"])

    async def update(self, post: str, words: Words) -> None:
        """Say more in a post, and how far it is now."""
        await self._call("PATCH", f"incidents/{post}", _said(words))

    async def components(self) -> frozenset[str]:
        """The ids of what the page shows: for `filmops check`."""
        shown = _listed(await self._call("GET", "components"))
        return frozenset(str(one.get("id")) for one in shown)

    async def close(self) -> None:
        """Close the connections kept open."""
        await self._client.aclose()

    async def _call(self, verb: str, path: str, incident: Mapping[str, Any] | None = None) -> Any:
        body = None if incident is None else {"incident": dict(incident)}
        try:
            async with asyncio.timeout(SECONDS):
                answer = await self._client.request(verb, path, json=body)
            if answer.is_success:
                return answer.json()
        except (TimeoutError, httpx.HTTPError, ValueError) as error:
            raise Temporary(f"The status page does not answer ({type(error).__name__})") from error
        raise _refusal(answer)


def _said(words: Words) -> dict[str, Any]:
    said: dict[str, Any] = {"status": words.status, "body": words.text}
    if words.component:
        over = words.status is PostStatus.RESOLVED
        state = "operational" if over else _COMPONENT[words.impact]
        said["component_ids"] = [words.component]
        said["components"] = {words.component: state}
    return said


def _listed(answer: Any) -> list[dict[str, Any]]:
    return [one for one in answer if isinstance(one, dict)] if isinstance(answer, list) else []


def _incident(post: Mapping[str, Any]) -> str | None:
    metadata = post.get("metadata")
    ours = metadata.get(METADATA) if isinstance(metadata, dict) else None
    return str(ours.get("incident")) if isinstance(ours, dict) else None


def _refusal(answer: httpx.Response) -> FilmOpsError:
    """The table: what a status means to us. Nothing of what was sent is repeated."""
    status = answer.status_code
    said = f"The status page: status {status}"
    if status in _THROTTLED:
        wait = answer.headers.get("retry-after", "")
        return Temporary(said, retry_after=float(wait) if wait.isdigit() else 60.0)
    if status >= 500 or status == 408:
        return Temporary(said)
    return OperationFailed(said, code=str(status), hint=_HINTS.get(status, ""))
