"""What a fault does to a request.

Before: `sandbox.faults` says that one is armed. After: a status nobody earned, or a closed line.
"""

from __future__ import annotations

from aiohttp import web

from sandbox.faults import Fault


def broken(request: web.Request, fault: Fault) -> web.Response:
    """The answer of a fault that does not act: a status, or no answer at all."""
    if fault.kind == "refuse":
        return hang_up(request)
    body = {"ok": False, "error": fault.code}
    return web.json_response(body, status=fault.status, headers=fault.headers)


def hang_up(request: web.Request) -> web.Response:
    """Close the connection; what is answered afterwards reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
