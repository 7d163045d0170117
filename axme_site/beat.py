"""The program of beat, which a signal ends for certain."""

from typing import Any

from celery import beat, platforms
from celery.apps.beat import Beat as CelerysBeat


class Beat(CelerysBeat):
    """One that also ends when what a signal raises is lost.

    It is raised wherever the program happens to be: in a call to Redis what its clean-up raises can take its place, which
    looks like a broker that is away, and in a destructor nobody hears of it. Celery's own would send for ever on.
    """

    def install_sync_handler(self, service: beat.Service) -> None:
        """Have SIGTERM and SIGINT end it. Celery's own has the scheduler keep its schedule first, even while that is being
        made; ours keeps nothing."""

        def end(*_: Any) -> None:
            platforms.signals.reset("SIGTERM", "SIGINT")  # a second one ends it where it is
            service.stop()
            raise SystemExit

        platforms.signals.update(SIGTERM=end, SIGINT=end)
