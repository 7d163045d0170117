"""What people read of a search that means nothing. The API says the same in English."""

from django.utils.translation import gettext_noop as _

SEARCH_REFUSALS = (
    _("“%(word)s” is not understood: a quote has no end"),
    _("“%(word)s” is not understood: quotes go around a whole value"),
    _("“%(word)s” is not understood: terms side by side must all hold; commas mean or, and - means not"),
    _("“%(word)s” is not understood: say what %(key)s is to be"),
    _("“%(word)s” is not understood: nothing is found by %(key)s"),
    _("“%(word)s” is not understood: filters are %(keys)s"),
    _("“%(word)s” is not understood: %(key)s takes one of %(values)s"),
    _("“%(word)s” is not understood: %(key)s takes a span such as 30m, 24h or 2d, or a date"),
    _("“%(word)s” is not understood: say whether more or less than that"),
    _("“%(word)s” is not understood: say whether before or after that"),
    _("“%(word)s” is not understood: a span is at most 100 years, 36500d"),
    _("“%(word)s” is not understood: a part of the payload is named like payload.amount"),
    _("“%(word)s” is not understood: more and less compare numbers, such as >100 or <=0.5"),
    _("“%(word)s” is not understood: an id, or its first 8 digits or more"),
    _("“%(word)s” is not understood: a whole correlation id"),
    _("“%(word)s” is not understood: 1 to %(most)s words, or the beginning of an id"),
    _("at most %(most)s terms"),
)
