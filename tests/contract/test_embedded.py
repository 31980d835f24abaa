"""The embedded server: shared by processes, and each trap of its package closed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest

from bot.adapters.postgres import embedded_guard
from bot.adapters.postgres.embedded import start_embedded
from bot.errors import ConfigurationError, OperationFailed

pytestmark = pytest.mark.contract

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="what root alone can do wrong")

SHARER = """
import sys
from pathlib import Path
from bot.adapters.postgres.embedded import start_embedded
server = start_embedded(Path(sys.argv[1]))
print(server.dsn, flush=True)
sys.stdin.readline()
server.stop()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short, open folder; nothing is left of it, nor of what runs in it."""
    path = Path(tempfile.mkdtemp(prefix="fo-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def data_dir(folder: Path) -> Path:
    return folder / "pg"


def answers(dsn: str) -> bool:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def running(data_dir: Path) -> bool:
    return (data_dir / "postmaster.pid").exists()


def sharer(data_dir: Path) -> subprocess.Popen[str]:
    """Another process with a share in the server; it has one once its first line is read."""
    return subprocess.Popen(
        [sys.executable, "-c", SHARER, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def dead_pid() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_it_starts_answers_and_stops(data_dir: Path) -> None:
    server = start_embedded(data_dir)
    assert answers(server.dsn)
    server.stop()
    server.stop()
    assert not running(data_dir)
    again = start_embedded(data_dir)
    assert answers(again.dsn)
    again.stop()


def test_only_its_own_user_reaches_it(data_dir: Path) -> None:
    server = start_embedded(data_dir)
    try:
        assert data_dir.stat().st_mode & 0o077 == 0
        with psycopg.connect(server.dsn) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    finally:
        server.stop()


def test_two_shares_of_one_process_are_two(data_dir: Path) -> None:
    first, second = start_embedded(data_dir), start_embedded(data_dir)
    first.stop()
    assert answers(second.dsn)
    second.stop()
    assert not running(data_dir)


def test_a_second_process_attaches_and_the_last_stops_it(data_dir: Path) -> None:
    server = start_embedded(data_dir)
    with sharer(data_dir) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == server.dsn
        server.stop()
        assert answers(server.dsn)
        other.communicate("\n", timeout=30)
    assert not running(data_dir)


def test_a_killed_process_does_not_keep_it_up(data_dir: Path) -> None:
    with sharer(data_dir) as other:
        assert other.stdout is not None
        other.stdout.readline()
        server = start_embedded(data_dir)
        other.kill()
    server.stop()
    assert not running(data_dir)


def test_dead_and_recycled_pids_are_struck_off_its_list(data_dir: Path) -> None:
    server = start_embedded(data_dir)
    users = data_dir / ".handle_pids.json"
    users.write_text(json.dumps([dead_pid(), os.getpid()]))
    embedded_guard.forget_dead(data_dir)
    assert json.loads(users.read_text()) == [os.getpid()]
    # Who was born after the list was written only bears a pid of it.
    users.write_text(json.dumps([os.getpid()]))
    born = psutil.Process().create_time()
    os.utime(users, (born - 60, born - 60))
    embedded_guard.forget_dead(data_dir)
    assert json.loads(users.read_text()) == []
    server.stop()
    server_again = start_embedded(data_dir)
    server_again.stop()
    assert not running(data_dir)


def test_a_recycled_pid_is_not_taken_for_the_server(data_dir: Path) -> None:
    server = start_embedded(data_dir)
    file = data_dir / "postmaster.pid"
    lines = file.read_text().splitlines()
    server.stop()
    lines[0] = str(os.getppid())
    file.write_text("\n".join(lines) + "\n")
    (data_dir / ".s.PGSQL.5432.lock").write_text("\n".join(lines[:6]) + "\n")
    again = start_embedded(data_dir)
    assert answers(again.dsn)
    again.stop()


@pytest.mark.parametrize("text", ["", "not a pid\n"])
def test_a_half_written_pid_file_is_nobodys(data_dir: Path, text: str) -> None:
    start_embedded(data_dir).stop()
    (data_dir / "postmaster.pid").write_text(text)
    again = start_embedded(data_dir)
    assert answers(again.dsn)
    again.stop()


def test_what_cannot_start_says_where_to_look(data_dir: Path) -> None:
    start_embedded(data_dir).stop()
    (data_dir / "PG_VERSION").write_text("9\n")
    with pytest.raises(OperationFailed) as failure:
        start_embedded(data_dir)
    assert "DATABASE_URL" in failure.value.hint


def test_the_runtime_directory_must_be_ones_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    (folder / "elsewhere").mkdir()
    (folder / f"filmops-{os.geteuid()}").symlink_to(folder / "elsewhere")
    with pytest.raises(ConfigurationError, match="belongs to somebody else"):
        start_embedded(folder / "pg")


@as_root
def test_a_private_parent_is_never_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_guard, "SHARED_HOME", folder / "shared")
    private = folder / "private"
    private.mkdir(mode=0o700)
    before = {path: path.stat().st_mode for path in (private, *private.parents)}
    server = start_embedded(private / "data" / "pg")
    try:
        assert answers(server.dsn)
        assert {path: path.stat().st_mode for path in before} == before
        assert (private / "data" / "pg").is_symlink()
        attached = start_embedded(private / "data" / "pg")
        assert attached.dsn == server.dsn
        attached.stop()
    finally:
        server.stop()


@as_root
def test_a_long_path_is_placed_where_its_socket_fits(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_guard, "SHARED_HOME", folder / "shared")
    server = start_embedded(folder / ("long" * 30) / "p g")
    try:
        assert answers(server.dsn)
    finally:
        server.stop()


@as_root
def test_data_is_not_moved_from_where_it_lies(folder: Path) -> None:
    private = folder / "private"
    (private / "pg").mkdir(parents=True)
    private.chmod(0o700)
    (private / "pg" / "PG_VERSION").write_text("18\n")
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        start_embedded(private / "pg")


@as_root
def test_programs_in_a_private_home_are_copied(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_guard, "SHARED_HOME", folder / "shared")
    programs = folder / "private" / "install" / "bin"
    programs.mkdir(parents=True)
    (programs / "postgres").write_text("")
    (folder / "private").chmod(0o700)
    versions = {18: programs}
    embedded_guard._reachable_programs(versions, 18)
    embedded_guard._reachable_programs({18: programs}, 18)
    assert versions[18] == folder / "shared" / "postgresql-18" / "bin"
    assert (versions[18] / "postgres").exists()


def test_a_socket_too_long_for_its_directory_is_put_beside(folder: Path) -> None:
    home = folder / ("long" * 30)
    socket = embedded_guard._socket_dir(home, folder)
    assert socket.parent == folder
    assert socket.stat().st_mode & 0o077 == 0
    assert embedded_guard._socket_dir(folder, folder) == folder
