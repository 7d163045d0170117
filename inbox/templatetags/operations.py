"""What the pages of operations say of numbers."""

import re

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from inbox.templatetags.pages import span
from inbox.vocabulary import unsent

register = template.Library()
register.filter("in_words", unsent.in_words)
register.filter("fault", unsent.fault)


_JOINTS = re.compile(r"(?<=[._/:=,@-])(?=[\w\"\[{])")


@register.filter
def jointed(text: str) -> SafeString:
    """Words of programs that break at their joints, such as dots, where they are too long for their line."""
    return format_html_join(SafeString("<wbr>"), "{}", ((one,) for one in _JOINTS.split(str(text))))


@register.filter
def duration(seconds: float) -> str:
    """A length of time: "2 h 10 min", and below ten seconds with a tenth."""
    if 0 < abs(seconds) < 0.05:
        return _("< 0.1 s")
    if 0 < abs(seconds) < 9.95:
        return _("%(seconds)s s") % {"seconds": number_format(round(seconds, 1), 1)}
    return span(seconds)


@register.filter
def percent(share: float) -> str:
    """A share in whole percent, which are never 100 or 0 unless it is that exactly."""
    whole = round(share * 100)
    return f"{whole if share in (0, 1) else max(1, min(99, whole))} %"


@register.filter
def milliseconds(count: int) -> str:
    """How long an answer took: "86 ms", from a second on as other lengths of time."""
    return _("%(count)s ms") % {"count": count} if count < 1000 else duration(count / 1000)
