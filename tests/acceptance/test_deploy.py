"""The scaled mode's processes, by the scripts that an operator starts."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import turns
from tests.acceptance.processes import ROOT, START_SECONDS, Process, get, status
from tests.services import Guarded, free_port
from tests.turns import SERVERS

# The scripts find python and celery where the tests' own come from.
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def variables(scaled_variables: dict[str, str], guarded: Guarded) -> dict[str, str]:
    return scaled_variables | {"PATH": PATH, "DATA_DIR": str(guarded.folder / "data")}


@pytest.mark.parametrize("server", SERVERS)
def test_web_worker_and_beat_run_and_stop_cleanly(
    guarded: Guarded, variables: dict[str, str], migrated_url: str, server: str
) -> None:
    port, variables = free_port(), variables | {"DATABASE_URL": migrated_url}
    migrated = Process(guarded, ["deploy/migrate"], variables)
    assert migrated.wait() == 0, migrated.output
    assert "/setup with the code" in migrated.output
    web = Process(guarded, ["deploy/web"], variables | {"PORT": str(port), "WEB_SERVER": server})
    worker = Process(guarded, ["deploy/worker"], variables)
    beat = Process(guarded, ["deploy/beat"], variables)
    web.wait_until_ready(port)
    deadline = time.monotonic() + START_SECONDS
    while "last beat" not in json.loads(get(port, "/health/ready")[1])["checks"]["beat"]["detail"]:
        assert worker.running, worker.output
        assert beat.running, beat.output
        assert time.monotonic() < deadline, (worker.output, beat.output)
        time.sleep(0.1)
    assert status(port, "/v1/capabilities") == 401
    for process in (beat, worker, web):
        assert process.running, process.output
        assert process.stop(signal.SIGTERM) == 0, process.output
        assert "Traceback" not in process.output


@turns.one(0, of=2)
def test_a_web_process_never_migrates(guarded: Guarded, variables: dict[str, str]) -> None:
    port = free_port()
    web = Process(guarded, ["deploy/web"], variables | {"PORT": str(port)})
    deadline = time.monotonic() + START_SECONDS
    while status(port, "/health") != 200:
        assert web.running, web.output
        assert time.monotonic() < deadline, web.output
        time.sleep(0.1)
    assert status(port, "/health/ready") == 503
    assert web.stop(signal.SIGTERM) == 0


@turns.one(1, of=2)
def test_new_secrets_are_strong_and_never_the_same(guarded: Guarded, variables: dict[str, str]) -> None:
    printed = [
        subprocess.run([ROOT / "deploy" / "new-secrets"], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    first, second = (dict(line.split("=", 1) for line in text.splitlines()) for text in printed)
    assert all(first[name] != second[name] for name in first)
    checked = Process(
        guarded,
        [sys.executable, "manage.py", "check"],
        variables | first | {"BASE_URL": "https://inbox.example", "EMAIL_URL": "smtp://mail.example:25"},
    )
    assert checked.wait() == 0, checked.output
    assert "no issues" in checked.output
