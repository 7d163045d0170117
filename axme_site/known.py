"""Credentials in use are looked up again before they are believed no more.

The short path takes only what comes by one that was looked up a moment ago. Without this all that comes in the moment when
it is not would take the ordinary path, and hold up everybody's requests there.
"""

import asyncio
from functools import partial

import structlog
from django.db import close_old_connections

from axme_site import problems
from axme_site.askers import Headers, credentials
from axme_site.lines import Busy
from axme_site.threads import Threads
from intents import auth

log = structlog.get_logger()

AHEAD_SECONDS = 1.0
"""So long before a credential is believed no more it is looked up again, if it is used then."""
LONGEST_SECONDS = 2.0
"""Whoever waits for a look-up waits no longer: then it is for the ordinary path."""


class Known:
    """Used on the event loop alone."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._looking: dict[str, asyncio.Future[None]] = {}

    async def ready(self, headers: Headers) -> None:
        """Wait for the look-up of a credential of a request that was believed before and is no more."""
        lapsed = [job for job in map(self._look, credentials(headers)) if job is not None]
        if lapsed:
            await asyncio.wait(lapsed, timeout=LONGEST_SECONDS)

    def _look(self, credential: str) -> "asyncio.Future[None] | None":
        """Begin to look it up if it is time. The look-up, where it is past time."""
        left = auth.trusted_for(credential)
        if left is None or left > AHEAD_SECONDS:
            return None
        job = self._looking.get(credential)
        if job is None:
            try:
                job = self._threads.run(_look_again, credential)
            except Busy:
                return None
            self._looking[credential] = job
            job.add_done_callback(partial(self._end, credential))
        return job if left <= 0 else None

    def _end(self, credential: str, job: "asyncio.Future[None]") -> None:
        del self._looking[credential]


def _look_again(credential: str) -> None:
    try:
        auth.look_again(credential)
    except Exception as error:  # the ordinary path meets it too, and tells
        if not isinstance(error, problems.DATABASE_AWAY):
            log.exception("look_up_failed")
        close_old_connections()
