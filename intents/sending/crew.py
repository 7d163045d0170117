"""Threads that are kept for their next job: one that is begun anew for each costs more than many a job does."""

import queue
import threading
from collections.abc import Callable

IDLE_SECONDS = 10.0
"""A thread without a job for so long ends."""

Job = Callable[[], None]


class Crew:
    """As many threads as there are jobs at a time, however long one hangs. A job must not fail. The threads end with the
    process."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._idle = 0
        self._counting = threading.Lock()

    def do(self, job: Job) -> None:
        """Have `job` done now, by a thread that has none or a new one."""
        with self._counting:
            new = self._idle == 0
            if not new:
                self._idle -= 1
        if new:
            threading.Thread(target=self._work, args=(job,), name=self._name, daemon=True).start()
        else:
            self._jobs.put(job)

    def _work(self, job: Job) -> None:
        while True:
            job()
            with self._counting:
                self._idle += 1
            try:
                job = self._jobs.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                with self._counting:
                    if self._idle:
                        self._idle -= 1
                        return
                # A job is on its way that counts on this thread.
                job = self._jobs.get()
