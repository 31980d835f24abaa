"""What alembic writes is understood, and what cannot be is not guessed."""

from __future__ import annotations

import pytest

from bot.domain.schema import BASE, beside, history, losses

pytestmark = pytest.mark.unit

UPGRADE = ("alembic", "upgrade", "head")
WRITTEN = """\
backend-migrate: $ alembic history --indicate-current
INFO  [alembic.runtime.migration] Context impl PostgresqlImpl.
8c41de7a0b95 -> b5e07d3c2f14 (head), merge films -> reels
3f2a9c1b7d20 -> 8c41de7a0b95 (current), add films.render_profile, indexed
1a0c6f2e9b47 -> 3f2a9c1b7d20, drop films.legacy_status
<base> -> 1a0c6f2e9b47, films, users (first)
backend-migrate: done
""".splitlines()
SQL = """\
INFO  [alembic.runtime.migration] Generating static SQL
BEGIN;

-- Running downgrade 8c41de7a0b95 -> 3f2a9c1b7d20

ALTER TABLE films
  DROP COLUMN render_profile;

ALTER TABLE films ADD COLUMN old text;

ALTER TABLE films ALTER COLUMN title TYPE varchar(10);

DROP INDEX films_by_profile;

INSERT INTO notes VALUES ('x');

UPDATE alembic_version SET version_num='3f2a' WHERE alembic_version.version_num = '8c41';

DELETE FROM alembic_version WHERE version_num = '8c41';

COMMIT;
""".splitlines()


def test_history_knows_where_the_database_stands_and_what_is_to_come() -> None:
    found = history(WRITTEN)
    assert [one.id for one in found.revisions] == [
        "b5e07d3c2f14",
        "8c41de7a0b95",
        "3f2a9c1b7d20",
        "1a0c6f2e9b47",
    ]
    assert found.current is not None
    assert found.current.message == "add films.render_profile, indexed"
    assert [one.message for one in found.heads] == ["merge films -> reels"]
    assert [one.id for one in found.pending()] == ["b5e07d3c2f14"]
    assert [one.id for one in found.below()][-1] == "1a0c6f2e9b47"


def test_before_the_first_revision_everything_is_pending() -> None:
    found = history(line.replace(" (current)", "") for line in WRITTEN)
    assert found.current is None
    assert len(found.pending()) == 4
    assert [found.back_to(wanted) for wanted in ("-1", BASE, "1a0c6f2e9b47")] == [None] * 3
    assert history(["nonsense"]).heads == ()


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("-1", "3f2a9c1b7d20"),
        ("-2", "1a0c6f2e9b47"),
        ("-3", BASE),
        ("-4", None),
        ("-0", None),
        (BASE, BASE),
        ("3f2a", "3f2a9c1b7d20"),
        ("1a0c6f2e9b47", "1a0c6f2e9b47"),
        ("8c41de7a0b95", None),
        ("b5e07d3c2f14", None),
        ("ffff", None),
    ],
)
def test_a_way_down_is_named_whole(wanted: str, meant: str | None) -> None:
    assert history(WRITTEN).back_to(wanted) == meant


def test_a_merge_stands_on_both() -> None:
    found = history(["aa1, bb2 -> cc3 (head) (mergepoint) (current), both", "<base> -> aa1, a"])
    assert found.current is not None
    assert found.current.down == ("aa1", "bb2")
    assert found.back_to("-1") == "aa1"


def test_what_is_lost_are_drops_deletes_and_narrowed_columns() -> None:
    assert losses(SQL) == (
        "ALTER TABLE films DROP COLUMN render_profile",
        "ALTER TABLE films ALTER COLUMN title TYPE varchar(10)",
        "DROP INDEX films_by_profile",
    )
    assert losses([]) == ()


@pytest.mark.parametrize(
    ("command", "made"),
    [
        (UPGRADE, ("alembic", "current")),
        (("python", "-m", "alembic", "-c", "x.ini", "upgrade", "heads"), None),
        (("/app/.venv/bin/alembic", "upgrade", "head"), ("/app/.venv/bin/alembic", "current")),
        (("python", "manage.py", "migrate"), ()),
        (("upgrade", "everything"), ()),
    ],
)
def test_other_commands_are_called_as_the_migration_is(
    command: tuple[str, ...], made: tuple[str, ...] | None
) -> None:
    found = beside(command, "current")
    if made is None:
        assert found == ("python", "-m", "alembic", "-c", "x.ini", "current")
    else:
        assert found == (made or None)
