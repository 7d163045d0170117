"""Why something was not sent, as this server writes it down in English; pages say it in the language of who reads them."""

import re
from functools import lru_cache

from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _

from inbox.vocabulary.parts import pattern

LONGEST = 1000
FAULTS = {
    "refused": gettext_lazy("this server does not connect there"),
    "dns": gettext_lazy("the name was not found"),
    "connect": gettext_lazy("no connection"),
    "tls": gettext_lazy("no secure connection"),
    "timeout": gettext_lazy("no answer in time"),
    "broken": gettext_lazy("the connection broke off"),
}
"""Why a try has no answer."""

UNSENT = (
    # Where it goes
    _("this address is not on the open internet"),
    _("outside, only encrypted connections are made: the URL has to begin with https://"),
    _("a URL has no spaces, control characters or backslashes"),
    _("the URL has to begin with https://"),
    _("the URL must not hold a name or password"),
    _("the URL must not hold a fragment (#)"),
    _("the URL names no host"),
    _("the name %(host)s has no address"),
    _("no file of this server is read here"),
    # How it went
    _("no connection: %(why)s"),
    _("no encrypted connection: %(why)s"),
    _("the connection broke off: %(why)s"),
    _("no answer within %(seconds)s s"),
    _("it broke off: %(why)s"),
    _("answered %(status)s"),
    _("Teams answered %(status)s"),
    _("Slack refused: %(why)s"),
    _("the bot gets no token: its sign-in answered %(status)s"),
    _("the bot was removed: add it again in Teams, and write to it"),
    _("the bot was removed from there"),
    _("this server is not set up for this chat any more"),
    # What cannot be read, after the secret of the server was changed
    _("its address cannot be read any more: enter it again"),
    _("its address cannot be read any more: allow it again on the device"),
    _("its text cannot be read any more"),
    _("its token cannot be read any more"),
    _("its signing secret cannot be read any more"),
    # What nobody needs any more
    _("the endpoint was disabled"),
    _("the endpoint was disabled, or its subscription deleted"),
    _("the subscription was deleted"),
    _("the agent is not called any more"),
    _("the delivery is over"),
    _("decided or read before it was sent"),
    _("it was over, or nobody has this address"),
    _("a newer one tells it as well, or nobody may be told any more"),
    # Of work that an agent had
    _("agent stopped"),
    _("connection lost"),
    _("server process lost"),
)


@lru_cache(1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    plain_first = sorted(UNSENT, key=lambda text: text.count("%("))
    return [(text, pattern(text)) for text in plain_first]


def fault(kind: str | None) -> str:
    """Why a try has no answer; nothing where it has one."""
    return str(FAULTS.get(kind, kind)) if kind else ""


def in_words(answer: str) -> str:
    """An answer in the language of the page; what others wrote as it is."""
    if len(answer) > LONGEST:
        return answer
    for text, known in _patterns():
        if found := known.fullmatch(answer):
            parts = found.groupdict()
            return gettext(text) % parts if parts else gettext(text)
    return answer
