"""One connection to Slack's Web API: one session, one token, one attempt a call.

Above it: chat, people and checks. Below it: slack_sdk, which signs and encodes, and aiohttp.
There are no retries here: a post whose answer was lost may have been carried out, and only
the caller can look first.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.adapters.slack.errors import FOREIGN, translated
from bot.adapters.slack.proxy import proxy_for

TIMEOUT_SECONDS = 10.0

# slack_sdk writes whole requests and answers at DEBUG, socket tickets among them.
_sdk_log = logging.getLogger("bot.adapters.slack.sdk")
_sdk_log.setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the bot token speaks for; `scopes` as Slack granted them."""

    team_id: str
    team: str
    bot_user_id: str
    bot_id: str
    scopes: frozenset[str]


class SlackApi:
    """The Web API at `base_url` with a bot token. Close it in the loop that used it."""

    def __init__(self, *, token: str, base_url: str) -> None:
        self.base_url = base_url.rstrip("/") + "/"
        self._token = token
        self._session: aiohttp.ClientSession | None = None
        self._identity: Identity | None = None

    async def send(self, method: str, body: Mapping[str, Any]) -> AsyncSlackResponse:
        """POST a JSON body. Raises Temporary or OperationFailed."""
        return await self._call(method, json=dict(body))

    async def read(
        self, method: str, params: Mapping[str, Any] | None = None
    ) -> AsyncSlackResponse:
        """GET with parameters. Raises Temporary or OperationFailed."""
        return await self._call(method, http_verb="GET", params=dict(params or {}))

    async def with_app_token(self, method: str, token: str) -> AsyncSlackResponse:
        """POST without a body, by the app-level token (`apps.connections.open`)."""
        return await self._call(method, token=token)

    async def upload(
        self,
        *,
        channel_id: str,
        thread: str | None,
        name: str,
        content: bytes,
        title: str,
        alt: str = "",
    ) -> None:
        """Slack's three calls for a file (an address, the bytes, sharing), each made once."""
        try:
            await self.web_client().files_upload_v2(
                channel=channel_id,
                thread_ts=thread,
                filename=name,
                content=content,
                title=title,
                alt_txt=alt or None,
            )
        except FOREIGN as error:
            raise translated("files.upload", error) from error

    async def identity(self) -> Identity:
        """Ask once who we are (`auth.test`), and remember it."""
        if self._identity is None:
            answer = await self.send("auth.test", {})
            self._identity = _identity(answer)
        return self._identity

    def session(self) -> aiohttp.ClientSession:
        """The one session; made at first use, because it belongs to the running loop."""
        if self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
            self._session = aiohttp.ClientSession(timeout=timeout, trust_env=False)
        return self._session

    def web_client(self, token: str | None = None) -> AsyncWebClient:
        """slack_sdk's client on our session and proxy rule, without retries (also for Bolt)."""
        client = _Client(
            token=token or self._token,
            base_url=self.base_url,
            session=self.session(),
            timeout=int(TIMEOUT_SECONDS),
            retry_handlers=[],
            logger=_sdk_log,
        )
        client.proxy = proxy_for(self.base_url)
        return client

    async def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port of the API."""
        parts = urlsplit(self.base_url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return parts.scheme, parts.hostname or "", port

    async def _call(
        self, method: str, *, token: str | None = None, **request: Any
    ) -> AsyncSlackResponse:
        try:
            return await self.web_client(token).api_call(method, **request)
        except FOREIGN as error:
            raise translated(method, error) from error


class _Client(AsyncWebClient):
    """slack_sdk's client, made to bear answers that are not Slack's (a proxy's page)."""

    async def _request(
        self, *, http_verb: str, api_url: str, req_args: dict[str, Any]
    ) -> dict[str, Any]:
        answer = await super()._request(http_verb=http_verb, api_url=api_url, req_args=req_args)
        if not isinstance(answer["data"], dict):
            answer["data"] = {}
        return answer


def listed(answer: AsyncSlackResponse, name: str) -> list[Any]:
    """One of an answer's lists; empty when it is not there."""
    value = answer.get(name)
    return value if isinstance(value, list) else []


def _identity(answer: AsyncSlackResponse) -> Identity:
    granted = str(answer.headers.get("x-oauth-scopes", ""))
    return Identity(
        team_id=str(answer.get("team_id", "")),
        team=str(answer.get("team", "")),
        bot_user_id=str(answer.get("user_id", "")),
        bot_id=str(answer.get("bot_id", "")),
        scopes=frozenset(scope.strip() for scope in granted.split(",") if scope.strip()),
    )
