"""A beat that is told to end when that is hard: `sending`, where what the signal raises gets lost, or `early`, while its
schedule is being made."""

import contextlib
import os
import signal
import sys
from typing import Any

from celery.beat import ScheduleEntry
from kombu.messaging import Producer

from axme_site.celery import Clock, app
from tests.runtime.beats import clock_of


class Asked(Clock):
    """Told to end while it sends."""

    def apply_entry(self, entry: ScheduleEntry, producer: Producer | None = None) -> None:
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL, "sends on after it was told to end"
        with contextlib.suppress(SystemExit):
            os.kill(os.getpid(), signal.SIGTERM)


class AskedEarly(Clock):
    """Told to end before it is made; not when it is only made to be told of, before beat begins."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not kwargs.get("lazy"):
            os.kill(os.getpid(), signal.SIGTERM)
        super().__init__(*args, **kwargs)


if __name__ == "__main__":
    own = clock_of("memory://localhost/")[0].app
    scheduler = {"sending": Asked, "early": AskedEarly}[sys.argv[1]]
    with contextlib.suppress(SystemExit):
        own.subclass_with_self(app.Beat)(scheduler_cls=scheduler, loglevel="WARN").start_scheduler()
    print("ended in order", flush=True)
