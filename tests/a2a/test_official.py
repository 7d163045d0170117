"""The official client, of either version, against a running server."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.processes import ROOT
from tests.adapters import frameworks
from tests.flows.conftest import _sites
from tests.load.sites import Scaled
from tests.mcp.clients import as_manager

HERE = Path(__file__).parent
shared_sites = pytest.fixture(scope="module")(_sites)


@pytest.fixture(scope="module")
def site(shared_sites: Any) -> Iterator[Scaled]:
    site: Scaled = shared_sites.scaled(OUTGOING_ALLOWED_NETWORKS="127.0.0.0/8")
    site.start("uvicorn")
    yield site
    site.end()


@pytest.mark.parametrize("version", ["1.0", "0.3"])
def test_the_official_client_asks_waits_looks_and_cancels(site: Scaled, version: str) -> None:
    python = frameworks.python("a2a", locks=HERE / "requirements")
    command = [python, str(ROOT / "examples" / "a2a_client" / "walk.py"), site.urls[0], site.api_key, version]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        lines = (json.loads(line) for line in program.stdout)
        assert next(lines) == {"name": "AXME Inbox", "streaming": True, "skills": ["ask-people", "hand-work"]}, program
        begun = next(lines)
        assert (begun["kind"], begun["state"]) == ("task", "TASK_STATE_WORKING")
        as_manager(site, "POST", f"/approvals/{begun['task']}/decision", {"decision": "approve"})
        made, ended = next(lines), next(lines)
        assert made["artifact"]["parts"][0]["data"]["outcome"] == "approved"
        assert (ended["kind"], ended["state"]) == ("status_update", "TASK_STATE_COMPLETED")
        sent = next(lines)
        assert (sent["sent"], sent["said"].startswith("Waiting for ")) == ("TASK_STATE_WORKING", True)
        assert next(lines) == {"got": "TASK_STATE_WORKING", "same": True}
        if version == "1.0":
            assert next(lines) == {"listed": True, "more": False, "of": 1}
        assert next(lines) == {"canceled": "TASK_STATE_CANCELED"}
        refused = [line["refused"] for line in lines]
        assert program.wait(120) == 0, program.stderr.read() if program.stderr else ""
    assert refused == ["TaskNotFoundError", "TaskNotCancelableError", "UnsupportedOperationError"]


@pytest.mark.parametrize(("version", "ended"), [("1.0", "TASK_STATE_COMPLETED"), ("0.3", "completed")])
def test_the_official_client_is_told_at_its_url(site: Scaled, version: str, ended: str) -> None:
    python = frameworks.python("a2a", locks=HERE / "requirements")
    command = [python, str(ROOT / "examples" / "a2a_client" / "pushed.py"), site.urls[0], site.api_key, version]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        lines = (json.loads(line) for line in program.stdout)
        assert next(lines) == {"pushes": True}, program
        task = next(lines)["asked"]
        assert next(lines) == {"set": "another", "got": True}
        assert next(lines) == {"listed": [False, True]}
        assert next(lines) == {"left": 1}
        as_manager(site, "POST", f"/approvals/{task}/decision", {"decision": "approve"})
        assert next(lines) == {"told": ended, "same": True, "authorized": "Bearer of-our-receiver"}
        assert next(lines) == {"decided": "approved"}
        assert program.wait(120) == 0, program.stderr.read() if program.stderr else ""
