"""What the script of the pages says, translated: it has no words of its own."""

from functools import lru_cache

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from inbox.templatetags.pages import relative_days

register = template.Library()

EXAMPLES = (0, 1, 2, 3, 11, 100)
"""A number for each of the forms that a language can have: zero, one, two, few, many, other."""


@register.simple_tag
def script_words() -> SafeString:
    """The texts as data in the page, by the names that the script calls them. Parts in %(…)s are filled in there."""
    return _script_words(get_language())


@lru_cache
def _script_words(language: str | None) -> SafeString:
    words = {
        "seconds": _("%(seconds)s s"),
        "minutes": _("%(minutes)s min"),
        "hours": _("%(hours)s h"),
        "hours_minutes": _("%(hours)s h %(minutes)s min"),
        "days_hours": _("%(days)s %(hours)s h"),
        "relative_days": "|".join(relative_days(number) for number in EXAMPLES),
        "both": _("%(relative)s, %(clock)s"),
        "days_short": _("%(days)s d"),
        "ahead": _("in %(span)s"),
        "soon": _("in under a minute"),
        "now": _("just now"),
        "ago": _("%(span)s ago"),
        "left": _("%(span)s left"),
        "over": _("Expired"),
        "takes_effect": _("It takes effect now."),
        "new": _("%(number)s new"),
        "selected": _("%(number)s selected"),
        "risky_left_out": _("%(number)s risky left out"),
        "others_left_out": _("%(number)s of another kind left out"),
        "folded": _("%(number)s more before it. Undo takes back the last first."),
        "inbox": _("Inbox"),
        "live": _("Live"),
        "reconnecting": _("Reconnecting, last update %(time)s"),
        "allowed": _("This browser allows it."),
        "denied": _("This browser does not allow it; change that in its settings."),
        "looking": _("%(name)s is looking"),
        "writing_comment": _("%(name)s is writing a comment"),
        "writing_reason": _("%(name)s is writing a reason"),
        "more_looking": _("%(number)s more"),
        "people": _("People to mention"),
        "copied": _("Copied."),
        "unreachable": _("The server cannot be reached. Nothing was sent; try again."),
        "signed_out": _("You are signed out. Sign in in another tab; what you typed stays here."),
        "other_person": _("%(name)s typed this, but %(other)s is signed in now. Sign in as %(name)s to send it."),
        "signed_in_again": _("You are signed in again. What you typed is still here."),
        "sign_in": _("Sign in"),
        "send_again": _("Send it now"),
        "restored": _("What you typed before is filled in again."),
        "discard": _("Discard it"),
        "dismiss": _("Dismiss"),
        "failed": _("Something went wrong. Nothing changed. Try again."),
    }
    return json_script(words, "script-words")
