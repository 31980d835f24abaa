"""`python -m tests.mould NAME SOCKET`: processes that need not import what they run, by fork.

A test session starts a hundred parts of the sandbox and as many workers; to import moto takes each
plant two seconds of a processor, botocore each worker one. A mould has imported it and read AWS'
models, and forks: a child is `python -m MODULE ARGUMENTS` in all but that. One order a connection
(tests.cast); the answer is the pid, and at the child's end its exit status. Nothing is imported
before the first order. It ends when its input does, and its children with it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

LOOK_SECONDS = 0.02


def main(name: str, address: str) -> None:
    """Serve until the input ends."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen(64)
    born: dict[int, socket.socket] = {}
    with selectors.DefaultSelector() as waiting:
        waiting.register(0, selectors.EVENT_READ)
        waiting.register(listening, selectors.EVENT_READ)
        while True:
            ready = [key.fileobj for key, _ in waiting.select(LOOK_SECONDS if born else None)]
            if 0 in ready:
                break
            if ready:
                connection, _ = listening.accept()
                _bear(name, connection, [listening, waiting, *born.values()], born)
            _bury(born)
    for pid in born:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _bear(
    name: str,
    connection: socket.socket,
    ours: Sequence[socket.socket | selectors.BaseSelector],
    born: dict[int, socket.socket],
) -> None:
    PREPARED[name]()
    read, descriptors, _, _ = socket.recv_fds(connection, 1 << 20, 3)
    if not read:  # who came has gone, or been killed
        connection.close()
        return
    order = json.loads(read)
    pid = os.fork()
    if pid == 0:
        for one in (*ours, connection):
            one.close()
        _live(order, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    born[pid] = connection
    _say(connection, pid)


def _bury(born: dict[int, socket.socket]) -> None:
    while born:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with born.pop(pid) as connection:
            _say(connection, os.waitstatus_to_exitcode(status))


def _say(connection: socket.socket, number: int) -> None:
    with suppress(BrokenPipeError):  # nobody waits for it any more
        connection.send(b"%d\n" % number)


def _live(order: dict[str, Any], descriptors: list[int]) -> None:
    status = 70
    try:
        os.setsid()
        for target, source in enumerate(descriptors):
            os.dup2(source, target)
            os.close(source)
        os.environ.clear()
        os.environ.update(order["environment"])
        sys.argv = [order["module"], *order["arguments"]]
        runpy.run_module(order["module"], run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - the edge of a process: it must not live on as its parent
        traceback.print_exc()
        status = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Not sys.exit: what the mould would do at its end is not its child's to do.
        os._exit(status)


def _sandbox() -> None:
    """The parts of the world, and what moto reads to speak each service's protocol."""
    for part in ("aws", "pagerduty", "slack", "github"):
        importlib.import_module(f"sandbox.{part}.__main__")
    utils = importlib.import_module("moto.core.utils")
    for service in SERVICES:
        utils.get_service_model(service)


def _bot() -> None:
    """The bot, what it imports when it first speaks to somebody or draws, and AWS' models."""
    for module in BOT:
        importlib.import_module(module)
    session: Any = importlib.import_module("botocore.session")
    session.create_loader = cache(session.create_loader)
    made = session.Session()
    for service in SERVICES:
        made.create_client(service, region_name="us-east-1")


BOT = (
    *("tests.chaos.dying_worker", "bot.adapters.charts_figure", "encodings.idna"),
    *("httpcore", "httpcore2", "truststore", "procrastinate.builtin_tasks"),
)
SERVICES = (
    *("application-autoscaling", "autoscaling", "cloudwatch", "ec2", "ecr", "ecs", "elbv2"),
    *("logs", "rds", "s3", "sqs"),
)


def _once(prepare: Callable[[], None]) -> Callable[[], None]:
    @cache
    def prepared() -> None:
        prepare()
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)

    return prepared


PREPARED = {"sandbox": _once(_sandbox), "bot": _once(_bot)}

if __name__ == "__main__":
    main(*sys.argv[1:])
