"""Backups on the local AWS: verified, and one restored for real."""

from __future__ import annotations

import pytest

from tests.scenario.studio import Studio

pytestmark = pytest.mark.scenario


async def test_the_auditor_sees_whether_backups_are_there_and_have_arrived(
    studio: Studio,
) -> None:
    """`/filmops backup verify` and `/filmops backup replication` change nothing."""
    verified = await studio.types("U0EVE", "/filmops backup verify")
    assert "Backups: all is well" in verified
    assert "Newest automated snapshot: rds:prod-db-" in verified
    assert "3 of the 3 newest are there, the same" in verified
    replicated = await studio.types("U0EVE", "/filmops backup replication")
    assert "Rule to-dr: enabled, to ai-film-studio-media-dr-usw2, everything" in replicated
    await studio.nothing_changed()
