"""Debian's own PostgreSQL with pg_stat_statements, which the embedded server does not have.

`.ci/run` installs it; without it this is skipped by name.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from bot.adapters.postgres.product import ProductSql
from bot.adapters.postgres.product_checks import ProductChecks
from bot.domain.db_health import Grade, judged
from bot.domain.live import Missing
from bot.topology import Database

pytestmark = pytest.mark.contract

DATABASE = Database(key="prod-db", slow_query_seconds=0.02)
FOUND = sorted(Path("/usr/lib/postgresql").glob("*/lib/pg_stat_statements.so"))
SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements",
    "listen_addresses": "",
    "fsync": "off",
    "shared_buffers": "16MB",
}


def _user() -> str | None:
    """PostgreSQL refuses root; the package has a user of its own."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("root, and there is no user postgres to become")


@pytest.fixture(scope="module")
def debian() -> Iterator[str]:
    """A server of this module's, over a socket; the connection string of its superuser."""
    if not FOUND:
        pytest.skip("Debian's PostgreSQL with pg_stat_statements is not installed")
    programs, user = FOUND[-1].parents[1] / "bin", _user()
    folder = Path(tempfile.mkdtemp(prefix="fo-", dir="/tmp"))  # Short: it holds the socket.
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "owner", "--auth=trust", "--no-sync"],
        check=True,
        capture_output=True,
        user=user,
        cwd="/",
    )
    given = [f"-c{name}={value}" for name, value in SETTINGS.items()]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, *given],
            stdout=log,
            stderr=log,
            user=user,
            cwd="/",
        )
    try:
        dsn = make_conninfo(host=str(folder), user="owner", dbname="postgres")
        _answers(dsn, server)
        yield dsn
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(folder)


def _answers(dsn: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(400):
        try:
            psycopg.connect(dsn).close()
        except psycopg.OperationalError:
            assert server.poll() is None, "the server ended"
            with pytest.raises(subprocess.TimeoutExpired):
                server.wait(0.05)
        else:
            return
    raise AssertionError("the server does not answer")


async def test_slow_statements_are_found_without_their_values(debian: str) -> None:
    with psycopg.connect(debian, autocommit=True) as owner:
        # Where nobody looks by default.
        owner.execute("CREATE SCHEMA apart")
        owner.execute("CREATE EXTENSION pg_stat_statements SCHEMA apart")
        owner.execute("CREATE ROLE reader LOGIN")
        owner.execute("ALTER ROLE reader PASSWORD 'hush'")
        owner.execute("GRANT pg_monitor TO reader")
        owner.execute("SELECT pg_sleep(0.05) /* films */ WHERE 'hush' <> ''")
        sql = ProductSql({DATABASE.key: make_conninfo(debian, user="reader")})
        hidden = await sql.vitals(DATABASE)
        owner.execute("GRANT USAGE ON SCHEMA apart TO reader")
    assert hidden.slow == Missing(reason="it needs GRANT USAGE ON SCHEMA apart")
    vitals = await sql.vitals(DATABASE)
    assert not isinstance(vitals.slow, Missing), vitals.slow
    assert not any("hush" in each.query for each in vitals.slow)
    (slept,) = [each for each in vitals.slow if "pg_sleep" in each.query]
    assert slept.calls == 1
    assert slept.mean_seconds > 0.05
    (finding,) = [each for each in judged(vitals, DATABASE) if each.subject == "Slow queries"]
    assert finding.grade is Grade.MIND
    assert all(each.ok for each in await ProductChecks(sql, [DATABASE]).check())
