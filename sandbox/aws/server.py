"""One HTTP address for AWS, SNS' certificate, the product and the control.

`Gate`'s dropped calls end here: the connection is closed before a byte is answered.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler, create_backend_app
from werkzeug import Request, Response
from werkzeug.serving import BaseWSGIServer, make_server

from sandbox.aws import product
from sandbox.aws.control import Control
from sandbox.aws.gate import Dropped
from sandbox.aws.lookups import Dispatcher
from sandbox.aws.plant import Plant

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Handler(MotoRequestHandler):
    """moto's handler, keeping connections open and saying nothing of each request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the control tells every call."""


def application(plant: Plant, control: Control) -> Wsgi:
    """The WSGI application of the whole plant."""
    moto = Dispatcher(create_backend_app)

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith("/_control/"):
            return _wsgi(control.answer(Request(environ)), environ, start_response)
        if path.startswith("/_product/"):
            return _wsgi(product.answer(plant, Request(environ)), environ, start_response)
        if path.startswith("/_sns/"):
            return _wsgi(_certificate(control, path), environ, start_response)
        try:
            result: Iterable[bytes] = moto(environ, start_response)
        except Dropped:
            with suppress(OSError):
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            # werkzeug takes this for a client that went away, which it now looks like.
            raise ConnectionResetError from None
        return result

    return answer


def _certificate(control: Control, path: str) -> Response:
    alarms = control.alarms
    there = path.endswith(f"/{alarms.name}")
    return Response(alarms.certificate if there else b"", 200 if there else 404)


def _wsgi(response: Response, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    return response(environ, start_response)


def bind(plant: Plant, control: Control, port: int) -> BaseWSGIServer:
    """A server on 127.0.0.1 with a thread per connection. Raises OSError when the port is taken."""
    return make_server(
        "127.0.0.1", port, application(plant, control), threaded=True, request_handler=Handler
    )
