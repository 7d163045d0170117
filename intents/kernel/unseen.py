"""Characters that cannot be seen, or that change how others are seen: Unicode's Default_Ignorable_Code_Point, all controls,
formats and separators, and what is blank although it is filed under letters or symbols.

A few of them belong to writing: joiners inside of words of scripts that need them, one selector after a picture or an
ideograph. There, and only there, they are text like any other.
"""

import re
import unicodedata
from functools import lru_cache

from intents.kernel.errors import InvalidField

# Unicode 16, DerivedCoreProperties.txt, as far as the general category does not tell; then what is merely blank: Braille
# without dots, the musical null notehead, an object that is not there, the Khitan filler.
_IGNORABLE = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff"
    "\u2800\U0001d159\ufffc\U00016fe4"
)
_UNSEEN = re.compile(f"[{_IGNORABLE}]")

BLANKS = " \t\u00a0\u2009\u202f\u3000"
"""What stands between words: the space, those that do not break, and the wide one of East Asia."""

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_JOINING = frozenset(
    "ARABIC SYRIAC NKO MANDAIC MONGOLIAN DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU KANNADA "  # noqa: SIM905
    "MALAYALAM SINHALA".split()
)
"""Scripts in which a joiner inside of a word is part of its spelling, by the first word of their characters' names."""
_PICTURED = frozenset("\u203c\u2049\u2139\u2194\u2195\u2196\u2197\u2198\u2199\u21a9\u21aa\u2934\u2935\u3030")
"""Characters with a form as a picture whose category is not that of other symbols."""
_SKIN = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_KEYCAP = "\u20e3"


def is_unseen(text: str, at: int) -> bool:
    """Whether the character there is one that cannot be seen, and does not belong to the writing around it."""
    character = text[at]
    if character == "\n" or character in BLANKS or not _is_hidden(character):
        return False
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if character in (_ZWNJ, _ZWJ):
        return not (_joins_letters(before, after) or (character == _ZWJ and _joins_pictures(text, at)))
    if character in "\ufe0e\ufe0f":
        return not (_is_picture(before) or (after == _KEYCAP and before != "" and before in "0123456789#*"))
    if "\U000e0100" <= character <= "\U000e01ef":
        return not _is_ideograph(before)
    if character in "\u180b\u180c\u180d\u180f":
        return _script(before) != "MONGOLIAN"
    return True


@lru_cache(maxsize=4096)
def _is_hidden(character: str) -> bool:
    return unicodedata.category(character)[0] in "CZ" or _UNSEEN.match(character) is not None


def _joins_letters(before: str, after: str) -> bool:
    script = _script(before)
    return script in _JOINING and script == _script(after)


def _joins_pictures(text: str, at: int) -> bool:
    """Whether a joiner makes one picture of two; a selector or a colour of skin may stand before it."""
    before = at - 1
    while before > max(at - 3, 0) and text[before] in f"\ufe0f{_SKIN}":
        before -= 1
    return before >= 0 and _is_picture(text[before]) and _is_picture(text[at + 1 : at + 2])


@lru_cache(maxsize=4096)
def _is_picture(character: str) -> bool:
    if not character or _is_hidden(character):
        return False
    return unicodedata.category(character) == "So" or character in _PICTURED


@lru_cache(maxsize=4096)
def _is_ideograph(character: str) -> bool:
    return character != "" and "IDEOGRAPH" in unicodedata.name(character, "")


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    """The script of a letter or of a mark on one, "" for anything else."""
    if not character or _is_hidden(character) or unicodedata.category(character)[0] not in "LM":
        return ""
    return unicodedata.name(character, "").partition(" ")[0]


def unseen(text: str) -> str | None:
    """The first character of `text` that cannot be seen, as "U+202E"; None when all of it can. A line break counts, as in a
    name."""
    for at, character in enumerate(text):
        if is_unseen(text, at) or character in "\n\t":
            return f"U+{ord(character):04X}"
    return None


def ensure_seen(text: str, *, field: str, what: str = "a name") -> str:
    """A name as people give it, or another thing that people tell others by, as `what` says. Raises InvalidField where it
    holds a character that cannot be seen."""
    if (odd := unseen(text)) is not None:
        raise InvalidField(field, f"{what} holds no characters that cannot be seen ({odd})")
    return text
