"""`python -m sandbox.github`: serve until SIGTERM.

Announces `{"url", "token", "pid"}` once it listens. Its repositories are those the topology names
(read as plain TOML: checking it is the bot's), and the shipped example's.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
import tomllib
from pathlib import Path

from sandbox.github.account import Account
from sandbox.github.server import Server
from sandbox.github.values import DEPLOY

EXAMPLE = "ai-film-studio/backend"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.github")
    parser.add_argument("--topology", type=Path, default=Path("filmops.toml"))
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--announce", type=Path, help="file to write the address to")
    parser.add_argument("--token", default="sandbox-github")
    return parser.parse_args()


def named(topology: Path) -> dict[str, list[str]]:
    """The workflows of each repository."""
    services = tomllib.loads(topology.read_text(encoding="utf-8")).get("services", {})
    found: dict[str, list[str]] = {}
    for service in services.values():
        source = service.get("deploy", {}).get("github", {})
        if "repository" in source:
            found.setdefault(source["repository"], []).append(source.get("workflow", DEPLOY))
    return found or {EXAMPLE: [DEPLOY]}


def main() -> None:
    """Listen, announce, wait for the signal."""
    options = arguments()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = Server(options.port, Account(named(options.topology)), options.token)
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    if options.announce:
        url = f"http://127.0.0.1:{server.server_port}"
        said = {"url": url, "token": options.token, "pid": os.getpid()}
        waiting = options.announce.with_name(f".{options.announce.name}.{os.getpid()}")
        waiting.write_text(json.dumps(said), encoding="utf-8")
        waiting.replace(options.announce)
    stop.wait()
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    main()
