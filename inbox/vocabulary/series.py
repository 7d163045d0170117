"""Several in a row."""

from collections.abc import Iterable

from django.utils.translation import get_language_bidi, pgettext


def series(words: Iterable[object]) -> str:
    """One after the other, set apart as the language does: "a, b, c"."""
    return between().join(map(str, words))


def between() -> str:
    """What stands between two of several."""
    return pgettext("between two of several", ", ")


def isolated(text: str) -> str:
    """What others wrote, within a sentence from right to left: its signs stay at its own ends."""
    return f"\u2068{text}\u2069" if get_language_bidi() else text
