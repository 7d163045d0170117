"""What only the site knows of how the server is, for the page of the system."""

import platform
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from redis import RedisError

from axme_site import __version__, drain, health
from axme_site.cells import unfinished
from inbox.operations import system
from intents.kernel import replica
from intents.telemetry import extra


def register() -> None:
    """Tell of the version, of Redis, of email, and of this process."""
    system.register(gettext_lazy("Version"), _version)
    system.register(gettext_lazy("This process"), _process)
    system.register(gettext_lazy("Redis"), _redis)
    if replica.configured():
        system.register(gettext_lazy("Standby"), _standby)
    if settings.CELLS:
        system.register(gettext_lazy("Moves to other cells"), moves)
    system.register(gettext_lazy("Email"), _email)
    if extra.wanted():
        system.register(gettext_lazy("Traces"), _traces)


def _version() -> tuple[bool | None, str]:
    return None, _("%(version)s, Python %(python)s") % {"version": __version__, "python": platform.python_version()}


def _process() -> tuple[bool | None, str]:
    return not drain.gate.draining, _("stopping") if drain.gate.draining else _("takes requests")


def _redis() -> tuple[bool | None, str]:
    if health.redis is None:
        return None, _("none: everything runs in one process")
    try:
        waiting = health.messages_waiting(health.redis)
    except RedisError as error:
        return False, _("does not answer (%(error)s)") % {"error": type(error).__name__}
    return True, _("answers; messages waiting: %(count)s") % {"count": waiting}


def _standby() -> tuple[bool | None, str]:
    state = replica.state()
    if state is None or state.lag is None:
        return False, _("does not answer: the primary is read")
    seconds = round(state.lag, 1)
    if not state.ok:
        return False, _("%(seconds)s s behind: the primary is read") % {"seconds": seconds}
    return True, _("%(seconds)s s behind") % {"seconds": seconds}


def moves() -> tuple[bool | None, str]:
    """Names no workspace: who looks belongs to one of many."""
    left = len(unfinished.moves())
    if not left:
        return True, _("none was broken off")
    words = ngettext(
        "%(count)s was broken off, its workspace may be closed. manage.py move_workspace --unfinished names it.",
        "%(count)s were broken off, their workspaces may be closed. manage.py move_workspace --unfinished names them.",
        left,
    )
    return False, words % {"count": left}


def _email() -> tuple[bool | None, str]:
    if settings.EMAIL_URL:
        return True, _("sent by %(host)s") % {"host": settings.EMAIL_HOST}
    return None, _("not set up: written to files")


def _traces() -> tuple[bool | None, str]:
    if extra.missing():
        return False, _("not sent: OpenTelemetry is not installed")
    return None, _("sent to %(host)s") % {"host": urlsplit(settings.TRACES_URL).hostname}
