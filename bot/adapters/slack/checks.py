"""Slack's part of `filmops check`: token, scopes, channel, user groups, Socket Mode."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.adapters.slack.api import Identity, SlackApi, listed
from bot.adapters.slack.channels import Channels
from bot.errors import FilmOpsError, Temporary
from bot.ports import Finding


class SlackChecks:
    """See `bot.ports.Checks`. `channels` and `groups` (ids) are the topology's, `scopes` the
    manifest's.
    """

    def __init__(
        self,
        api: SlackApi,
        *,
        channels: Iterable[str],
        scopes: Iterable[str],
        app_token: str | None = None,
        team_id: str | None = None,
        groups: Iterable[str] = (),
    ) -> None:
        self._api = api
        self._channels = tuple(channel.removeprefix("#") for channel in channels)
        self._scopes = frozenset(scopes)
        self._app_token = app_token
        self._team_id = team_id
        self._groups = tuple(groups)

    async def check(self) -> Sequence[Finding]:
        """One finding a thing; without a working token there is nothing more to look at."""
        try:
            me = await self._api.identity()
        except FilmOpsError as error:
            return [_failed("SLACK_BOT_TOKEN", error)]
        findings = [self._team(me), self._granted(me)]
        findings += [await self._posting(channel) for channel in self._channels]
        findings += [await self._group(group) for group in self._groups]
        if self._app_token is not None:
            findings.append(await self._socket(self._app_token))
        return findings

    def _team(self, me: Identity) -> Finding:
        said = f"speaks for {me.team or 'the workspace'} ({me.team_id}) as {me.bot_user_id}"
        if self._team_id is None or self._team_id == me.team_id:
            return Finding(subject="SLACK_BOT_TOKEN", ok=True, said=said)
        fix = f"install the app in {self._team_id}, or set SLACK_TEAM_ID={me.team_id}"
        return Finding(subject="SLACK_TEAM_ID", ok=False, said=said, fix=fix)

    def _granted(self, me: Identity) -> Finding:
        missing = sorted(self._scopes - me.scopes)
        if not missing:
            said = f"all {len(self._scopes)} are granted"
            return Finding(subject="Slack scopes", ok=True, said=said)
        fix = "paste manifest.yml into the app's manifest again and reinstall the app"
        return Finding(
            subject="Slack scopes", ok=False, said=f"missing: {', '.join(missing)}", fix=fix
        )

    async def _posting(self, name: str) -> Finding:
        subject = f"#{name}"
        try:
            channel = await Channels(self._api).look(name)
        except FilmOpsError as error:
            return _failed(subject, error)
        if channel.get("is_member"):
            return Finding(subject=subject, ok=True, said="the bot is a member and can post")
        fix = f"type /invite @FilmOps in {subject}"
        return Finding(subject=subject, ok=False, said="the bot is not a member", fix=fix)

    async def _group(self, group: str) -> Finding:
        subject = f"user group {group}"
        try:
            answer = await self._api.read("usergroups.users.list", {"usergroup": group})
        except FilmOpsError as error:
            return _failed(subject, error)
        count = len(listed(answer, "users"))
        fix = "" if count else "add somebody to the group, or take it out of filmops.toml"
        return Finding(subject=subject, ok=count > 0, said=f"{count} members", fix=fix)

    async def _socket(self, token: str) -> Finding:
        try:
            await self._api.with_app_token("apps.connections.open", token)
        except Temporary as error:
            fix = "run the check again in a minute (Slack allows one such call a minute)"
            return Finding(subject="SLACK_APP_TOKEN", ok=False, said=error.message, fix=fix)
        except FilmOpsError as error:
            fix = "make an app-level token (xapp-…) with the scope connections:write"
            return Finding(subject="SLACK_APP_TOKEN", ok=False, said=error.message, fix=fix)
        return Finding(subject="SLACK_APP_TOKEN", ok=True, said="Socket Mode can connect")


def _failed(subject: str, error: FilmOpsError) -> Finding:
    return Finding(subject=subject, ok=False, said=error.message, fix=error.hint)
