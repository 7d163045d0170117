"""The examples as their readers run them: unchanged, as processes, against a server started as `make run` starts it."""

import signal
import sys
import time
from collections.abc import Sequence
from typing import Any

from intents.kernel.failpoints import EXIT_CODE
from tests.acceptance.processes import ROOT, Process
from tests.load import checks
from tests.load.checks import eventually
from tests.load.sites import Embedded
from tests.services import Guarded, free_port

SECONDS = 240.0
"""How long an example may take on a busy machine, crashes included."""

QUICK = {"STEP_SECONDS": "0.05", "DELAY_SECONDS": "1", "PAGES": "20", "BUREAU_SECONDS": "0.5"}
"""The examples take their time, to be watched. The tests do not."""


class Ground:
    """A server and the programs that were started against it."""

    def __init__(self) -> None:
        self.guarded = Guarded()
        # What the dead held is free sooner than in a real installation: of a server in 15 seconds, of an agent in 3.
        # One that lives on a slow machine is silent for longer than two seconds.
        sooner = {"INSTANCE_SILENT_SECONDS": "6", "CONNECTION_GRACE_SECONDS": "1"}
        self.site = Embedded(self.guarded, OUTGOING_ALLOWED_NETWORKS="127.0.0.0/8", **sooner)
        self.site.start()
        port = str(free_port())
        self._variables = self.site.keys | {"BUREAU_PORT": port, "BUREAU_URL": f"http://127.0.0.1:{port}"} | QUICK
        self._programs: list[Process] = []

    @property
    def server(self) -> Process:
        (server,) = self.site.server_processes
        return server

    @property
    def key(self) -> dict[str, str]:
        """The demo's machine key, as a header."""
        return {"x-api-key": self.site.api_key}

    def start(self, program: str, *arguments: str, dies_after: str = "", stops_after: str = "", **variables: str) -> Process:
        """Start `examples/<program>.py`. It is killed, or stopped until SIGCONT, the moment it has printed a line."""
        command = [str(ROOT / "examples" / f"{program}.py"), *arguments]
        if dies_after or stops_after:
            how = "SIGKILL" if dies_after else "SIGSTOP"
            command = ["-m", "tests.examples.dying", how, dies_after or stops_after, *command]
        return self.run(program, [sys.executable, *command], **variables)

    def run(self, name: str, command: Sequence[str], **variables: str) -> Process:
        """Start a program that ends with the test."""
        process = self.site.run(name, command, **(self._variables | variables))
        self._programs.append(process)
        return process

    def start_server(self, failpoint: str = "") -> None:
        """Start the server anew, one that runs being killed; it dies at `failpoint`."""
        if self.server.running:
            self.server.stop(signal.SIGKILL)
        self.site.variables["AXME_FAILPOINT"] = failpoint
        self.site.start()

    def stop_programs(self) -> None:
        for process in self._programs:
            if process.running:
                process.stop(signal.SIGKILL)
        self._programs.clear()

    def says(self, process: Process, text: str) -> str:
        """What a program printed, once `text` is part of it."""
        eventually(lambda: text in process.output or not process.running, f"{text!r}, not only {process.output!r}", SECONDS)
        assert text in process.output, process.output
        return process.output

    def ends(self, name: str) -> list[tuple[str, Any]]:
        """The statuses and the details of the last events of all intents to the agent `name`."""
        query = """
            SELECT i.status, e.details::jsonb FROM intents_intent i
            JOIN intents_intentevent e ON e.intent_id = i.id AND e.seq = i.seq WHERE i.mailbox = %s
        """
        return [(str(status), details) for status, details in self.site.rows(query, name)]

    def end(self) -> None:
        self.stop_programs()
        self.site.end()
        self.guarded.end()


class Supervised:
    """A program that is started again, as systemd or a container would, at most once a second."""

    def __init__(self, ground: Ground, program: str, *arguments: str) -> None:
        self._start = lambda: ground.start(program, *arguments)
        self.process = self._start()
        self._since = time.monotonic()

    def keep(self) -> None:
        """Start it again if it has ended."""
        if not self.process.running and time.monotonic() - self._since > 1.0:
            self.process = self._start()
            self._since = time.monotonic()

    def done(self) -> bool:
        """Whether it ended well. One that failed is started again."""
        if not self.process.running and self.process.wait() == 0:
            return True
        self.keep()
        return False


def survives(ground: Ground, failpoint: str, *, client: Sequence[str], others: Sequence[Sequence[str]]) -> str:
    """Run an example to its end through the server's death at `failpoint`: what its client printed last."""
    ground.start_server(failpoint)
    dying = ground.server
    asking, at_work = Supervised(ground, *client), [Supervised(ground, *program) for program in others]

    def over() -> bool:
        if ground.server is dying and not dying.running:
            assert dying.wait() == EXIT_CODE, dying.output
            ground.start_server()
        for one in at_work:
            one.keep()
        return asking.done()

    try:
        eventually(over, f"{client[0]} ends: {asking.process.output}", SECONDS)
        assert ground.server is not dying, f"the server did not pass {failpoint}"
        eventually(lambda: everything_is_over(ground, at_work), "all that was begun is over", SECONDS)
        checks.nothing_is_broken(ground.site)
    finally:
        ground.stop_programs()
    return asking.process.output


def everything_is_over(ground: Ground, at_work: Sequence[Supervised]) -> bool:
    """Also what a client had submitted that died before it knew of it."""
    for one in at_work:
        one.keep()
    return not ground.site.rows("SELECT id FROM intents_intent WHERE NOT status = ANY(%s)", list(checks.TERMINAL))
