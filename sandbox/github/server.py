"""One address for the API and the controls: calls written down, faults, the token, then the answer.

`sandbox.github.__main__` serves it with a thread for each connection.
"""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.faults import Fault, Faults
from sandbox.github.account import Account
from sandbox.github.control import Control
from sandbox.github.rest import Answer, Request, Rest, decoded, unauthorised

ENTERPRISE = "/api/v3"


class Server(ThreadingHTTPServer):
    """The local GitHub on 127.0.0.1."""

    daemon_threads = True

    def __init__(self, port: int, account: Account, token: str) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.account = account
        self.faults = Faults()
        self.calls: list[dict[str, Any]] = []
        self._rest = Rest(account)
        self._control = Control(account, self.faults, self.calls)
        self._token = token

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is the caller's business."""

    def answered(self, request: Request, token: str) -> Answer | None:
        """The answer, or None when the connection is to be cut."""
        if request.path.startswith("/_control/"):
            with self.account.lock:
                return self._control.answer(request)
        call = f"{request.method} {request.path}"
        entry: dict[str, Any] = {"call": call, "query": request.query, "body": request.body}
        self.calls.append(entry)
        fault = self.faults.take(call)
        answer = self._faulty(fault, request, token)
        entry["status"] = None if answer is None else answer.status
        return answer

    def _faulty(self, fault: Fault | None, request: Request, token: str) -> Answer | None:
        if fault is not None and fault.kind == "refuse":
            return None
        if fault is not None and fault.kind == "status":
            # A server that is not well has a page for people.
            body = {"message": fault.code} if fault.status < 500 else "<html>Unicorn!</html>"
            return Answer(status=fault.status, body=body, headers=fault.headers)
        if fault is not None:
            time.sleep(fault.seconds)
        if token not in (f"token {self._token}", f"Bearer {self._token}"):
            return unauthorised()
        with self.account.lock:
            answer = self._rest.answer(request)
        return None if fault is not None and fault.kind == "drop" else answer


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with connections kept open; an answer leaves in one piece."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        """Answer."""
        url = urlsplit(self.path)
        try:
            body = decoded(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        except ValueError:
            self._send(Answer(status=400, body={"message": "Problems parsing JSON"}))
            return
        enterprise = url.path.startswith(f"{ENTERPRISE}/")
        request = Request(
            method=self.command,
            path=url.path.removeprefix(ENTERPRISE) if enterprise else url.path,
            base=f"http://{self.headers['Host']}{ENTERPRISE if enterprise else ''}",
            query=dict(parse_qsl(url.query)),
            body=body,
        )
        server: Any = self.server
        self._send(server.answered(request, self.headers.get("Authorization", "")))

    do_POST = do_DELETE = do_GET  # noqa: N815 - the library's names

    def log_message(self, *_: Any) -> None:
        """Nothing: the control tells every call."""

    def _send(self, answer: Answer | None) -> None:
        if answer is None:
            self.close_connection = True
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        page = isinstance(answer.body, str)
        text = answer.body if page else json.dumps(answer.body)
        content = b"" if answer.body is None else text.encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            kind = "text/html" if page else "application/json"
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
