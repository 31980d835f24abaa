"""Changes that wait on a database, in words that may be shown."""

from __future__ import annotations

import pytest

from bot.adapters.aws.databases import pending_changes

pytestmark = pytest.mark.unit


def test_what_waits_is_told_in_words() -> None:
    waiting = pending_changes(
        {
            "PendingModifiedValues": {
                "DBInstanceClass": "db.r6g.xlarge",
                "AllocatedStorage": 300,
                "ProcessorFeatures": [],
            }
        }
    )
    assert waiting == {"AllocatedStorage": "300", "DBInstanceClass": "db.r6g.xlarge"}


def test_a_password_that_waits_stays_unsaid() -> None:
    waiting = pending_changes({"PendingModifiedValues": {"MasterUserPassword": "hunter2"}})
    assert waiting == {"MasterUserPassword": "(set)"}


def test_nothing_waits() -> None:
    assert pending_changes({}) == {}
