"""What the pages of operations say of numbers."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from inbox.templatetags.pages import span

register = template.Library()


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
