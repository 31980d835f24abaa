"""Fixtures the contracts share."""

from tests.workspace import slack_process, workspace

__all__ = ["slack_process", "workspace"]
