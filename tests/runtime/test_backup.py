"""A backup is one moment of the database and its files, proved by restoring it; what was not checked replaces nothing."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connection

from axme_site import backup, postgres_tools
from intents.accounts.models import AuditEntry
from intents.engine.models import Intent
from tests.callers import KeyCaller
from tests.intents.media import PNG, ready
from tests.runtime.backups import elsewhere, run


@pytest.fixture(autouse=True)
def outside(settings: Any, tmp_path: Path) -> None:
    """As on a server whose PostgreSQL somebody else runs, with files of its own."""
    settings.EMBEDDED = False
    settings.MEDIA_DIR = tmp_path / "media"


@pytest.fixture
def kept(machine: KeyCaller, shop: KeyCaller, tmp_path: Path) -> Path:
    """A backup of two intents and a file."""
    machine.submit()
    machine.submit(payload={"total": 129})
    ready(shop)
    run("backup", tmp_path / "kept")
    return tmp_path / "kept"


@pytest.fixture
def empty_server(database: None) -> Iterator[str]:
    with elsewhere() as name:
        yield name


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The databases that this test makes."""
    names, create = list[str](), postgres_tools.create
    monkeypatch.setattr(postgres_tools, "create", lambda name: names.append(name) or create(name))
    return names


def databases() -> set[str]:
    """Those of the whole server, also of tests that run beside this one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {row[0] for row in cursor.fetchall()}


def test_a_backup_is_written_while_the_server_runs_and_proved_by_restoring_it(kept: Path, made: list[str]) -> None:
    assert "can be restored" in run("restore", kept, "--verify")
    assert len(made) == 1
    assert made[0] not in databases()
    manifest = json.loads((kept / "manifest.json").read_text())
    assert (manifest["rows"]["intents_intent"], manifest["files"]) == (2, 1)
    assert kept.stat().st_mode & 0o077 == 0


def test_an_empty_server_becomes_that_of_the_backup_and_notes_that_it_was_restored(
    kept: Path, empty_server: str, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_DIR = tmp_path / "elsewhere"
    assert "Start it" in run("restore", kept)
    assert Intent.objects.count() == 2
    noted = AuditEntry.objects.filter(action="server.restored").order_by("-id").first()
    assert noted is not None
    assert noted.details["backup_at"] == json.loads((kept / "manifest.json").read_text())["at"]
    assert [path.read_bytes() for path in settings.MEDIA_DIR.rglob("*") if path.is_file()] == [PNG]


def test_behind_a_pooler_what_was_restored_is_what_is_migrated(kept: Path, empty_server: str, settings: Any) -> None:
    options = connection.settings_dict["OPTIONS"] | {"application_name": "past the pooler"}
    settings.DIRECT_DATABASE = connection.settings_dict | {"OPTIONS": options}
    run("restore", kept)
    assert Intent.objects.count() == 2
    with connection.cursor() as cursor:  # what migrating sets for the database that it finds
        cursor.execute(
            "SELECT setconfig FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase WHERE datname = %s",
            [empty_server],
        )
        assert "lock_timeout=2000" in cursor.fetchone()[0]


def test_what_a_database_holds_is_lost_only_when_that_is_said(kept: Path, empty_server: str, made: list[str]) -> None:
    run("restore", kept)
    Intent.objects.filter(id=Intent.objects.order_by("id").values("id")[:1]).update(intent_type="changed.since.v1")
    with pytest.raises(CommandError, match="not empty"):
        run("restore", kept)
    assert Intent.objects.filter(intent_type="changed.since.v1").exists()
    run("restore", kept, "--replace")
    assert not Intent.objects.filter(intent_type="changed.since.v1").exists()
    assert len(made) == 2
    assert databases() & {empty_server, f"{empty_server}_former", *made} == {empty_server}


@pytest.mark.parametrize("name", ["database.dump", "manifest.json"])
def test_a_backup_that_was_changed_is_refused_and_changes_nothing(kept: Path, empty_server: str, name: str) -> None:
    place = kept / name
    place.write_bytes(place.read_bytes()[:-100] + b"x" * 100)
    with pytest.raises(CommandError):
        run("restore", kept)
    assert connection.introspection.table_names() == []


def test_a_file_that_was_changed_or_is_missing_is_found(kept: Path) -> None:
    (file,) = (kept / "media").glob("*/*")
    file.write_bytes(PNG + b"x")
    with pytest.raises(CommandError, match="not what was written"):
        run("restore", kept, "--verify")
    file.unlink()
    with pytest.raises(CommandError, match="1 files are missing"):
        run("restore", kept, "--verify")


def test_rows_that_break_a_rule_are_not_restored(machine: KeyCaller, tmp_path: Path) -> None:
    intent_id = machine.submit()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intents_intent SET updated_at = updated_at + interval '1 s' WHERE id = %s", [intent_id])
    run("backup", tmp_path / "bad")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intents_intent SET updated_at = updated_at - interval '1 s' WHERE id = %s", [intent_id])
    with pytest.raises(CommandError, match=f"break rules:\n.*{intent_id}"):
        run("restore", tmp_path / "bad", "--verify")


def test_a_server_with_other_keys_is_told_before_anything_is_changed(kept: Path, empty_server: str, settings: Any) -> None:
    settings.AUDIT_KEY = b"x" * 32
    with pytest.raises(CommandError, match="AUDIT_KEY"):
        run("restore", kept)
    assert connection.introspection.table_names() == []
    assert "Start it" in run("restore", kept, "--other-keys")


def test_a_missing_file_a_taken_name_and_a_folder_of_something_else_are_told(kept: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="exists already"):
        run("backup", kept)
    with pytest.raises(CommandError, match="is no backup"):
        run("restore", tmp_path, "--verify")
    shutil.rmtree(tmp_path / "media")
    with pytest.raises(CommandError, match="missing"):
        run("backup", tmp_path / "second")
    assert not (tmp_path / "second").exists()


def test_nothing_is_restored_beside_a_running_server(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "_others_connected", lambda: 3)
    with pytest.raises(CommandError, match="3 other connections use the database"):
        run("restore", kept, "--replace")
    assert Intent.objects.count() == 2
