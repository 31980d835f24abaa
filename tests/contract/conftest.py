"""Fixtures the contracts share."""

from tests.plant import plant, plant_process
from tests.productions import production
from tests.workspace import slack_process, workspace

__all__ = ["plant", "plant_process", "production", "slack_process", "workspace"]
