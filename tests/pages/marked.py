"""Every text of ours in brackets: a catalogue whose translation of a text is the text itself, marked as one.

What can be read in a page and stands in no brackets was marked for no translation, or is data.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from types import SimpleNamespace
from unittest.mock import patch

from django.utils.translation import trans_real

OPEN, CLOSE = "⟦", "⟧"
_INNERMOST = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
NO_WORDS = r"https?://\S+|[\w.]*@[\w.]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CONTEXT = "\x04"


class Catalogue:
    """Answers as Django's own do."""

    def gettext(self, text: str) -> str:
        return f"{OPEN}{text.rpartition(_CONTEXT)[2]}{CLOSE}"

    def to_language(self) -> str:
        return "x-marked"

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self.gettext(singular if number == 1 else plural)


@contextmanager
def brackets() -> Iterator[None]:
    """Inside, every text that is translated stands in brackets."""
    catalogue = Catalogue()
    with patch.multiple(
        trans_real, _default=catalogue, _active=SimpleNamespace(value=catalogue), translation=lambda _language: catalogue
    ):
        yield


class _Reader(HTMLParser):
    """What a page says: its texts, and the attributes that are read out or shown."""

    SAYING = {"title", "aria-label", "placeholder", "alt", "data-label", "label"}
    DATA = {"script", "style", "code", "pre", "kbd", "datalist", "textarea"}
    """Elements that hold no words of ours."""
    ALONE = {"meta", "link", "input", "img", "br", "hr", "rect", "line", "circle", "path"}

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if not any(self._inside):
            self.found += [value or "" for name, value in attrs if name in self.SAYING]
        if tag not in self.ALONE:
            data = tag in self.DATA or given.get("class") == "avatar" or given.get("name") == "country"
            self._inside.append(data)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.ALONE:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.ALONE and self._inside:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._inside):
            self.found.append(data)


def bare(html: str, data: set[str]) -> Iterator[str]:
    """The texts of a page, or of a mail, that stand in no brackets and are no numbers, ids, addresses or `data`."""
    reader = _Reader()
    # A sentence may hold elements, so brackets are looked for in all of the page.
    reader.feed(html)
    reader.close()
    whole = "\n".join(" ".join(text.split()) for text in reader.found if text.strip())
    while _INNERMOST.search(whole):
        whole = _INNERMOST.sub("", whole)
    no_words = "|".join([NO_WORDS, *map(re.escape, sorted(data, key=len, reverse=True))])
    for text in whole.splitlines():
        if re.search(r"[^\W\d_]", re.sub(no_words, "", text)):
            yield text.strip()
