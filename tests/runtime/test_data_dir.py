"""DATA_DIR is held by one process at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from axme_site import data_dir
from axme_site.postgres import CannotStart

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys
from pathlib import Path
from axme_site import data_dir
with data_dir.claimed(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_folder_in_use_is_refused_with_its_holder_until_that_ends(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(CannotStart, match=f"in use by process {holder.pid}"), data_dir.claimed(tmp_path):
        pass
    holder.kill()
    holder.communicate()
    with data_dir.claimed(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart) as refusal, data_dir.claimed(tmp_path / "file" / "data"):
        pass
    assert str(refusal.value) == f"cannot write to DATA_DIR {tmp_path}/file/data: Not a directory"
