"""Text of others: what cannot be seen in it is named, and what is too much of it is counted."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.vocabulary.counts import grouped
from intents.kernel.unseen import BLANKS, is_unseen

FOLD_LINES = 8
FOLD_CHARACTERS = 900
MOST_BLANKS = 4
"""Blanks in a row that are shown as such; more could push what follows out of sight, and are counted."""
MOST_INDENT = 80
"""The same in lines whose blanks align them."""
_MOST_MARKS = 3
_MOST_EMPTY = 4
"""Line breaks in a row that are shown as such."""


_NAMED = re.compile(r"[@_/\\\d]|[.:](?=\w)|\w[A-Z]")
"""In a first word: it is an address, an id or a name of a program's, which are written in one way."""


class Nameable(Protocol):
    """A person, as others name them."""

    name: str
    email: str


def called(person: Nameable) -> str:
    """How a person is called: by the name they gave themselves, else by their address."""
    return plain(person.name or person.email)


def capitalised(text: str) -> str:
    """`text` as a sentence begins, unless it begins with an address, an id or the like."""
    first = text.split(maxsplit=1)[:1]
    return text if first and _NAMED.search(first[0]) else f"{text[:1].upper()}{text[1:]}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; an `odd` one is the name of something that cannot be seen as it is."""

    text: str
    odd: bool = False


@dataclass(frozen=True, slots=True)
class Folded:
    """A text cut after its first lines; `hidden` counts the lines of `rest`. `aligned` tells that its blanks mean something,
    as in a listing."""

    top: str
    rest: str
    hidden: int
    aligned: bool = False


_SPOTS = re.compile(f"[{BLANKS}]{{{MOST_BLANKS + 1},}}|[^\n\x20-\x7e]")
"""What has to be looked at: a run of blanks, and every character that is not plain ASCII."""


def visible(text: str, *, blanks: int = MOST_BLANKS) -> list[Piece]:
    """`text` with everything that cannot be seen named: direction marks, zero-width and other blank characters, more marks
    on a letter than any language has, more than `blanks` blanks in a row."""
    pieces: list[Piece] = []
    plain: list[str] = []
    for part, odd in _parts(text, blanks):
        if not odd:
            plain.append(part)
            continue
        if plain:
            pieces.append(Piece("".join(plain)))
            plain.clear()
        pieces.append(Piece(part, odd=True))
    if plain:
        pieces.append(Piece("".join(plain)))
    return _counted(pieces)


def _parts(text: str, blanks: int) -> Iterator[tuple[str, bool]]:
    """The text in runs, each with whether it is the name of something."""
    end = marked = marks = 0
    for spot in _SPOTS.finditer(text):
        at, character = spot.start(), spot[0]
        if at > end:
            yield text[end:at], False
        end = spot.end()
        if len(character) > 1:
            yield (_blanks(len(character)), True) if len(character) > blanks else (character, False)
        elif is_unseen(text, at):
            yield f"U+{ord(character):04X}", True
        elif unicodedata.category(character) in ("Mn", "Me"):
            marks = marks + 1 if at == marked else 1
            marked = end
            if marks <= _MOST_MARKS:
                yield character, False
            elif marks == _MOST_MARKS + 1:
                yield _("more marks"), True
        else:
            yield character, False
    if end < len(text):
        yield text[end:], False


def _blanks(number: int) -> str:
    return ngettext("%(number)s space", "%(number)s spaces", number) % {"number": grouped(number)}


def _counted(pieces: Sequence[Piece]) -> list[Piece]:
    """The same thing many times in a row, told once with its number."""
    shortened: list[Piece] = []
    times = 1
    for index, piece in enumerate(pieces):
        if piece.odd and index + 1 < len(pieces) and pieces[index + 1] == piece:
            times += 1
            continue
        shortened.append(Piece(f"{piece.text} ×{times:,}", odd=True) if times > 1 else piece)
        times = 1
    return shortened


def plain(text: str) -> str:
    """`visible` as one text, for titles and attributes: what cannot be seen stands in ⟨⟩."""
    return "".join(f"⟨{piece.text}⟩" if piece.odd else piece.text for piece in visible(text))


def one_line(text: str, *, most: int = 160) -> str:
    """`plain` on one line, cut with an ellipsis after `most` characters."""
    line = " ".join(plain(text[: most * 8]).split())
    return line if len(line) <= most and len(text) <= most * 8 else line[: most - 1].rstrip() + "…"


_LISTED = re.compile(r"[+\-@#$>|]|\d{4}-\d\d-\d\d[T ]\d\d:|\d\d:\d\d:\d\d|[A-Z]+\b[:\]]|\S{1,40}\s*[:=]\s*[{\[]?$")
"""How lines of differences, logs, commands and settings begin."""


def is_aligned(text: str) -> bool:
    """Whether the blanks of a text of several lines mean something: it is indented, or a listing."""
    lines = [line[:120] for line in text.split("\n")[:200] if line.strip()]
    if len(lines) < 2:
        return False
    indented = any(line[0] in " \t" for line in lines)
    return indented or sum(_LISTED.match(line) is not None for line in lines) * 2 > len(lines)


def folded(text: str) -> Folded:
    """A text of any length: empty lines in a row are counted, and what is beyond the first lines is a fold."""
    counted = "\n".join(_lines(text.replace("\r\n", "\n").split("\n"))).strip("\n")
    lines = counted.split("\n")
    top = "\n".join(lines[:FOLD_LINES])
    if len(top) > FOLD_CHARACTERS:
        end = top.rfind(" ", FOLD_CHARACTERS // 2, FOLD_CHARACTERS)
        top = top[: end if end > 0 else FOLD_CHARACTERS]
    rest = counted[len(top) :].lstrip("\n")
    return Folded(top, rest, rest.count("\n") + 1 if rest else 0, is_aligned(counted))


def _lines(lines: Sequence[str]) -> Iterator[str]:
    """The lines, with those in a row that are empty counted where they are many. Runs over each line once."""
    empty: list[str] = []
    for line in (*lines, None):
        if line is not None and not line.strip(BLANKS):
            empty.append(line)
            continue
        if len(empty) >= _MOST_EMPTY - 1:
            said = ngettext("%(number)s empty line", "%(number)s empty lines", len(empty))
            yield from ("", f"⟨{said % {'number': grouped(len(empty))}}⟩", "")
        else:
            yield from empty
        empty = []
        if line is not None:
            yield line
