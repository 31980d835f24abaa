"""AI Film Studio at night: the bot in this process, the world around it as processes.

The bot is put together by `bot.app.opened` and runs `bot.processes` as production does, only in
the test's event loop. Slack reaches it by signed HTTP; people act through the local Slack.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
import pytest
from psycopg.conninfo import conninfo_to_dict

from bot import processes
from bot.adapters.clock import DatabaseClock, build_clock
from bot.adapters.postgres.pool import Pool
from bot.app import Application, opened
from bot.domain.audit import Row
from bot.domain.run import StepState
from bot.engine.chain import examined
from bot.engine.escalator import Escalator
from bot.engine.reconciler import tick
from bot.settings import load_settings
from bot.topology import load
from tests.scenario import forging
from tests.scenario.outside import Json, Outside, words
from tests.waits import WAITS

T = TypeVar("T")
DEADLINE = 25.0
FAST: Mapping[str, object] = {
    "period_seconds": 1,
    "lag_seconds": 0,
    "history_minutes": 1,
    "watch_minutes": 1,
    "trigger_minutes": 1,
    "blind_minutes": 1,
}
"""The shipped topology with a watch of a second instead of three minutes."""


class MovableClock(DatabaseClock):
    """The database's clock, `ahead` of it when a test says so."""

    ahead = timedelta()

    def now(self) -> datetime:
        """The present instant of this test."""
        return super().now() + self.ahead


async def until(question: Callable[[], Awaitable[T]], what: str = "") -> T:
    """Ask until the answer is true; fail with the last one after the deadline.

    The longer it takes, the seldomer it is asked: to read a card is more work than to carry a run.
    """
    deadline, pause = time.monotonic() + DEADLINE, 0.05
    while True:
        answer = await question()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"never came true: {what}"
        await asyncio.sleep(pause)
        pause = min(0.4, pause * 1.15)


def topology_file(
    source: Path, target: Path, changes: Mapping[str, object], more: str = ""
) -> Path:
    """`source` with `name = value` lines changed, everywhere the name stands but where its value
    is a table; `more` is added to its end.
    """
    text = source.read_text(encoding="utf-8")
    for name, value in changes.items():
        line = rf"(?m)^({name}\s*=\s*)(?![\s{{])[^#\n]*?(?=\s*(?:#.*)?$)"
        text, times = re.subn(line, rf"\g<1>{value}", text)
        assert times, f"the topology has no {name}"
    target.write_text(f"{text}\n{more}", encoding="utf-8")
    return target


@dataclass(kw_only=True)
class Studio:
    """What people do, and what a test may look at afterwards."""

    app: Application
    outside: Outside
    clock: MovableClock
    topology: Path
    dsn: str
    http: httpx.AsyncClient
    escalator: Escalator
    seen: set[str] = field(default_factory=set)
    refusals: set[str] = field(default_factory=set)
    """Answers of the Web API besides `ok` that this test expects."""
    errors: set[str] = field(default_factory=set)
    """How errors in the log that this test expects begin."""

    # -- people

    async def types(self, who: str, text: str, **more: Any) -> str:
        """Type a command in #ops-alerts; what they alone are answered."""
        await self.command(who, text, **more)
        return await self.answer(who)

    async def command(self, who: str, text: str, **more: Any) -> Json:
        """Type it and do not wait for more than the acknowledgement."""
        return await self.outside.slack.tell(
            "act/command", user=who, channel="ops-alerts", text=text, **more
        )

    async def clicks(self, who: str, button: str, request: int | str = 1, **more: Any) -> str:
        """Press a button on a request's card, as soon as it is there; what they are answered."""
        await self.press(who, button, request, **more)
        return await self.answer(who)

    async def press(self, who: str, button: str, request: int | str = 1, **more: Any) -> Json:
        """Press it and do not wait for more than the acknowledgement."""

        async def there() -> bool:
            return f'"{button}"' in str(await self.card(request)).replace("'", '"')

        await until(there, f"a button {button} on the card of {request}")
        card = await self.card(request)
        return await self.outside.slack.tell(
            "act/click", user=who, channel="ops-alerts", ts=card["ts"], action_id=button, **more
        )

    async def forged_click(self, who: str, button: str, value: str, **more: Any) -> str:
        """A signed click Slack's own client would not send; what they are answered."""
        answered = await forging.post(self.http, forging.click(who, button, value, **more))
        assert answered.status_code == 200, answered.text
        return await self.answer(who)

    async def opens_home(self, who: str, **more: Any) -> Json:
        """Look at the Home tab; its view, once it is there."""
        await self.outside.slack.tell("act/home", user=who, **more)

        async def there() -> Json | None:
            found: Json | None = (await self.outside.slack.ask("home", user=who))["view"]
            return found

        view = await until(there, "the Home tab")
        assert view is not None
        return view

    async def on_home(self, who: str, button: str, **more: Any) -> None:
        """Press a button on the Home tab."""
        await self.outside.slack.tell("act/click", user=who, home=True, action_id=button, **more)

    async def modal(self, who: str) -> Json:
        """The dialog in front of somebody, as soon as there is one."""

        async def there() -> Json | None:
            views = (await self.outside.slack.ask("views", user=who))["views"]
            return views[-1] if views else None

        view = await until(there, "a dialog")
        assert view is not None
        return view

    async def answer(self, who: str) -> str:
        """The next thing only this person sees."""

        async def there() -> str | None:
            for message in await self.ephemerals(who):
                if message["ts"] not in self.seen:
                    self.seen.add(message["ts"])
                    return words(message)
            return None

        return str(await until(there, f"an answer to {who}"))

    # -- what there is in Slack

    async def ephemerals(self, who: str = "") -> list[Json]:
        """What one person, or anybody, was told alone in #ops-alerts."""
        more = {"user": who} if who else {}
        shown = await self.outside.slack.ask("messages", channel="ops-alerts", **more)
        return [m for m in shown["ephemerals"] if not who or m["ephemeral_to"] == who]

    async def cards(self) -> list[Json]:
        """The messages everybody sees in #ops-alerts."""
        found: list[Json] = (await self.outside.slack.ask("messages", channel="ops-alerts"))[
            "messages"
        ]
        return found

    async def calls(self, method: str) -> list[Json]:
        """How a method of the Web API was called, oldest first."""
        found: list[Json] = (await self.outside.slack.ask("calls", method=method))["calls"]
        return found

    async def card(self, request: int | str = 1) -> Json:
        """A request's card by its number, any other by its name; or nothing yet."""
        name = f"R{request}" if isinstance(request, int) else request
        return next((m for m in await self.cards() if name in m["text"].split()[:3]), {})

    async def card_says(self, *expected: str, request: int | str = 1) -> str:
        """Wait until the card shows all this; all it shows then."""
        shown = ""

        async def there() -> bool:
            nonlocal shown
            shown = words(await self.card(request))
            return all(text in shown for text in expected)

        try:
            await until(there)
        except AssertionError:
            raise AssertionError(f"expected {expected} on the card, which says:\n{shown}") from None
        return shown

    async def channel_says(self, expected: str) -> str:
        """Wait until everybody in #ops-alerts can read that; the message."""

        async def there() -> str:
            shown = [words(message) for message in await self.cards()]
            return next((text for text in shown if expected in text), "")

        return await until(there, f"{expected!r} in #ops-alerts")

    async def thread_says(self, expected: str, request: int | str = 1) -> str:
        """Wait until something under the card says that."""

        async def there() -> str:
            shown = words((await self.card(request)).get("replies", []))
            return shown if expected in shown else ""

        return await until(there, f"{expected!r} in the thread")

    # -- what there is behind it

    async def in_step(self, number: int, request: int = 1) -> None:
        """Wait until the run has begun that step (counted from 1, as on the card)."""

        async def there() -> bool:
            run = await self.app.world.store.runs.get(request)
            step = run.next_step if run is not None else None
            begun = step is not None and step.position == number - 1
            return begun and step is not None and step.state is StepState.RUNNING

        await until(there, f"R{request} in step {number}")

    async def audit(self) -> list[Row]:
        """The whole audit log; it must hold."""
        log = self.app.world.store.audit
        assert (await examined(log))[1] is None
        return [row async for row in log.rows()]

    async def told(self) -> list[tuple[str, str]]:
        """Actor and action of every audit row, in order."""
        return [(row.entry.actor, row.entry.action) for row in await self.audit()]

    async def nothing_changed(self) -> None:
        """Neither AWS nor any request, and nothing was posted."""
        assert await self.outside.aws.changes() == []
        assert await self.app.world.store.requests.recent() == ()
        assert await self.cards() == []

    async def tick(self) -> None:
        """What the scheduler does every two seconds."""
        await tick(self.app.world)

    async def escalate(self) -> None:
        """What the scheduler does until nothing is due."""
        due: datetime | None = self.clock.now()
        while due is not None and due <= self.clock.now():
            due = await self.escalator.wake()
            await self.escalator.drain(10)

    # -- the story's beginning, as many tests share it

    async def asks(self, text: str = "/filmops rollback backend", who: str = "U0ANA") -> str:
        """Ask for a rollback and wait for its card."""
        answer = await self.types(who, text)
        assert "is waiting in" in answer, answer
        return await self.card_says("waiting for 1 approval")


def bot_environment(outside: Outside, dsn: str, topology: Path) -> dict[str, str]:
    """What this bot is started with: no socket, its own database and topology."""
    given = {
        **outside.world.environment,
        "DATABASE_URL": url_of(dsn),
        "FILMOPS_CONFIG": str(topology),
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
    del given["SLACK_APP_TOKEN"]
    return given


def url_of(dsn: str) -> str:
    """A connection string as the address DATABASE_URL takes."""
    parts = conninfo_to_dict(dsn)
    name = parts.pop("dbname")
    return f"postgresql:///{name}?{urlencode(parts)}"


@asynccontextmanager
async def open_studio(
    outside: Outside,
    dsn: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    more: str = "",
    variables: Mapping[str, str] | None = None,
    **changes: object,
) -> AsyncIterator[Studio]:
    """The bot's web and worker on this database; `changes` are of the topology, `more` is added to
    its end, `variables` to the environment.
    """
    changed = {**FAST, **changes}
    topology = topology_file(outside.world.topology, folder / "filmops.toml", changed, more)
    environment = {**bot_environment(outside, dsn, topology), **(variables or {})}
    for name, value in environment.items():
        # boto3 and OpenSSL ask the environment themselves.
        if name.startswith("AWS_") or name in ("SSL_CERT_FILE", "NO_PROXY"):
            monkeypatch.setenv(name, value)
    clocks: list[MovableClock] = []

    async def movable(pool: Pool) -> MovableClock:
        real = await build_clock(pool)
        clocks.append(MovableClock(real._measured, real._at))
        return clocks[0]

    monkeypatch.setattr("bot.app.build_clock", movable)
    for where, wait in WAITS.items():
        monkeypatch.setattr(where, wait)
    async with (
        opened(load_settings(environment), load(topology), dsn, "test") as app,
        httpx.AsyncClient(base_url=outside.address, timeout=10, trust_env=False) as http,
    ):
        studio = Studio(
            app=app,
            outside=outside,
            clock=clocks[0],
            topology=topology,
            dsn=dsn,
            http=http,
            escalator=Escalator(app.world, owner="studio"),
        )
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            web = processes.web("127.0.0.1", outside.world.web_port)
            group.create_task(_part(web(app, stop)))
            group.create_task(_part(processes.worker(app, stop)))
            try:
                await until(lambda: listening(http), "the bot listens")
                yield studio
            finally:
                stop.set()


async def _part(process: Awaitable[None]) -> None:
    await process


async def listening(http: httpx.AsyncClient) -> bool:
    """Whether the bot is up and well."""
    try:
        return (await http.get("/livez")).status_code == 200
    except httpx.TransportError:
        return False
