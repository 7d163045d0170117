"""The pages of docs/ as pages of the product."""

import re
from functools import cache

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

FOLDER = settings.BASE_DIR / "docs"
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_reader = MarkdownIt("commonmark", {"html": False}).enable("table")


def names() -> list[str]:
    """The guides there are."""
    return sorted(path.stem for path in FOLDER.glob("*.md") if path.stem != "README")


@cache
def title(name: str) -> str:
    """What a guide is called."""
    return _text(name).partition("\n")[0].removeprefix("# ").strip()


@cache
def rendered(name: str) -> SafeString:
    """A guide as HTML. KeyError when there is none of that name."""
    if name not in names():
        raise KeyError(name)
    return _html(_text(name))


@cache
def section(name: str, *headings: str) -> SafeString:
    """The sections of a guide that have these headings, as HTML."""
    parts = re.split(r"^(?=## )", _text(name), flags=re.MULTILINE)
    return _html("".join(part for heading in headings for part in parts if part.startswith(f"## {heading}\n")))


def _text(name: str) -> str:
    return _COMMENT.sub("", (FOLDER / f"{name}.md").read_text())


def _html(text: str) -> SafeString:
    tokens = _reader.parse(text)
    known: set[str] = set()
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _anchor(tokens[place + 1].content, known))
        elif token.type == "table_open":
            token.attrSet("class", "table")
        elif token.type == "fence":
            token.info = token.info.partition(" ")[0]
        for child in token.children or ():
            _redirect(child)
    html = str(_reader.renderer.render(tokens, _reader.options, {}))
    # What is wider than its column is moved sideways, by keys as well.
    for tag, inner in (
        ("<pre>", '<pre class="scroll" tabindex="0">'),
        ("<table", '<div class="scroll" tabindex="0" role="group"><table'),
    ):
        html = html.replace(tag, inner)
    return mark_safe(html.replace("</table>", "</table></div>"))  # noqa: S308 - our own files, with HTML in them off


def _anchor(heading: str, known: set[str]) -> str:
    """A heading's name in addresses, as readers of the files know it."""
    found = slugify(heading.replace("`", ""))
    known.add(found)
    return found


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
