"""`manage.py demo`: where it writes what it made."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from axme_site.demo import env_file
from axme_site.management.commands import demo


def test_a_folder_that_is_not_there_is_made(database: None, tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path / "new" / "data"
    call_command("demo")
    assert demo.is_known_here(env_file.read())


def test_a_folder_that_cannot_be_made_is_told_in_one_line(database: None, tmp_path: Path, settings: Any) -> None:
    (tmp_path / "file").touch()
    settings.DATA_DIR = tmp_path / "file" / "data"
    with pytest.raises(CommandError, match=r"^cannot write .*/file/data/demo\.env: .*DATA_DIR$"):
        call_command("demo")
