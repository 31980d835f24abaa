"""Secrets and addresses, from the environment, read once at start.

`load_settings` refuses what is wrong in itself, `require` what a command lacks, `problems_with`
what does not fit the topology: each names every mistake in a line of its own. Nothing after
this asks the environment, except boto3 and OpenSSL for variables of theirs. Every name is
described in docs/settings.md (a test compares).
"""

from bot.settings.read import load_settings
from bot.settings.rules import problems_with, require
from bot.settings.values import Settings, names

__all__ = ["Settings", "load_settings", "names", "problems_with", "require"]
