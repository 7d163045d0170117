"""The settings as processes see them: each case loads them afresh."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from axme_site import databases, env
from tests.services import Guarded

ROOT = Path(__file__).resolve().parents[2]
PRINT = """
import json
from django.conf import settings
settings.INSTALLED_APPS
print(json.dumps({name: getattr(settings, name) for name in dir(settings) if name.isupper()}, default=str))
"""


def load(data_dir: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    return subprocess.run(
        [sys.executable, "-c", PRINT],
        env=kept | {"DJANGO_SETTINGS_MODULE": "axme_site.settings", "DATA_DIR": str(data_dir)} | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def loaded(data_dir: Path, **variables: str) -> dict[str, Any]:
    done = load(data_dir, **variables)
    assert done.returncode == 0, done.stderr
    settings: dict[str, Any] = json.loads(done.stdout)
    return settings


@pytest.fixture
def scaled() -> dict[str, str]:
    """What a production process is given at least."""
    return {
        "DATABASE_URL": "postgresql://axme:p%40ss@db.example:5433/inbox?sslmode=require",
        "SECRET_KEY": env.random_text(),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "AUDIT_KEY": Fernet.generate_key().decode(),
    }


def test_nothing_set_means_one_machine_with_secrets_of_its_own(guarded: Guarded) -> None:
    settings = loaded(guarded.folder)
    assert settings["EMBEDDED"] is True
    assert settings["DEBUG"] is False
    assert settings["DATABASES"]["default"]["HOST"].startswith(str(guarded.folder))
    assert settings["CELERY_BROKER_URL"].startswith("memory://")
    assert settings["RATE_LIMIT_PER_MINUTE"] == 0
    assert settings["SECRET_KEY"] == loaded(guarded.folder)["SECRET_KEY"]
    assert settings["ENCRYPTION_KEYS"] == loaded(guarded.folder)["ENCRYPTION_KEYS"]
    assert settings["SECRET_KEY"] != loaded(guarded.folder / "other")["SECRET_KEY"]


def test_two_urls_mean_the_scaled_mode(tmp_path: Path, scaled: dict[str, str]) -> None:
    settings = loaded(tmp_path, REDIS_URL="redis://cache.example:6379/2", **scaled)
    database = settings["DATABASES"]["default"]
    assert settings["EMBEDDED"] is False
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example", "5433", "inbox")
    assert (database["USER"], database["PASSWORD"]) == ("axme", "p@ss")
    assert database["OPTIONS"]["sslmode"] == "require"
    assert "statement_timeout=10000" in database["OPTIONS"]["options"]
    assert settings["CELERY_BROKER_URL"] == "redis://cache.example:6379/2"
    assert settings["CHANNEL_LAYERS"]["default"]["BACKEND"].startswith("channels_redis")
    assert settings["RATE_LIMIT_PER_MINUTE"] == 120
    assert not (tmp_path / "secrets").exists()


@pytest.mark.parametrize("name", ["SECRET_KEY", "ENCRYPTION_KEYS", "AUDIT_KEY"])
def test_the_scaled_mode_does_not_start_without_a_secret(tmp_path: Path, scaled: dict[str, str], name: str) -> None:
    del scaled[name]
    done = load(tmp_path, **scaled)
    assert done.returncode != 0
    assert f"{name} is required" in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "changeme"),
        ("ENCRYPTION_KEYS", "not-a-fernet-key"),
        ("AUDIT_KEY", "c2hvcnQ="),
        ("DATABASE_URL", "mysql://db/inbox"),
        ("DATABASE_URL", "postgresql://db.example"),
        ("REDIS_URL", "localhost:6379"),
        ("PORT", "80a"),
        ("PAYLOAD_MAX_BYTES", "1"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_bad_value_stops_the_start_and_is_named(tmp_path: Path, scaled: dict[str, str], name: str, value: str) -> None:
    done = load(tmp_path, **(scaled | {name: value}))
    assert done.returncode != 0
    assert "ImproperlyConfigured" in done.stderr
    assert name in done.stderr.splitlines()[-1]


def test_a_weak_secret_is_tolerated_while_debugging(tmp_path: Path, scaled: dict[str, str]) -> None:
    assert loaded(tmp_path, **(scaled | {"SECRET_KEY": "changeme", "DEBUG": "1"}))["SECRET_KEY"] == "changeme"


def test_an_https_address_locks_the_cookies_to_it(tmp_path: Path) -> None:
    settings = loaded(tmp_path, BASE_URL="https://inbox.example")
    assert settings["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert settings["SESSION_COOKIE_SECURE"] is True
    assert settings["CSRF_COOKIE_SECURE"] is True
    assert "inbox.example" in settings["ALLOWED_HOSTS"]
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://inbox.example"]
    assert loaded(tmp_path)["SESSION_COOKIE_SECURE"] is False


def test_a_wrong_setting_is_one_line_on_the_command_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "up"],
        env=os.environ | {"DATA_DIR": str(tmp_path), "PORT": "http"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "Cannot start: PORT must be a whole number, not 'http'\n"


def test_a_database_url_may_name_a_socket_folder() -> None:
    entry = databases.external("postgresql:///inbox?host=/run/postgresql&port=5444", application_name="test")
    assert (entry["HOST"], entry["PORT"], entry["NAME"]) == ("/run/postgresql", "5444", "inbox")
    assert "host" not in entry["OPTIONS"]


def test_a_database_url_may_add_server_options() -> None:
    entry = databases.external("postgresql://db/inbox?options=-c%20work_mem%3D8MB", application_name="test")
    assert entry["OPTIONS"]["options"].endswith("-c work_mem=8MB")
    assert "lock_timeout=2000" in entry["OPTIONS"]["options"]


def test_old_signing_keys_behind_the_new_one_are_still_believed(tmp_path: Path, scaled: dict[str, str]) -> None:
    new, old, older = scaled["SECRET_KEY"], env.random_text(), env.random_text()
    settings = loaded(tmp_path, **(scaled | {"SECRET_KEY": f"{new}, {old},{older}"}))
    assert settings["SECRET_KEY"] == new
    assert settings["SECRET_KEY_FALLBACKS"] == [old, older]
    assert loaded(tmp_path, **scaled)["SECRET_KEY_FALLBACKS"] == []


@pytest.mark.parametrize("beside", ["short", "", "x" * 60])
def test_a_weak_signing_key_is_refused_wherever_it_stands(tmp_path: Path, scaled: dict[str, str], beside: str) -> None:
    done = load(tmp_path, **(scaled | {"SECRET_KEY": f"{scaled['SECRET_KEY']},{beside}"}))
    assert done.returncode != 0
    assert "SECRET_KEY is too weak" in done.stderr


def test_networks_inside_are_also_read_by_their_older_name_which_is_warned_of(guarded: Guarded) -> None:
    before, name = "OUTGOING_NETWORKS", "OUTGOING_ALLOWED_NETWORKS"
    old = load(guarded.folder, **{before: "10.0.0.0/8"})
    assert f"{before} is called {name} now" in old.stderr
    assert "10.0.0.0/8" in json.loads(old.stdout)[name]
    both = load(guarded.folder, **{before: "10.0.0.0/8", name: "192.168.0.0/16"})
    assert before not in both.stderr
    assert "192.168.0.0/16" in json.loads(both.stdout)[name]
    assert before not in load(guarded.folder).stderr
