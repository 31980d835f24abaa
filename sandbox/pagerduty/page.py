"""The page for people: what rang, for whom, and two buttons to answer as somebody.

Served on plain HTTP too, so that no browser complains about a certificate of five minutes ago.
"""

from __future__ import annotations

from html import escape
from itertools import islice

from aiohttp import web

from sandbox.pagerduty.account import Account
from sandbox.pagerduty.values import Incident, Level

SHOWN = 200
"""Incidents on the page: the newest, for a browser asks every five seconds."""

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
body{color:#1d1c1d;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.5rem;vertical-align:top}
tr{border-bottom:1px solid #ddd}button{font:inherit;padding:.3rem .7rem;min-height:2.2rem}
.triggered{color:#b00020;font-weight:600}.acknowledged{color:#8a5a00;font-weight:600}
.resolved{color:#1a6b2f}small{color:#555}
"""


class PeoplesPage:
    """The page of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        """What it answers."""
        return [web.get("/", self.show), web.post("/", self.act)]

    async def show(self, request: web.Request) -> web.Response:
        """The newest incidents on one page, new every five seconds."""
        acting = request.query.get("as", "")
        newest = islice(reversed(self._account.book.all.values()), SHOWN)
        rows = "".join(self._row(incident, acting) for incident in newest)
        table = (
            "<table><thead><tr><th scope=col>State<th scope=col>Incident"
            f"<th scope=col>Paged<th scope=col>Answer</thead><tbody>{rows}</tbody></table>"
            if rows
            else "<p>Nobody has been paged yet. All quiet.</p>"
        )
        on_call = "".join(map(_on_call, self._account.levels))
        text = (
            "<!doctype html><html lang=en><meta charset=utf-8><title>PagerDuty (sandbox)</title>"
            "<meta name=viewport content='width=device-width'><meta http-equiv=refresh content=5>"
            f"<style>{STYLE}</style><h1>PagerDuty (sandbox)</h1><h2>Incidents</h2>{table}"
            f"<h2>On call</h2><ul>{on_call}</ul></html>"
        )
        return web.Response(text=text, content_type="text/html")

    async def act(self, request: web.Request) -> web.Response:
        """A button was pressed: acknowledge or resolve as the chosen person."""
        form = await request.post()
        incident = self._account.book.all.get(str(form.get("incident")))
        user = self._account.user(str(form.get("as")))
        if incident is not None and user is not None and form.get("do") == "acknowledge":
            if incident.open:  # a person has no button that reopens
                self._account.acknowledge(incident, user)
        elif incident is not None and user is not None and form.get("do") == "resolve":
            self._account.resolve(incident, user)
        raise web.HTTPSeeOther(str(request.rel_url.with_query({"as": str(form.get("as", ""))})))

    def _row(self, incident: Incident, acting: str) -> str:
        people = ", ".join(escape(user.name) for user in incident.assignees) or "nobody"
        again = f", {incident.triggers} times" if incident.triggers > 1 else ""
        return (
            f"<tr id={incident.id}><td class={incident.status}>{incident.status}"
            f"<td>#{incident.number} {escape(incident.title)}<br>"
            f"<small>{escape(incident.level.name)}, {incident.created_at:%H:%M:%S} UTC{again}, "
            f"key {escape(incident.dedup_key)}</small>"
            f"<td>{people}<td>{self._buttons(incident, acting) if incident.open else ''}"
        )

    def _buttons(self, incident: Incident, acting: str) -> str:
        chosen = acting or (incident.assignees[0].email if incident.assignees else "")
        options = "".join(
            f"<option value='{escape(user.email)}'{' selected' if user.email == chosen else ''}>"
            f"{escape(user.name)}</option>"
            for user in self._account.users
        )
        buttons = " ".join(
            f"<button name=do value={verb.lower()} aria-label='{verb} #{incident.number}'>"
            f"{verb}</button>"
            for verb in ("Acknowledge", "Resolve")
        )
        return (
            f"<form method=post><input type=hidden name=incident value={incident.id}>"
            f"<select name=as aria-label='Answer #{incident.number} as'>{options}</select> "
            f"{buttons}</form>"
        )


def _on_call(level: Level) -> str:
    who = escape(level.on_call.name) if level.on_call else "<b>nobody</b>"
    pause = " (maintenance: nobody is paged)" if level.maintenance else ""
    return f"<li>{escape(level.name)}: {who}{pause}</li>"
