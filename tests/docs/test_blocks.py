"""The blocks of the pages that are marked as running run, on a server started as `make run` starts it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import turns
from tests.acceptance.processes import ROOT, Process
from tests.docs.commands import ASK
from tests.load.checks import eventually
from tests.load.sites import Embedded
from tests.services import Guarded

pytestmark = pytest.mark.slow

SECONDS = 240
TITLE = "Refund 129.00 EUR to ACME?"
"""What the README's program asks."""
# A refusal must not pass in silence, and the programs are those of these tests.
PRELUDE = f"""
set -eu
curl() {{ command curl --silent --show-error --fail-with-body "$@"; echo; }}
manage.py() {{ "{sys.executable}" -S -c '{ASK}' "$COMMANDS" "$@"; }}
"""


class Server:
    """An embedded server with its demo workspace."""

    def __init__(self, guarded: Guarded) -> None:
        self.site = Embedded(guarded, DEMO_FILLED="1")
        self.site.start()

    @cached_property
    def commands(self) -> str:
        """Where commands of `manage.py` are run."""
        path = str(self.site.guarded.folder / "commands")
        at_work = self.site.run("commands", [sys.executable, "-m", "tests.docs.commands", path])
        eventually(lambda: "listening" in at_work.output or not at_work.running, "commands can be run", SECONDS)
        assert at_work.running, at_work.output
        return path

    def here(self, text: str) -> str:
        """A block as it reads for this server and this Python."""
        return text.replace("var/demo.env", str(self.site.folder / "demo.env")).replace(".venv/bin/python", sys.executable)

    def run(self, script: str) -> str:
        """What a script of a page prints."""
        done = subprocess.run(
            ["bash", "-c", PRELUDE + self.here(script)],
            cwd=ROOT,
            env=os.environ | self.site.variables | ({"COMMANDS": self.commands} if "manage.py" in script else {}),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def background(self, script: str) -> Process:
        return self.site.run("background", ["bash", "-c", self.here(script)])


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    guarded = Guarded()
    server = Server(guarded)
    yield server
    server.site.end()
    guarded.end()


def blocks(page: str, mark: str = "runs") -> list[str]:
    """The marked blocks of a page, in order."""
    found = re.findall(rf"<!-- {mark} -->\n```\w+\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    assert found, f"{page} has no block marked {mark}"
    return found


def test_the_readmes_example_completes(server: Server) -> None:
    (agent,), (client,) = blocks("README.md", "runs: agent"), blocks("README.md", "runs: client")
    at_work = server.background(f"export STEP_SECONDS=0.1; exec {agent}")
    try:
        assert "\nCOMPLETED " in server.run(client), at_work.output
    finally:
        at_work.stop(signal.SIGKILL)


def test_the_readmes_program_completes(server: Server, tmp_path: Path) -> None:
    for name in ("agent", "client"):
        (program,) = blocks("README.md", f"runs: python {name}")
        (tmp_path / f"{name}.py").write_text(program)
    command = "env $(cat var/demo.env) .venv/bin/python -u {}"
    at_work = server.background("exec " + command.format(tmp_path / "agent.py"))
    try:
        assert server.run(command.format(tmp_path / "client.py")) == "COMPLETED\n", at_work.output
        assert "fulfilling ORD-123" in at_work.output
    finally:
        at_work.stop(signal.SIGKILL)


def test_the_readmes_program_with_a_persons_token_beside_the_key_works_as_the_machine(
    server: Server, tmp_path: Path
) -> None:
    """Public programs set both where both are exported."""
    key, both = (
        'api_key=os.environ["AXME_API_KEY"]',
        'api_key=os.environ["AXME_API_KEY"], actor_token=os.environ["AXME_ACTOR_TOKEN"]',
    )
    for name in ("agent", "client"):
        (program,) = blocks("README.md", f"runs: python {name}")
        assert key in program
        (tmp_path / f"{name}.py").write_text(program.replace(key, both))
    command = "set -a; . var/demo.env; set +a; exec .venv/bin/python -u {}"
    at_work = server.background(command.format(tmp_path / "agent.py"))
    try:
        assert server.run(command.format(tmp_path / "client.py")) == "COMPLETED\n", at_work.output
        assert "fulfilling ORD-123" in at_work.output
    finally:
        at_work.stop(signal.SIGKILL)


def waiting(person: httpx.Client) -> list[dict[str, Any]]:
    """The tasks that a person is asked."""
    tasks: list[dict[str, Any]] = person.get("/me/tasks", params={"limit": 100}).raise_for_status().json()["tasks"]
    return tasks


def test_the_readmes_question_prints_the_decision(server: Server, tmp_path: Path) -> None:
    (program,) = blocks("README.md", "runs: python ask")
    (tmp_path / "ask.py").write_text(program)
    asking = server.background(f"exec env $(cat var/demo.env) .venv/bin/python -u {tmp_path / 'ask.py'}")
    token = {"authorization": f"Bearer {server.site.keys['DEMO_MANAGER_TOKEN']}"}
    with httpx.Client(base_url=f"{server.site.urls[0]}/v1", headers=token, timeout=30) as manager:
        deadline = time.monotonic() + SECONDS
        while not (asked := [one for one in waiting(manager) if one["human_task"]["title"] == TITLE]):
            assert asking.running, asking.output
            assert time.monotonic() < deadline
            time.sleep(0.1)
        manager.post(f"/tasks/{asked[0]['task_id']}/decide", json={"outcome": "approved"}).raise_for_status()
    assert asking.wait() == 0, asking.output
    assert asking.output == "the manager said: approved\n"


PAGES = [f"docs/{name}.md" for name in ("api", "operations", "mcp", "a2a", "mesh")]
"""That of the mesh comes last: it leaves a policy that others would meet."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", turns.each(PAGES, of=5))
def test_the_commands_of_a_page_run_in_order(server: Server, page: str) -> None:
    printed = server.run("\n".join(blocks(page)))
    # A refusal of JSON-RPC comes with the status 200.
    assert '"error":{"code":-' not in printed
