"""Answers by `response_url`: seen by one person, five times, for half an hour.

The address arrives in a request and is a secret, so it is neither logged nor followed just
anywhere: only to Slack's own host or the one the API is configured at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from yarl import URL

from bot.adapters.slack.api import SlackApi
from bot.adapters.slack.errors import FOREIGN, refusal, translated
from bot.adapters.slack.proxy import proxy_for
from bot.domain.message import Message
from bot.errors import OperationFailed

_WHAT = "response_url"
_LONGEST_CODE = 40


async def answer(api: SlackApi, response_url: str, message: Message) -> None:
    """POST it, once, without following redirects. Raises Temporary or OperationFailed."""
    if not is_slacks(api, response_url):
        raise OperationFailed("A response_url that is not Slack's was refused", code="foreign_url")
    body = {
        "response_type": "ephemeral",
        "replace_original": False,
        "text": message.text,
        "blocks": list(message.blocks),
    }
    try:
        async with api.session().post(
            response_url, json=body, allow_redirects=False, proxy=proxy_for(response_url)
        ) as response:
            status, headers, text = response.status, response.headers, await response.text()
    except FOREIGN as error:
        # `from None`: aiohttp's errors carry the address.
        raise translated(_WHAT, error) from None
    said = _said(text)
    if status != 200 or said.get("ok") is False:
        raise refusal(_WHAT, status, str(said.get("error") or ""), headers, said)


def is_slacks(api: SlackApi, response_url: str) -> bool:
    """Whether the address is at the API's own place or at Slack's (or GovSlack's) hooks."""
    try:
        url = URL(response_url)
        origin = (url.scheme, url.host or "", url.port or 0)
    except ValueError:
        return False
    if url.user or url.password:
        return False
    host = api.origin[1]
    return origin == api.origin or origin in {
        ("https", "hooks.slack.com", 443),
        ("https", f"hooks.{host}", 443),
    }


def _said(text: str) -> Mapping[str, Any]:
    """The answer: JSON, or the bare word that Slack's hooks say (`ok`, `used_url`)."""
    try:
        value = json.loads(text)
    except ValueError:
        word = text.strip()
        short = len(word) <= _LONGEST_CODE and word.replace("_", "").isalnum()
        return {"error": word} if short and word != "ok" else {}
    return value if isinstance(value, dict) else {}
