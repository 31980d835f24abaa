"""The world around the bot: PagerDuty, AWS, Slack, GitHub as processes, and the way to them.

    with World(parts=("pagerduty", "aws")) as world:
        world.environment      # what the bot is started with
        world.topology         # filmops.toml with the services' addresses in the plant
        world.url("aws")       # where a part listens; its controls are below /_control/

Used by the supervisor (`python -m sandbox`) and by the tests. The children's environment is
built from nothing: no credential, proxy or profile of the person who starts it gets in.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.environment import Addresses, bare, bot_environment
from sandbox.processes import Child, Crew
from sandbox.rewrite import write_derived
from sandbox.warden import stop_databases

PARTS = ("pagerduty", "aws", "slack", "github")
WEBHOOK_SECRET = "sandbox-webhook-secret"
CHECKOUT = Path(__file__).parent.parent


class World:
    """The parts that stand for the world outside, each a process of its own."""

    def __init__(
        self,
        *,
        topology: Path = CHECKOUT / "filmops.toml",
        parts: Sequence[str] = PARTS,
        aws_args: Sequence[str] = (),
        slack_args: Sequence[str] = (),
        pagerduty_args: Sequence[str] = (),
        github_args: Sequence[str] = (),
        bot_environment: Mapping[str, str] | None = None,
        web_port: int | None = None,
        keep: bool = False,
    ) -> None:
        self._source = topology
        self._parts = tuple(parts)
        self._args = {
            "aws": aws_args,
            "slack": slack_args,
            "pagerduty": pagerduty_args,
            "github": github_args,
        }
        self._more = dict(bot_environment or {})
        self._keep = keep
        self.web_port = web_port or free_port()
        self.children: dict[str, Child] = {}
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.open()
        return self

    def open(self) -> None:
        """Start everything. Raises ProcessFailed with the log's end; nothing is left then."""
        self.directory = private_directory()
        self.crew = Crew(self.directory, remove=not self._keep)
        self.data_dir = self.directory / "data"
        self.data_dir.mkdir()
        self.topology = self.directory / "filmops.toml"
        try:
            for part in self._parts:
                self.start_part(part)
            for child in self.children.values():
                child.wait_ready()
            plant = self.announced("aws").get("url") if "aws" in self.children else None
            write_derived(self._source, self.topology, plant)
            self.environment = self._environment()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start_part(self, part: str, *more: str) -> Child:
        """Start one part's process; the caller waits with `wait_ready`."""
        command = [sys.executable, "-m", f"sandbox.{part}", "--topology", str(self._source)]
        command += [*self._own_args(part), *self._args[part], *more]
        child = self.crew.start(part, command, bare(self.directory), announce=True)
        self.children[part] = child
        return child

    def announced(self, part: str) -> dict[str, Any]:
        """What the part said when it was ready."""
        return self.children[part].announcement

    def url(self, part: str) -> str:
        """The part's base address."""
        return str(self.announced(part)["url"])

    @property
    def ca(self) -> Path:
        """The certificate that PagerDuty's address is signed by."""
        return Path(self.announced("pagerduty")["ca"])

    @property
    def logs(self) -> Path:
        """The directory with one log for each process."""
        return self.directory / "logs"

    def close(self) -> list[str]:
        """Stop everything and remove the directory; return what could not be stopped."""
        left = self.crew.stop_all()
        left += [f"postgres {pid}" for pid in stop_databases(self.directory)]
        self.crew.close()
        if not self._keep:
            shutil.rmtree(self.directory, ignore_errors=True)
        return left

    def _own_args(self, part: str) -> list[str]:
        webhooks = f"http://127.0.0.1:{self.web_port}/webhooks"
        if part == "aws":
            database = str(self.directory / "product")
            return ["--alerts-url", f"{webhooks}/sns", "--product-database", database]
        if part != "pagerduty":
            return []
        return [
            *("--certificates", str(self.directory)),
            *("--webhook-url", f"{webhooks}/pagerduty", "--webhook-secret", WEBHOOK_SECRET),
        ]

    def _environment(self) -> dict[str, str]:
        announced = {part: child.announcement for part, child in self.children.items()}
        return bot_environment(
            directory=self.directory,
            addresses=Addresses.of(announced),
            topology=self.topology,
            data_dir=self.data_dir,
            webhook_secret=WEBHOOK_SECRET,
            more=self._more,
        )


def private_directory() -> Path:
    """A new directory with a short path: PostgreSQL's socket lives in it (about 100 characters)."""
    short = Path("/tmp")  # noqa: S108 - mkdtemp makes it private
    made = Path(tempfile.mkdtemp(prefix="filmops-", dir=short if short.is_dir() else None))
    if os.geteuid() == 0:
        # Root's PostgreSQL gives root up and must pass through to its data, which would else be
        # put outside this directory and outlive it. Passing is not reading.
        made.chmod(0o711)
    return made


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
