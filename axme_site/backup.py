"""Backups: a folder with the database as it was at one moment, the files that it names, and what both hold.

The programs are PostgreSQL's own. The secrets are left out: kept together with what they seal they would seal nothing.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import Error, connection, transaction

from axme_site import __version__, data_dir, direct, postgres, postgres_tools, restored
from axme_site.postgres import CannotStart
from axme_site.postgres_tools import ProgramFailed
from intents.engine import chains, invariants
from intents.files import storage
from intents.kernel import clock
from intents.kernel.models import new_id

DUMP, MEDIA, MANIFEST = "database.dump", "media", "manifest.json"
FORMAT = 1
IN_USE = ("intents_workspace", "intents_user")

Say = Callable[[str], object]


class BackupError(Exception):
    """Why there is no backup, or why nothing was restored; the message is for whoever runs the command."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: `rows` by table, the SHA-256 of the dump, how many files there are, and which keys its sealed
    values need, by a digest of them. `at` is RFC 3339."""

    format: int
    version: str
    at: str
    postgresql: int
    dump_sha256: str
    rows: dict[str, int]
    files: int
    keys: str


@contextmanager
def database(*, alone: bool) -> Iterator[None]:
    """Inside the block the database answers, past a pooler: where it is this program's own, it is started when it does not
    run. `alone` is for what must not happen beside a running server. Raises BackupError."""
    if not settings.EMBEDDED:
        with direct.connected():
            yield
        return
    server = postgres.Server(settings.DATA_DIR)
    try:
        with data_dir.claimed(settings.DATA_DIR) if alone else nullcontext():
            started = server.pid is None
            if started:
                server.start()
            try:
                yield
            finally:
                connection.close()
                if started:
                    server.stop()
    except CannotStart as problem:
        raise BackupError(str(problem)) from None


def make(folder: Path, *, say: Say) -> Manifest:
    """Write a backup into a new folder while the server runs. It is whole once the folder has its name. Raises
    BackupError."""
    if folder.exists():
        raise BackupError(f"{folder} exists already: name a new folder")
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        # Everything is read as of one moment: by us here, by pg_dump there, however long that takes.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        say("Dumping the database ...")
        try:
            _dump(unfinished / DUMP, snapshot)
        except ProgramFailed as problem:
            raise BackupError(str(problem)) from None
        rows, media = _counts(), _media()
        at = clock.rfc3339(clock.now())
    say(f"Copying {len(media)} files ...")
    for workspace_id, digest in media:
        _copy_file(workspace_id, digest, unfinished / MEDIA)
    manifest = Manifest(
        format=FORMAT,
        version=__version__,
        at=at,
        postgresql=postgres_tools.server_version(),
        dump_sha256=_sha256(unfinished / DUMP),
        rows=rows,
        files=len(media),
        keys=_keys_digest(),
    )
    (unfinished / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2) + "\n")
    unfinished.rename(folder)
    return manifest


def _dump(path: Path, snapshot: str) -> None:
    options = ("--format=custom", f"--snapshot={snapshot}", f"--file={path}")
    postgres_tools.run("pg_dump", *options, postgres_tools.target())


def read(folder: Path) -> Manifest:
    """What a backup holds, once its dump is what was written. Raises BackupError."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text()))
    except (OSError, ValueError, TypeError) as problem:
        raise BackupError(f"{folder} is no backup: {MANIFEST} cannot be read ({type(problem).__name__})") from None
    if manifest.format != FORMAT:
        raise BackupError(f"{folder} was written by another version ({manifest.version}), whose backups look different")
    if not (folder / DUMP).exists() or _sha256(folder / DUMP) != manifest.dump_sha256:
        raise BackupError(f"{folder / DUMP} is not what was written: take another backup")
    return manifest


def restore(folder: Path, *, replace: bool, other_keys: bool, say: Say) -> Manifest:
    """Make the database and the files those of a backup, brought to this version, and note in the audit log that they were
    restored. All is restored and checked beside the database first, and takes its place at the end; with `replace` what
    that holds is lost. Raises BackupError, with nothing changed but files added."""
    manifest = read(folder)
    if manifest.keys != _keys_digest() and not other_keys:
        raise BackupError(
            "ENCRYPTION_KEYS or AUDIT_KEY are not those of the backup: chats, signing secrets and two-factor codes could "
            "not be read. Set the former ones, or say --other-keys"
        )
    if others := _others_connected():
        raise BackupError(f"{others} other connections use the database: stop the server first")
    if not replace and (used := _rows_of_use()):
        raise BackupError(f"the database is not empty, {used} holds rows: say --replace to lose what it holds")
    name = connection.settings_dict["NAME"]
    with _loaded(folder, manifest, say=say) as beside:
        for place in _files_of(folder):
            _keep_file(place)
        call_command("migrate", verbosity=0)
        restored.mark(backup_at=manifest.at, version=manifest.version)
        lost = restored.lost_checkpoints()
        connection.close()
        postgres_tools.replace(name, by=beside)
    restored.set_aside(lost, backup_at=manifest.at, say=say)
    return manifest


def verify(folder: Path, *, say: Say) -> Manifest:
    """Restore a backup into a database beside this one, check all of it, and drop it. Raises BackupError."""
    manifest = read(folder)
    with _loaded(folder, manifest, say=say):
        pass
    return manifest


@contextmanager
def _loaded(folder: Path, manifest: Manifest, *, say: Say) -> Iterator[str]:
    """Inside the block everything is about a database beside this one, which holds what the backup does. It is dropped in
    the end, unless it has another name by then. Raises BackupError."""
    for place in _files_of(folder):
        if _sha256(place) != place.name:
            raise BackupError(f"{place} is not what was written")
    name = f"axme_restore_{new_id().hex[-12:]}"
    try:
        postgres_tools.create(name)
        try:
            with postgres_tools.connected_to(name):
                say("Restoring the database ...")
                options = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
                postgres_tools.run("pg_restore", *options, f"--dbname={postgres_tools.target()}", str(folder / DUMP))
                _check(manifest, say=say)
                held = {place.name for place in _files_of(folder)}
                if missing := [digest.hex() for _, digest in _media() if digest.hex() not in held]:
                    raise BackupError(f"{len(missing)} files are missing, the first is {missing[0]}")
                yield name
        finally:
            postgres_tools.drop(name)
    except (ProgramFailed, psycopg.Error, Error) as problem:
        raise BackupError(f"nothing was changed: {problem}") from problem


def _files_of(folder: Path) -> list[Path]:
    return sorted((folder / MEDIA).glob("*/*"))


def _check(manifest: Manifest, *, say: Say) -> None:
    """Raises BackupError when the rows are not those of the backup, or break what must hold of them."""
    say("Checking rows, rules and histories ...")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    if (found := _counts()) != manifest.rows:
        differing = sorted(name for name in found.keys() | manifest.rows if found.get(name) != manifest.rows.get(name))
        raise BackupError(f"the restored tables hold other numbers of rows: {', '.join(differing)}")
    with invariants.snapshot():
        # With another AUDIT_KEY nobody can tell by whom something was erased.
        broken = [*invariants.findings(), *chains.broken_chains(signed=manifest.keys == _keys_digest())]
    if broken:
        raise BackupError("the restored rows break rules:\n" + "\n".join(str(finding) for finding in broken[:20]))


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


def _rows_of_use() -> str | None:
    """A table that holds what somebody has made, if there is one."""
    found = _counts() if "intents_workspace" in _tables() else {}
    return next((name for name in IN_USE if found.get(name)), None)


def _counts() -> dict[str, int]:
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        for name in _tables():
            cursor.execute(f'SELECT count(*) FROM public."{name}"')
            found[name] = cursor.fetchone()[0]
    return found


def _media() -> list[tuple[UUID, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT workspace_id, sha256 FROM intents_media WHERE sha256 IS NOT NULL ORDER BY 1, 2")
        return [(row[0], bytes(row[1])) for row in cursor.fetchall()]


def _copy_file(workspace_id: UUID, digest: bytes, folder: Path) -> None:
    source, place = storage.files().path(workspace_id, digest), folder / str(workspace_id) / digest.hex()
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, place)
    except FileNotFoundError:
        raise BackupError(f"{source} is missing, which the database names: is MEDIA_DIR the server's?") from None
    if _sha256(place) != digest.hex():
        raise BackupError(f"{source} is not what was uploaded")


def _keep_file(place: Path) -> None:
    target = storage.files().path(UUID(place.parent.name), bytes.fromhex(place.name))
    if not target.exists():
        storage.private(target.parent)
        shutil.copyfile(place, target)


def _others_connected() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _keys_digest() -> str:
    """Tells the keys of two servers apart, and nothing else about them."""
    keys: list[Any] = [*sorted(settings.ENCRYPTION_KEYS), settings.AUDIT_KEY.hex()]
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]
