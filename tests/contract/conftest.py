"""Fixtures the contracts share."""

from tests.contract.pager_stage import pager_stage, pager_world
from tests.plant import plant, plant_process
from tests.productions import production
from tests.releasing import releasing
from tests.workspace import slack_process, workspace

__all__ = [
    "pager_stage",
    "pager_world",
    "plant",
    "plant_process",
    "production",
    "releasing",
    "slack_process",
    "workspace",
]
