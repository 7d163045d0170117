"""The ways by which agents get their work, in plain words."""

from django.utils.translation import gettext_lazy as _

MODES = {
    "stream": _("It comes for it, by stream"),
    "poll": _("It comes for it, by long poll"),
    "inbox": _("It comes for it, and claims what it takes"),
    "http": _("It is called at its URL"),
    "internal": _("It runs inside this server"),
}
"""How an agent gets its work, by its delivery mode."""
BINDINGS = {
    "pull": _("comes for it"),
    "http": _("is called"),
    "internal": _("inside this server"),
    "parent": _("by what its intent waits for"),
}
"""The way by which a delivery reaches its agent, by the name of the binding."""
