"""Several in a row."""

from collections.abc import Iterable

from django.utils.translation import pgettext


def series(words: Iterable[object]) -> str:
    """One after the other, set apart as the language does: "a, b, c"."""
    return between().join(map(str, words))


def between() -> str:
    """What stands between two of several."""
    return pgettext("between two of several", ", ")
