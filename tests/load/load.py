"""Senders and agents at work, so that something can go wrong meanwhile."""

import signal
import time
from typing import Any

from tests.acceptance.processes import Process
from tests.load import checks
from tests.load import journal as journals
from tests.load.sites import Site


class Load:
    """Intents from sender processes to agent processes: `least`, and on until `finish`. Killed clients are remembered and
    replaced."""

    def __init__(
        self,
        site: Site,
        least: int,
        *,
        senders: int = 2,
        agents: int = 2,
        pause: float = 0.1,
        payload: dict[str, Any] | None = None,
    ) -> None:
        self.site = site
        self.least = least
        self.address = site.address()
        self.journal = site.journal()
        self.killed: dict[int, float] = {}
        self._stop = site.guarded.folder / f"{self.journal.name}-stop"
        self._agent: dict[str, Any] = {"address": self.address, "journal": self.journal}
        more = {"step": senders, "least": least, "stop": self._stop, "pause": pause, "payload": payload or {}}
        self._senders: list[dict[str, Any]] = [self._agent | more | {"first": first} for first in range(senders)]
        self.agents = [site.client("agent", **self._agent) for _ in range(agents)]
        self.senders = [site.client("sender", **spec) for spec in self._senders]

    @property
    def accepted(self) -> int:
        return len(journals.read(self.journal, "accepted"))

    @property
    def done(self) -> int:
        return len(journals.read(self.journal, "left"))

    @property
    def sending(self) -> bool:
        return any(sender.running for sender in self.senders)

    def kill(self, client: Process) -> None:
        """Kill one of `agents` or `senders` and start another in its place."""
        if not client.running:
            return
        client.stop(signal.SIGKILL)
        self.killed[client.pid] = time.monotonic()
        if client in self.agents:
            self.agents[self.agents.index(client)] = self.site.client("agent", **self._agent)
        else:
            number = self.senders.index(client)
            self.senders[number] = self.site.client("sender", **self._senders[number])

    def finish(self, seconds: float = 120.0) -> int:
        """Until all is sent and done; then nothing may be lost, doubled or broken. Returns the number of deliveries."""
        self._stop.touch()
        deadline = time.monotonic() + seconds
        while self.sending:
            assert time.monotonic() < deadline, f"{self.accepted} of {self.least} accepted within {seconds:.0f} s"
            time.sleep(0.1)
        for sender in self.senders:
            assert sender.wait() == 0, sender.output
        checks.wait_until_over(self.site, self.address, max(1.0, deadline - time.monotonic()))
        time.sleep(0.3)  # the last answers are on their way to the agents
        for agent in self.agents:
            assert agent.running, agent.output
            agent.stop(signal.SIGKILL)
            self.killed[agent.pid] = time.monotonic()
        checks.every_accepted_intent_is_squared(self.site, self.address, self.journal, self.least)
        checks.nothing_is_broken(self.site)
        checks.only_told_to_come_again(self.journal)
        return checks.no_two_held_one_intent(journals.read(self.journal), self.killed)
