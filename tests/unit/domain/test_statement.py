"""A statement is recognised by its names; what it was about stays where it is."""

from __future__ import annotations

import pytest

from bot.domain.statement import MOST, without_values

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("ALTER ROLE ana PASSWORD 'hush'", "ALTER ROLE ana PASSWORD '…'"),
        ("SELECT 'it''s hush' , 1", "SELECT '…' , 1"),
        (r"SELECT E'hush \' hush', x", "SELECT '…', x"),
        ("SELECT $$hush$$, $tag$hush $ hush$tag$, y", "SELECT '…', '…', y"),
        ("SELECT * FROM films WHERE id = $1 AND x = $2", None),
        ("SELECT 'hush, cut off by the ser", "SELECT '…'"),
        ("SELECT $q$hush, cut off", "SELECT '…'"),
        ("SELECT 1 -- hush\n FROM /* hush\n hush */ films", "SELECT 1 FROM films"),
        ("SELECT 1 /* hush, cut off", "SELECT 1"),
        ("SELECT * FROM users WHERE phone = 4930123456 AND n = 12", None),
        ('SELECT "a\'b", \'hush\', "c" FROM t1234567', 'SELECT "a\'b", \'…\', "c" FROM t1234567'),
    ],
)
def test_no_value_of_a_statement_is_shown(sql: str, shown: str | None) -> None:
    found = without_values(sql)
    assert "hush" not in found
    assert "4930123456" not in found
    if shown is not None:
        assert found == shown


def test_what_stands_for_a_value_stays_and_so_do_small_numbers() -> None:
    assert without_values("SELECT a\n  FROM b WHERE c = $12 LIMIT 10") == (
        "SELECT a FROM b WHERE c = $12 LIMIT 10"
    )


def test_a_statement_is_no_longer_than_it_takes_to_recognise_it() -> None:
    assert len(without_values("SELECT " + ", ".join(["column"] * 500))) == MOST
