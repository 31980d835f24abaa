"""What is wrong with a request is refused before Bolt sees it; the rest is written down first."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.memory.inbox import MemoryInbox
from bot.entrypoints.body import LARGEST
from bot.entrypoints.http import build_http
from bot.entrypoints.intake import Intake
from bot.entrypoints.slack import SORRY, build_bolt
from bot.entrypoints.watching import watch_routes
from bot.errors import Temporary
from bot.ports import Delivery
from tests.stage import Stage
from tests.unit.entrypoints.test_intake import CLICK, COMMAND, EVENT, VIEW

pytestmark = pytest.mark.unit

SECRET = "signing-secret"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


class Away(MemoryInbox):
    """An inbox whose database is away."""

    async def take(self, delivery: Delivery, now: object) -> bool:
        raise Temporary("the database is away")


@dataclass
class Web:
    """The HTTP side over an inbox in memory."""

    stage: Stage = field(default_factory=Stage)
    secret: str | None = SECRET
    away: bool = False
    status: int = 0

    def client(self) -> httpx.AsyncClient:
        inbox = (Away if self.away else MemoryInbox)(self.stage.tables)
        bolt = build_bolt(
            AsyncWebClient("xoxb-1", base_url="http://127.0.0.1:1/"),
            Intake(inbox, self.stage.clock, team="T1"),
            bot_token="xoxb-1",
            signing_secret=self.secret,
            team="T1",
            bot_user="U0BOT",
        )
        app = build_http(bolt, signing_secret=self.secret, routes=())
        transport = httpx.ASGITransport(app=app)
        return httpx.AsyncClient(transport=transport, base_url="http://filmops")

    async def post(self, body: bytes | str, kind: str = FORM, **headers: str) -> httpx.Response:
        """Signed as Slack signs, unless `headers` say otherwise."""
        sent = body.encode() if isinstance(body, str) else body
        stamp = headers.pop("stamp", str(int(time.time())))
        verifier = SignatureVerifier(SECRET)
        try:
            signature = verifier.generate_signature(timestamp=stamp, body=sent)
        except UnicodeDecodeError:
            signature = "v0=0"
        given = {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": headers.pop("signature", signature or ""),
        }
        async with self.client() as client:
            return await client.post("/slack/events", content=sent, headers=given)

    async def taken(self) -> list[Delivery]:
        for _ in range(100):  # Bolt runs an event's listener beside the answer.
            await asyncio.sleep(0)
        return list(await self.stage.desk.claim(9))


@pytest.fixture
def web() -> Web:
    return Web()


def payload(body: object) -> str:
    return urlencode({"payload": json.dumps(body)})


COMMAND_FORM = urlencode({**COMMAND, "command": "/filmops"})


@pytest.mark.parametrize(
    ("body", "kind", "delivered"),
    [
        (COMMAND_FORM, FORM, "command"),
        (payload(CLICK), FORM, "action"),
        (payload({**VIEW, "type": "view_submission"}), FORM, "view"),
        (json.dumps({**EVENT, "type": "event_callback"}), JSON, "event"),
        (
            json.dumps({**EVENT, "type": "event_callback"}),
            "application/json; charset=utf-8",
            "event",
        ),
    ],
)
async def test_what_slack_sends_is_written_down_and_acknowledged(
    web: Web, body: str, kind: str, delivered: str
) -> None:
    answer = await web.post(body, kind)
    assert answer.status_code == 200
    assert answer.text == ""
    assert [delivery.kind for delivery in await web.taken()] == [delivered]


async def test_an_empty_command_is_a_command(web: Web) -> None:
    answer = await web.post(urlencode({**COMMAND, "command": "/filmops", "text": ""}))
    assert answer.status_code == 200
    assert [delivery.payload["text"] for delivery in await web.taken()] == [""]


async def test_slacks_check_of_the_certificate_is_answered(web: Web) -> None:
    answer = await web.post("ssl_check=1&token=x")
    assert answer.status_code == 200
    assert await web.taken() == []


async def test_the_url_verification_is_answered_with_its_challenge(web: Web) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc"})
    answer = await web.post(body, JSON)
    assert (answer.status_code, "abc" in answer.text) == (200, True)


@pytest.mark.parametrize(
    "headers",
    [
        {"signature": ""},
        {"signature": "v0=" + "0" * 64},
        {"stamp": ""},
        {"stamp": "yesterday"},
        {"stamp": "1e9"},
        {"stamp": "9" * 13},
        {"stamp": "-1"},
        {"stamp": str(int(time.time()) - 301)},
        {"stamp": str(int(time.time()) + 9999)},
    ],
)
async def test_a_missing_stale_or_forged_signature_is_refused(
    web: Web, headers: dict[str, str]
) -> None:
    assert (await web.post(COMMAND_FORM, **headers)).status_code == 401
    assert await web.taken() == []


async def test_a_signature_of_another_body_is_refused(web: Web) -> None:
    stamp = str(int(time.time()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=stamp, body="text=status")
    answer = await web.post(COMMAND_FORM, stamp=stamp, signature=signature or "")
    assert answer.status_code == 401


async def test_a_body_that_is_no_text_is_refused(web: Web) -> None:
    assert (await web.post(b"\xff\xfe")).status_code == 401


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", FORM),
        ("nonsense", FORM),
        ("a=1", FORM),
        ("payload=%7B", FORM),
        (payload([1]), FORM),
        (payload("x"), FORM),
        ("payload=" + "[" * 20_000, FORM),
        ("&".join(f"a{n}=1" for n in range(200)), FORM),
        ("[]", JSON),
        ("{", JSON),
        ("", JSON),
        ("x=1", "text/plain"),
        (COMMAND_FORM, JSON),
    ],
)
async def test_a_body_that_is_not_what_it_says_is_refused(web: Web, body: str, kind: str) -> None:
    assert (await web.post(body, kind)).status_code == 400
    assert await web.taken() == []


async def test_what_nobody_listens_to_is_no_bug(web: Web) -> None:
    answer = await web.post(payload({"type": "shortcut", "callback_id": "x", **VIEW}))
    assert answer.status_code < 500
    answer = await web.post(payload({**VIEW, "type": "view_closed"}))
    assert answer.status_code < 500
    assert await web.taken() == []


async def test_a_body_that_is_too_large_is_refused_as_soon_as_it_is(web: Web) -> None:
    assert (await web.post(b"x" * (LARGEST + 1))).status_code == 413
    assert (await web.post(b"x" * LARGEST)).status_code == 400


async def test_a_body_in_chunks_is_counted_whatever_its_length_claims(web: Web) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(LARGEST // 100_000 + 1):
            yield b"x" * 100_000

    async with web.client() as client:
        answer = await client.post("/slack/events", content=chunks())
    assert answer.status_code == 413


async def test_without_a_signing_secret_http_is_off() -> None:
    web = Web(secret=None)
    answer = await web.post(COMMAND_FORM)
    assert (answer.status_code, "SLACK_SIGNING_SECRET" in answer.text) == (503, True)


async def test_a_command_that_could_not_be_written_down_is_said_to_be_undone() -> None:
    answer = await Web(away=True).post(COMMAND_FORM)
    assert (answer.status_code, SORRY in answer.text) == (200, True)


@pytest.mark.parametrize("body", [payload(CLICK), payload({**VIEW, "type": "view_submission"})])
async def test_other_things_that_could_not_be_written_down_do_not_show_slacks_error(
    body: str,
) -> None:
    assert (await Web(away=True).post(body)).status_code == 200


async def test_without_bolt_there_are_the_other_addresses() -> None:
    app = build_http(None, signing_secret=SECRET, routes=watch_routes(Stage().world))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://filmops") as client:
        assert (await client.post("/slack/events")).status_code == 503
        assert (await client.get("/livez")).status_code == 200
