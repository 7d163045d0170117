"""The real SDK against several servers: after a failure the next one is asked."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import httpx
from axme import AxmeClient, AxmeClientConfig
from axme.exceptions import AxmeHttpError

from tests.load.journal import Journal

R = TypeVar("R")
AWAY = (httpx.TransportError,)
PAUSE_SECONDS = 0.1


class Clients:
    """One client program: `call` repeats what got no answer, or a 5xx, until it does. Each trouble goes to the journal."""

    def __init__(self, urls: Sequence[str], api_key: str, journal: Journal | None = None, *, seconds: float = 120) -> None:
        self._clients = [
            AxmeClient(AxmeClientConfig(base_url=url, api_key=api_key, max_retries=0, timeout_seconds=15)) for url in urls
        ]
        self._journal = journal
        self._seconds = seconds

    @property
    def current(self) -> AxmeClient:
        return self._clients[0]

    def call(self, ask: Callable[[AxmeClient], R]) -> R:
        """`ask` may run several times: give it an idempotency key. Raises what is neither silence nor a 5xx."""
        deadline = time.monotonic() + self._seconds
        while True:
            try:
                return ask(self.current)
            except AWAY as error:
                self.trouble("call", error)
                if time.monotonic() > deadline:
                    raise
            except AxmeHttpError as error:
                self.trouble("call", error)
                if error.status_code < 500 or time.monotonic() > deadline:
                    raise
            self.turn()

    def turn(self) -> None:
        """Go on with the next server, after a pause."""
        self._clients.append(self._clients.pop(0))
        time.sleep(PAUSE_SECONDS)

    def trouble(self, doing: str, error: Exception) -> None:
        """Write down what failed while `doing` it: call or listen. `status` is None when there was no answer."""
        if self._journal is not None:
            answered = isinstance(error, AxmeHttpError)
            self._journal.note(
                "trouble",
                doing=doing,
                status=error.status_code if answered else None,
                retry_after=error.retry_after if answered else None,
                error=repr(error)[:300],
            )

    def close(self) -> None:
        for client in self._clients:
            client.close()
