"""What only the site knows of how the server is, for the page of the system."""

import platform

from django.conf import settings
from redis import RedisError

from axme_site import __version__, drain, health
from inbox.operations import system


def register() -> None:
    """Tell of the version, of Redis, of email, and of this process."""
    system.register("Version", lambda: (None, f"{__version__}, Python {platform.python_version()}"))
    system.register("This process", _process)
    system.register("Redis", _redis)
    system.register("Email", _email)


def _process() -> tuple[bool | None, str]:
    return not drain.gate.draining, "stopping" if drain.gate.draining else "takes requests"


def _redis() -> tuple[bool | None, str]:
    if health.redis is None:
        return None, "none: everything runs in one process"
    try:
        waiting = health.messages_waiting(health.redis)
    except RedisError as error:
        return False, f"does not answer ({type(error).__name__})"
    return True, f"answers; {waiting} messages wait"


def _email() -> tuple[bool | None, str]:
    return (True, f"sent by {settings.EMAIL_HOST}") if settings.EMAIL_URL else (None, "not set up: written to files")
