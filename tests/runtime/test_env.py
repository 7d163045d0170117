"""The readers of the environment: what they accept, and that a wrong value is refused by its name."""

import math
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from axme_site import env


def read_integer(name: str) -> Any:
    return env.integer(name, 5, at_least=1, at_most=10)


def read_seconds(name: str) -> Any:
    return env.seconds(name, 0.5, at_least=0.1, at_most=60)


def read_url(name: str) -> Any:
    return env.url(name, "", schemes=("http", "https"))


def read_choice(name: str) -> Any:
    return env.choice(name, "json", ("json", "console"))


def read_flag(name: str) -> Any:
    return env.flag(name, False)


@pytest.mark.parametrize(
    ("reader", "given", "expected"),
    [
        (read_integer, "10", 10),
        (read_integer, " 7 ", 7),
        (read_seconds, "0.25", 0.25),
        (read_seconds, "60", 60.0),
        (read_url, "https://inbox.example/", "https://inbox.example"),
        (env.proxy, "http://axme:p%40ss@proxy.example:3128/", "http://axme:p%40ss@proxy.example:3128"),
        (read_choice, "console", "console"),
        (read_flag, "Yes", True),
        (read_flag, "off", False),
        (lambda name: env.items(name, []), "a, b,,c ", ["a", "b", "c"]),
        (lambda name: env.text(name, "x"), "y", "y"),
    ],
)
def test_a_reader_takes_a_well_formed_value(
    monkeypatch: pytest.MonkeyPatch, reader: Callable[[str], Any], given: str, expected: Any
) -> None:
    monkeypatch.setenv("THING", given)
    assert reader("THING") == expected


@pytest.mark.parametrize("unset", ["", "   ", None])
@pytest.mark.parametrize(
    ("reader", "default"),
    [(read_integer, 5), (read_seconds, 0.5), (read_url, ""), (env.proxy, ""), (read_choice, "json"), (read_flag, False)],
)
def test_an_empty_variable_counts_as_unset(
    monkeypatch: pytest.MonkeyPatch, reader: Callable[[str], Any], default: Any, unset: str | None
) -> None:
    monkeypatch.delenv("THING", raising=False)
    if unset is not None:
        monkeypatch.setenv("THING", unset)
    assert reader("THING") == default


@pytest.mark.parametrize(
    ("reader", "given"),
    [
        (read_integer, "five"),
        (read_integer, "1.5"),
        (read_integer, "0"),
        (read_integer, "11"),
        (read_seconds, "soon"),
        (read_seconds, "nan"),
        (read_seconds, "inf"),
        (read_seconds, "-1"),
        (read_url, "inbox.example"),
        (read_url, "ftp://inbox.example"),
        (read_url, "http://inbox.example:port"),
        (read_url, "http://[::1"),
        (env.proxy, "https://proxy.example:3128"),
        (env.proxy, "socks5://proxy.example:1080"),
        (env.proxy, "proxy.example:3128"),
        (env.proxy, "http://"),
        (env.proxy, "http://proxy.example/way"),
        (env.proxy, "http://proxy.example?way"),
        (read_choice, "xml"),
        (read_flag, "maybe"),
    ],
)
def test_a_reader_refuses_a_wrong_value_and_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, reader: Callable[[str], Any], given: str
) -> None:
    monkeypatch.setenv("THING", given)
    with pytest.raises(ImproperlyConfigured, match="THING"):
        reader("THING")


def test_a_refused_url_keeps_its_password_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "mysql://user:hunter2@db/name")
    with pytest.raises(ImproperlyConfigured) as refusal:
        read_url("THING")
    assert "hunter2" not in str(refusal.value)


def make_secret(folder: Path) -> str:
    return env.secret("TOKEN", kept_in=folder, generate=env.random_text)


def test_a_secret_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    first = make_secret(tmp_path / "secrets")
    assert make_secret(tmp_path / "secrets") == first
    assert stat.S_IMODE((tmp_path / "secrets" / "token").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["token"]


def test_processes_that_start_together_agree_on_a_secret(tmp_path: Path) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(make_secret(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_secret_comes_from_the_variable_before_a_file_before_the_kept_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = make_secret(tmp_path)
    (tmp_path / "mounted").write_text("from the file\n")
    monkeypatch.setenv("TOKEN_FILE", str(tmp_path / "mounted"))
    assert make_secret(tmp_path) == "from the file"
    monkeypatch.setenv("TOKEN", "from the variable")
    assert make_secret(tmp_path) == "from the variable"
    assert kept not in {"from the file", "from the variable"}


def test_a_secret_without_a_place_to_keep_it_is_required(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="TOKEN is required"):
        env.secret("TOKEN", kept_in=None, generate=env.random_text)
    monkeypatch.setenv("TOKEN_FILE", str(tmp_path / "absent"))
    with pytest.raises(ImproperlyConfigured, match="TOKEN_FILE"):
        env.secret("TOKEN", kept_in=None, generate=env.random_text)


def test_a_folder_that_cannot_hold_secrets_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ImproperlyConfigured, match=r"DATA_DIR.*file"):
        make_secret(tmp_path / "file" / "secrets")


@pytest.mark.parametrize("weak", ["", "short", "a" * 80, "django-insecure-" + "h4ck9" * 12])
def test_a_weak_secret_is_refused(weak: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        env.strong("SECRET_KEY", weak)


def test_a_secret_of_our_own_is_strong() -> None:
    made = env.random_text()
    assert env.strong("SECRET_KEY", made) == made
    assert math.log2(64) * len(made) >= 256


def test_a_folder_is_absolute_and_knows_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "~/data")
    assert env.folder("THING", Path("/")) == Path.home() / "data"
    monkeypatch.setenv("THING", "data")
    assert env.folder("THING", Path("/")) == Path.cwd() / "data"
