"""Whatever is sent, the answer is clear, and nothing is changed by it."""

from __future__ import annotations

import json
import time
from urllib.parse import urlencode

import pytest

from blocks import ids
from tests.scenario import forging
from tests.scenario.studio import Studio

pytestmark = pytest.mark.scenario

WORDS = {
    "frobnicate": "There is no command 'frobnicate'.",
    "rollback backend --to purple": "to 'purple' does not fit",
    "rollback backend --to": "--to needs a value.",
    "rollback backend --to green --to blue": "--to is given twice.",
    "rollback backend --tu green": "rollback has no --tu.",
    "rollback <@U0BEN|ben>": "There is no service 'u0ben'",
    "rollback <!channel>": "There is no service",
    "rollback 'backend": "There is no service",
    'rollback "back end"': "There is no service 'back end'",
    "rollback 💥": "There is no service",
    "💥🔥": "There is no command",
    "<!channel> now": "There is no command",
    "status backend now": "'now' is one word too many.",
    "show": "show needs REQUEST.",
    "show R": "a request is named like R42",
    "show R99999999999999999999": "a request is named like R42",
    "show R-1": "a request is named like R42",
    "show R2147483648": "a request is named like R42",
    "show R999999999": "There is no request R999999999.",
    "lock backend": "lock needs REASON.",
    "lock backend why --for 1e99d": "for '1e99d' does not fit",
    "lock backend why --for 8d": "7d is the longest",
    "lock backend why --for -1h": "for '-1h' does not fit",
    "freeze everything now": "There is no service 'everything'",
    "why": "why needs COMMAND.",
    "help nothing": "There is no command 'nothing'.",
    "x" * 10_000: "characters long; 2,000 are the most.",
    "rollback backend " + "y" * 1_900: "does not fit",
    "rollback; DROP TABLE requests": "There is no command 'rollback;'",
    "\x00": "",
}


async def test_words_that_do_not_fit_are_answered_with_what_would(studio: Studio) -> None:
    for text, expected in WORDS.items():
        answered = await forging.post(studio.http, forging.command(text))
        assert answered.status_code == 200, text
        said = await studio.answer("U0ANA")
        assert expected in said, f"{text!r}: {said}"
        assert "<!channel>" not in said
        assert "unexpected" not in said
    await studio.nothing_changed()
    assert {action for _, action in await studio.told()} == {"command"}


async def test_secrets_somebody_typed_are_kept_nowhere(studio: Studio) -> None:
    await studio.types("U0ANA", "/filmops rollback backend token=hunter2hunter2 is out")
    shown = await studio.card_says("waiting for 1 approval")
    assert "hunter2" not in shown
    assert "hunter2" not in str(await studio.audit())
    assert "hunter2" not in str(await studio.types("U0BEN", "/filmops show R1"))


async def test_buttons_that_lead_nowhere_say_so(studio: Studio) -> None:
    for button, value, expected in (
        (ids.APPROVE, "999", "There is no R999 here (any more)"),
        (ids.RESUME, "999", "There is no R999 here (any more)"),
        (ids.APPROVE, "1; DROP TABLE", "That button carries no request."),
        (ids.ABORT, "", "That button carries no request."),
        (ids.REJECT, "9" * 400, "That button carries no request."),
        (ids.PAUSE, "²", "That button carries no request."),
        ("filmops.gone", "1", "That button is from another release and does nothing now."),
        ("x" * 300, "1", "That button is from another release and does nothing now."),
    ):
        assert expected in await studio.forged_click("U0BEN", button, value, ts="1.1")
    await studio.nothing_changed()


async def test_what_slack_has_not_signed_is_refused(studio: Studio) -> None:
    body, now = forging.command("rollback backend"), int(time.time())
    post, http = forging.post, studio.http
    assert (await post(http, body, secret="guessed")).status_code == 401
    assert (await post(http, body, signed="v0=" + "0" * 64)).status_code == 401
    assert (await post(http, body, signed="")).status_code == 401
    assert (await post(http, body, stamp=str(now - 400))).status_code == 401
    assert (await post(http, body, stamp=str(now + 400))).status_code == 401
    for stamp in ("soon", "", "-1", "1e9", "²", "9" * 40):
        headers = stamp.encode("utf-8")
        assert (await _stamped(studio, body, headers)) == 401, stamp
    moved = forging.signature(body, str(now))
    other = forging.command("rollback backend", user="U0BEN")
    assert (await post(http, other, stamp=str(now), signed=moved)).status_code == 401
    await studio.nothing_changed()
    assert await studio.audit() == []


async def _stamped(studio: Studio, body: bytes, stamp: bytes) -> int:
    headers = {
        b"Content-Type": forging.FORM.encode(),
        b"X-Slack-Request-Timestamp": stamp,
        b"X-Slack-Signature": b"v0=" + b"0" * 64,
    }
    answer = await studio.http.post("/slack/events", content=body, headers=headers)
    return answer.status_code


async def test_bodies_that_are_not_what_they_say_are_refused(studio: Studio) -> None:
    post, http = forging.post, studio.http
    assert (await post(http, b"x" * 2_000_000)).status_code == 413
    for body in (b"", b"\xff\xfe", b"payload=%7Bnot json", b"payload=[]", b"foo=bar"):
        assert (await post(http, body)).status_code in (400, 401), body
    for body in (b"{", b"[]", b"[" * 100_000, b"null"):
        kind = "application/json"
        assert (await post(http, body, kind=kind)).status_code == 400, body[:20]
    assert (await http.get("/slack/events")).status_code == 405
    await studio.nothing_changed()
    assert await studio.audit() == []


async def test_genuine_but_strange_payloads_do_no_harm(studio: Studio) -> None:
    studio.refusals.add("user_not_in_channel")  # nobody is told, where nobody has asked
    for payload in (
        {"type": "block_actions"},
        {"type": "block_actions", "actions": [], "user": {"id": "U0ANA"}},
        {"type": "block_actions", "actions": "x", "user": 7, "team": []},
        {"type": "block_actions", "actions": [{}], "user": 7, "team": []},
        {"type": "block_actions", "actions": [{}]},
        {"type": "view_submission", "view": {"type": "modal", "callback_id": ids.ROLLBACK_MODAL}},
        {
            "type": "view_submission",
            "view": {"type": "modal", "callback_id": "x", "state": {"values": [1]}},
        },
        {"type": "never_seen"},
        {},
    ):
        body = urlencode({"payload": json.dumps(payload)}).encode()
        assert (await forging.post(studio.http, body)).status_code < 500, payload
    event = {"type": "event_callback", "event": {"type": "message", "text": "hi"}}
    body = json.dumps(event).encode()
    answer = await forging.post(studio.http, body, kind="application/json")
    assert answer.status_code < 500
    await studio.nothing_changed()


async def test_another_workspace_is_not_listened_to(studio: Studio) -> None:
    answered = await forging.post(
        studio.http, forging.command("rollback backend", team="T0ELSEWHERE")
    )
    assert answered.status_code == 200
    assert "wrong_team" in await studio.answer("U0ANA")
    await studio.nothing_changed()
