"""Agents' text as HTML: escaped, what cannot be seen named, and of Markdown only what cannot harm.

No HTML of theirs, no image, nothing fetched; a link shows the host that it leads to.
"""

import json
from collections.abc import Iterator
from typing import Any

import nh3
from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy, ngettext
from markdown_it import MarkdownIt
from markdown_it.token import Token

from inbox import presentation
from inbox.presentation.money import is_number
from inbox.vocabulary.counts import grouped

register = template.Library()

_TAGS = {"p", "em", "strong", "code", "pre", "ul", "ol", "li", "br", "a", "span", "bdi"}
_ATTRIBUTES = {"a": {"href", "target", "title"}, "span": {"class", "title"}, "p": {"dir"}, "li": {"dir"}}
_ODD = gettext_lazy("This character cannot be seen as it is, so it is named")
_RAW_MOST = 20_000
"""Characters of raw JSON in the page of a task; the rest is counted, and on a page of its own."""
_RAW_BLANKS = 160
"""Indents of the deepest JSON that is taken, and some more."""
_WHOLE_MOST = 400_000
_TREE_MOST = 1_000
"""Values of a JSON tree."""
_TREE_OPEN = 2
_PEEK, _PEEK_MOST = 4, 24
"""Names that a folded part of a tree tells, and how much of each."""

_markdown = MarkdownIt("zero").enable(
    ["backticks", "balance_pairs", "emphasis", "escape", "fence", "link", "list", "newline", "text_join"]
)


@register.filter
def visible(text: Any) -> SafeString:
    """Plain text, isolated from the direction of what stands around it."""
    return format_html("<bdi>{}</bdi>", _pieces(str(text)))


@register.filter
def one_line(text: Any) -> str:
    """Plain text for a row or a title."""
    return presentation.one_line(str(text))


@register.filter
def aligned(text: Any) -> SafeString:
    """A line of text whose blanks matter."""
    return _pieces(str(text), blanks=presentation.MOST_INDENT)


@register.filter
def listing(text: Any) -> SafeString:
    """Text of several lines whose blanks matter: differences, logs, settings."""
    return format_html('<pre class="listing" dir="auto" tabindex="0">{}</pre>', aligned(text))


def _pieces(text: str, *, blanks: int = presentation.MOST_BLANKS) -> SafeString:
    found = presentation.visible(text, blanks=blanks)
    return SafeString("".join(_odd(one.text) if one.odd else escape(one.text) for one in found))


def _odd(text: str) -> str:
    return format_html('<span class="odd" title="{}">{}</span>', _ODD, text)


@register.filter
def markup(text: str) -> SafeString:
    """A small Markdown: paragraphs, lists, emphasis, code, links with their hosts."""
    html = "".join(_render(_markdown.parse(text)))
    # Ours already says only this; should it ever say more, that ends here.
    return mark_safe(nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, link_rel="noopener noreferrer nofollow"))  # noqa: S308


def _render(tokens: list[Token]) -> Iterator[str]:
    hosts: list[presentation.Link | None] = []
    for token in tokens:
        match token.type:
            case "inline":
                yield from _render(token.children or [])
            case "text":
                yield _pieces(token.content)
            case "softbreak" | "hardbreak":
                yield "<br>"
            case "code_inline":
                yield format_html("<code>{}</code>", _pieces(token.content))
            case "fence":
                yield format_html("<pre><code>{}</code></pre>", aligned(token.content))
            case "link_open":
                hosts.append(presentation.link(str(token.attrs.get("href", ""))))
                yield _link_open(hosts[-1])
            case "link_close":
                yield _link_close(hosts.pop())
            case _ if token.tag in _TAGS and token.nesting and not token.hidden:
                way = ' dir="auto"' if token.tag in ("p", "li") else ""
                yield f"<{token.tag}{way}>" if token.nesting > 0 else f"</{token.tag}>"


def _link_open(link: presentation.Link | None) -> str:
    return format_html('<a href="{}" target="_blank">', link.url) if link else ""


def _link_close(link: presentation.Link | None) -> str:
    return format_html("</a>{}", host(link)) if link else ""


@register.filter
def host(link: presentation.Link) -> SafeString:
    """Where a link leads, beside it."""
    return format_html(' <span class="{}">({})</span>', "odd" if link.odd else "host", link.host)


@register.filter
def raw(value: Any) -> SafeString:
    """JSON with indents; of a huge one the beginning, and how much more there is."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    cut = len(text) - _RAW_MOST
    shown = _pieces(text[:_RAW_MOST], blanks=_RAW_BLANKS)
    if cut <= 0:
        return shown
    said = ngettext("%(number)s more character", "%(number)s more characters", cut)
    return shown + escape(f"\n… {said % {'number': grouped(cut)}}")


@register.filter
def tree(value: Any) -> SafeString:
    """JSON to be unfolded. What is too much for that is `raw`."""
    if _nodes(value) > _TREE_MOST:
        return format_html("<pre>{}</pre>", raw(value))
    return SafeString("".join(_branch("", value, 0)))


def _nodes(value: Any) -> int:
    count, left = 0, [value]
    while left and count <= _TREE_MOST:
        one = left.pop()
        count += 1
        left += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return count


def _branch(name: str, value: Any, depth: int) -> Iterator[str]:
    """A part of a tree: an object or a list to be unfolded, which the upper two are already; anything else a line."""
    key = format_html('<code class="key">{}</code>: ', _pieces(name)) if name else ""
    if not isinstance(value, dict | list) or not value:
        shown = _pieces(json.dumps(value, ensure_ascii=False), blanks=_RAW_BLANKS)
        kind = "text" if isinstance(value, str) else "number" if is_number(value) else "word"
        yield format_html('<div class="leaf">{}<code data-kind="{}">{}</code></div>', key, kind, shown)
        return
    inner = list(value.items()) if isinstance(value, dict) else [(str(at), one) for at, one in enumerate(value)]
    sign = "{{{}}}" if isinstance(value, dict) else "[{}]"
    opened = " open" if depth < _TREE_OPEN else ""
    peek = format_html(' <code class="peek">{}</code>', _pieces(_peek(value)))
    yield f"<details{opened}><summary>{key}{escape(sign.format(len(inner)))}{peek}</summary>"
    for part, one in inner:
        yield from _branch(part or '""', one, depth + 1)
    yield "</details>"


def _peek(value: Any) -> str:
    """What is in a part that is folded: its first names, or values."""
    inner = list(value) if isinstance(value, dict) else [one for one in value if not isinstance(one, dict | list)]
    said = ", ".join(presentation.one_line(str(one), most=_PEEK_MOST) for one in inner[:_PEEK])
    return f"{said}, …" if said and len(inner) > _PEEK else said


@register.filter
def is_cut(value: Any) -> bool:
    """Whether `raw` shows only the beginning."""
    return len(json.dumps(value, ensure_ascii=False, indent=2)) > _RAW_MOST


@register.filter
def whole(value: Any) -> SafeString:
    """All of it as JSON, with indents unless those would be most of it."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return _pieces(text if len(text) <= _WHOLE_MOST else json.dumps(value, ensure_ascii=False), blanks=_RAW_BLANKS)
