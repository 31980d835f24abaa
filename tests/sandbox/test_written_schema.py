"""What the plant writes for Alembic where nobody runs it, as the bot understands it."""

from __future__ import annotations

import pytest

from bot.domain.schema import history, losses
from sandbox.aws.written_schema import BEFORE, HEAD, WrittenSchema

pytestmark = pytest.mark.contract


def stands(schema: WrittenSchema) -> tuple[str, str]:
    """By its history, and by itself."""
    current = history(schema.carry(["history", "--indicate-current"])).current
    assert current is not None
    return current.id, schema.carry(["current"])[0]


def test_it_goes_up_and_down_and_is_where_it_says() -> None:
    schema = WrittenSchema()
    assert stands(schema) == (BEFORE, BEFORE)
    assert "Running upgrade" in schema.carry(["upgrade", "head"])[0]
    assert schema.carry(["upgrade", "head"]) == ()
    assert stands(schema) == (HEAD, f"{HEAD} (head)")
    assert losses(schema.carry(["downgrade", f"{HEAD}:{BEFORE}", "--sql"])) == (
        "ALTER TABLE films DROP COLUMN render_profile",
    )
    assert stands(schema) == (HEAD, f"{HEAD} (head)")
    assert "Running downgrade" in schema.carry(["downgrade", BEFORE])[0]
    assert stands(schema) == (BEFORE, BEFORE)


def test_it_can_be_put_to_a_revision_there_is_and_back_to_the_start() -> None:
    schema = WrittenSchema()
    schema.stand_at(HEAD)
    assert stands(schema)[0] == HEAD
    with pytest.raises(ValueError, match=BEFORE):
        schema.stand_at("abc")
    schema.clear()
    assert stands(schema)[0] == BEFORE
