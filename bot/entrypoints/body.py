"""A request's body, read as far as it may be large. For every address that takes one."""

from __future__ import annotations

from starlette.requests import Request

LARGEST = 1_000_000
"""Bytes of a body; Slack's are far smaller, SNS' and PagerDuty's at most a quarter of it."""


async def read_body(request: Request) -> bytes | None:
    """The body, or None as soon as it is too large, whatever Content-Length claims."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    # Starlette's own cache: Bolt's adapter reads the body again.
    request._body = bytes(body)  # noqa: SLF001
    return bytes(body)
