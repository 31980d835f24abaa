"""Slack's Web API behind the ports Chat, People and Checks.

`bot.app` makes one `SlackApi` and gives it to the three. What arrives *from* Slack is the
entrypoints' (Bolt); here is only what we ask of it.
"""

from bot.adapters.slack.api import Identity, SlackApi
from bot.adapters.slack.chat import SlackChat
from bot.adapters.slack.checks import SlackChecks
from bot.adapters.slack.people import SlackPeople
from bot.adapters.slack.proxy import proxy_for

__all__ = ["Identity", "SlackApi", "SlackChat", "SlackChecks", "SlackPeople", "proxy_for"]
