"""The pages of docs/ as pages of the product: their text in English, what they are for and their headings in the reader's
language."""

import re
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

FOLDER = settings.BASE_DIR / "docs"
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_SHORT = 24
"""Characters of a name that stands in one line."""
_reader = MarkdownIt("commonmark", {"html": False}).enable("table")


def names() -> list[str]:
    """The guides there are."""
    return sorted(path.stem for path in FOLDER.glob("*.md") if path.stem != "README")


@cache
def title(name: str) -> str:
    """What a guide is called."""
    return _text(name).partition("\n")[0].removeprefix("# ").strip()


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide: its first paragraph and what follows as HTML, and the anchors and words of its chapters."""

    title: str
    lead: SafeString
    contents: tuple[tuple[str, str], ...]
    text: SafeString


@cache
def guide(name: str, language: str) -> Guide:
    """A guide in `language`, which has to be the active one. KeyError when there is none of that name."""
    if name not in names():
        raise KeyError(name)
    _title, first, rest = _text(name).split("\n\n", 2)
    text, contents = _html(rest, language)
    lead, _none = _html(_(_line(first)), language)
    return Guide(title=_(title(name)), lead=lead, contents=tuple(contents), text=text)


@cache
def section(name: str, language: str, *headings: str) -> SafeString:
    """The sections of a guide that have these headings, as HTML in `language`, which has to be the active one."""
    parts = re.split(r"^(?=## )", _text(name), flags=re.MULTILINE)
    chosen = (part for heading in headings for part in parts if part.startswith(f"## {heading}\n"))
    return _html("".join(chosen), language)[0]


def lead(name: str) -> str:
    """The first paragraph of a guide, which says what it is for, in Markdown on one line."""
    return _line(_text(name).split("\n\n", 2)[1])


def headings(name: str) -> list[str]:
    """The headings of a guide below its title."""
    tokens = _reader.parse(_text(name))
    return [tokens[place + 1].content for place, one in enumerate(tokens) if one.type == "heading_open" and one.tag != "h1"]


def _line(paragraph: str) -> str:
    return " ".join(paragraph.split())


def _text(name: str) -> str:
    return _COMMENT.sub("", (FOLDER / f"{name}.md").read_text())


def _html(text: str, language: str) -> tuple[SafeString, list[tuple[str, str]]]:
    """Markdown as HTML, and the anchors and words of its chapters."""
    tokens = _reader.parse(text)
    chapters = []
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            anchor = _anchor(tokens[place + 1].content)
            token.attrSet("id", anchor)
            said = _translate(token, tokens[place + 1], language)
            if token.tag == "h2":
                chapters.append((anchor, said))
        elif token.type == "table_open":
            token.attrSet("class", "table")
        elif token.type == "fence":
            token.info = token.info.partition(" ")[0]
        for child in token.children or ():
            _redirect(child)
            if child.type == "code_inline" and len(child.content) <= _SHORT:
                child.attrSet("class", "short")
    html = str(_reader.renderer.render(tokens, _reader.options, {}))
    # What is wider than its column is moved sideways, by keys as well.
    for tag, inner in (
        ("<pre>", '<pre class="scroll" tabindex="0">'),
        ("<table", '<div class="scroll" tabindex="0" role="group"><table'),
    ):
        html = html.replace(tag, inner)
    html = html.replace("</table>", "</table></div>")
    return mark_safe(html), chapters  # noqa: S308 - our own files, with HTML in them off


def _anchor(heading: str) -> str:
    """A heading's name in addresses, as readers of the files know it."""
    return slugify(heading.replace("`", ""))


def _translate(opening: Token, heading: Token, language: str) -> str:
    """Say a heading in `language`, marked as such between text in English, and answer its words."""
    said = _(heading.content)
    if language != "en":
        heading.children = _reader.parseInline(said)[0].children
        opening.attrSet("lang", language)
        opening.attrSet("dir", "rtl" if get_language_bidi() else "ltr")
    return said.replace("`", "")


def _redirect(token: Token) -> None:
    """Links from file to file become links from page to page; pictures are left out."""
    if token.type == "link_open":
        to = str(token.attrGet("href"))
        name, _, anchor = to.partition("#")
        if name.endswith(".md") and "/" not in name:
            token.attrSet("href", f"/docs/guides/{name.removesuffix('.md')}" + (f"#{anchor}" if anchor else ""))
        elif not to.startswith(("http", "#")):
            token.attrSet("href", "/docs")
    elif token.type == "image":
        token.type, token.tag, token.content = "text", "", ""
