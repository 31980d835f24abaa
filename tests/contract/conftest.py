"""Fixtures the contracts share."""

from tests.contract.code_stage import api, code_stage
from tests.contract.pager_stage import pager_stage, pager_world
from tests.github import github, github_process
from tests.plant import plant, plant_process
from tests.productions import production
from tests.releasing import releasing
from tests.storing import storing
from tests.workspace import slack_process, workspace

__all__ = [
    "api",
    "code_stage",
    "github",
    "github_process",
    "pager_stage",
    "pager_world",
    "plant",
    "plant_process",
    "production",
    "releasing",
    "slack_process",
    "storing",
    "workspace",
]
