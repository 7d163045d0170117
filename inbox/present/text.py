"""Text of others: what cannot be seen in it is named, and a host is read as the network reads it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

FOLD_LINES = 8
FOLD_CHARACTERS = 900

# Invisible or blank although Unicode files them under letters, marks or symbols.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe00\ufe01\ufe02\uffa0")
_PLAIN = frozenset("\n\t \u00a0\ufe0f")
_EMOJI_JOINER = "\u200d"
_MOST_MARKS = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; an `odd` one is the name of something that cannot be seen as it is."""

    text: str
    odd: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """An address. `host` is the host as it goes over the network; `odd` when it is written in other letters than a–z."""

    url: str
    host: str
    odd: bool


@dataclass(frozen=True, slots=True)
class Folded:
    """A text cut after its first lines; `hidden` counts the lines of `rest`."""

    top: str
    rest: str
    hidden: int


def visible(text: str) -> list[Piece]:
    """`text` with everything that cannot be seen named: direction marks, zero-width and other blank characters, more marks
    on a letter than any language has."""
    pieces: list[Piece] = []
    plain: list[str] = []
    marks = 0

    def named(name: str) -> None:
        if plain:
            pieces.append(Piece("".join(plain)))
            plain.clear()
        pieces.append(Piece(name, odd=True))

    for index, character in enumerate(text):
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") and character not in _PLAIN else 0
        seen = category[0] in "LMNPS" and character not in _BLANK and marks <= _MOST_MARKS
        if seen or character in _PLAIN or (character == _EMOJI_JOINER and _joins_emoji(text, index)):
            plain.append(character)
        elif marks > _MOST_MARKS:
            if marks == _MOST_MARKS + 1:
                named("more marks")
        else:
            named(f"U+{ord(character):04X}")
    if plain:
        pieces.append(Piece("".join(plain)))
    return _counted(pieces)


def _joins_emoji(text: str, index: int) -> bool:
    """Whether the joiner there makes one picture of two, which it is for."""
    before = text[:index].rstrip("\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")[-1:]
    after = text[index + 1 : index + 2]
    return all(one and unicodedata.category(one) == "So" for one in (before, after))


def _counted(pieces: Sequence[Piece]) -> list[Piece]:
    """The same thing many times in a row, told once with its number."""
    told: list[Piece] = []
    times = 1
    for index, piece in enumerate(pieces):
        if piece.odd and index + 1 < len(pieces) and pieces[index + 1] == piece:
            times += 1
            continue
        told.append(Piece(f"{piece.text} ×{times:,}", odd=True) if times > 1 else piece)
        times = 1
    return told


def plain(text: str) -> str:
    """`visible` as one text, for titles and attributes: what cannot be seen stands in ⟨⟩."""
    return "".join(f"⟨{piece.text}⟩" if piece.odd else piece.text for piece in visible(text))


def one_line(text: str, *, most: int = 160) -> str:
    """`plain` on one line, cut with an ellipsis after `most` characters."""
    line = " ".join(plain(text[: most * 8]).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


_LINE = "\n"
_EMPTY_LINES = re.compile(r"(?:[ \t\u00a0]*\n){4,}")


def folded(text: str) -> Folded:
    """A text of any length: empty lines in a row are counted, and what is beyond the first lines is a fold."""
    text = text.replace("\r\n", _LINE)
    counted = _EMPTY_LINES.sub(lambda found: f"\n\n⟨{found[0].count(_LINE) - 1:,} empty lines⟩\n\n", text)
    counted = counted.strip("\n")
    lines = counted.split("\n")
    top = "\n".join(lines[:FOLD_LINES])
    if len(top) > FOLD_CHARACTERS:
        end = top.rfind(" ", FOLD_CHARACTERS // 2, FOLD_CHARACTERS)
        top = top[: end if end > 0 else FOLD_CHARACTERS]
    rest = counted[len(top) :].lstrip("\n")
    return Folded(top, rest, rest.count("\n") + 1 if rest else 0)


def link(url: str) -> Link | None:
    """An http address as a link, None for anything else, `javascript:` above all."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or any(ord(one) <= 32 for one in url.strip()):
        return None
    if host.isascii():
        return Link(url.strip(), host, odd="xn--" in host or "@" in parts.netloc)
    try:
        return Link(url.strip(), host.encode("idna").decode("ascii"), odd=True)
    except UnicodeError:
        return None


_ACRONYMS = frozenset("api bic dns gdpr hr iban id ip it kyc pdf po sku sla sms sql ssl ssn tls url vat vpn".split())  # noqa: SIM905


def label(key: str) -> str:
    """The name of a field in words: `shippingAddress` as "Shipping address", `old_iban` as "Old IBAN"."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", key).replace("_", " ").replace("-", " ").split()
    words = " ".join(word.upper() if word.lower() in _ACRONYMS or word.isupper() else word.lower() for word in spaced)
    short = one_line(words or key or "(no name)", most=80)
    return short[:1].upper() + short[1:]
