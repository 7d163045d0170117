"""Templates as Django reads them, with the nodes that pages mostly consist of put in by quicker ones of the same output.

A page prints some 600 values and 150 fixed texts. Of each value Django asks whether it is a time, a number or lazy, and each
text it looks up anew. Here a plain string is escaped at once, and a fixed text is kept in the language it was last shown in;
what is always the same, icons and the addresses of pages and files, is made once, and names are looked up without detours.
Not for DEBUG: what these nodes raise is not annotated with its place in the template.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Any, cast
from uuid import UUID

from django.template import TemplateDoesNotExist, base
from django.template.base import (
    FilterExpression,
    Node,
    NodeList,
    Origin,
    Template,
    TextNode,
    Token,
    Variable,
    VariableDoesNotExist,
    VariableNode,
)
from django.template.context import Context
from django.template.defaulttags import URLNode
from django.template.library import SimpleNode
from django.template.loaders import cached
from django.template.loaders.base import Loader as BaseLoader
from django.templatetags.i18n import TranslateNode
from django.templatetags.static import StaticNode
from django.urls import NoReverseMatch
from django.utils.safestring import SafeString
from django.utils.translation import trans_real

from axme_site import branching
from inbox.views.kit import addresses

_KINDS: dict[type, bool] = {}
"""Of each type of value, whether its parts are its attributes and nothing else, and it is not called."""
MOST_KINDS = 1_000
KEPT = 16
"""Languages, each with escaping and without, of a text that is kept."""


class Quick(Variable):
    """A variable that is looked up in plain objects and dictionaries by the first way that finds it. Django tries the ways
    one after the other, by what they raise."""

    __slots__ = ()

    def _resolve_lookup(self, context: Context) -> Any:
        first, *others = self.lookups or ()
        for known in reversed(context.dicts):
            if first in known:
                current = known[first]
                break
        else:
            raise VariableDoesNotExist("Failed lookup for key [%s] in %r", (first, context))
        try:
            for bit in others:
                kind = type(current)
                if kind is dict:
                    current = current[bit]
                elif _KINDS[kind] if kind in _KINDS else _is_plain(kind):
                    current = getattr(current, bit)
                else:
                    return self._by_all_ways(context)
        except Exception:
            # There may be another way, or it is an error that is shown as nothing.
            return self._by_all_ways(context)
        return self._by_all_ways(context) if callable(current) else current

    def _by_all_ways(self, context: Context) -> Any:
        return super()._resolve_lookup(context)  # type: ignore[misc]  # unknown to the stubs


def _is_plain(kind: type) -> bool:
    if len(_KINDS) >= MOST_KINDS:
        _KINDS.clear()
    called = any("__call__" in vars(one) for one in kind.__mro__)
    found = _KINDS[kind] = not hasattr(kind, "__getitem__") and not called and not issubclass(kind, type)
    return found


class Value(VariableNode):
    """`{{ value }}`. What is no plain string is shown as Django does."""

    def __init__(self, node: VariableNode) -> None:
        super().__init__(node.filter_expression)
        expression = node.filter_expression
        self._plain = expression.var if not expression.filters and isinstance(expression.var, Variable) else None

    def render(self, context: Context) -> SafeString:
        try:
            output = (self._plain or self.filter_expression).resolve(context)
        except (VariableDoesNotExist, UnicodeDecodeError):
            return SafeString(super().render(context))
        kind = type(output)
        if kind is SafeString:
            return cast("SafeString", output)
        if kind is str and context.autoescape:
            return SafeString(escape(output))
        return cast("SafeString", base.render_value_in_context(output, context))

    render_annotated = render


class Text(TranslateNode):
    """`{% translate "..." %}` of a fixed text."""

    def __init__(self, node: TranslateNode) -> None:
        super().__init__(node.filter_expression, node.noop)
        self._last: tuple[object, bool, SafeString] = (None, False, SafeString())

    def render(self, context: Context) -> SafeString:
        catalogue, autoescape = trans_real.catalog(), context.autoescape
        shown_in, escaped, text = self._last
        if shown_in is not catalogue or escaped is not autoescape:
            text = SafeString(super().render(context))
            self._last = (catalogue, autoescape, text)
        return text

    render_annotated = render


class Fixed(Node):
    """What prints the same each time."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._last: tuple[bool, SafeString] | None = None

    def render(self, context: Context) -> SafeString:
        if self._last is None or self._last[0] is not context.autoescape:
            self._last = (context.autoescape, SafeString(self._node.render(context)))
        return self._last[1]

    render_annotated = render


class Run(Node):
    """What stands together and changes with the language alone, kept for each."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = nodes
        self._kept: dict[tuple[object, bool], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        key = (trans_real.catalog(), context.autoescape)
        text = self._kept.get(key)
        if text is None:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            text = self._kept[key] = SafeString("".join(str(node.render_annotated(context)) for node in self.nodes))
        return text

    render_annotated = render


class Address(URLNode):
    """`{% url "name" id %}`, the address of a page about one thing, shown or kept by a name."""

    def __init__(self, node: URLNode) -> None:
        super().__init__(node.view_name, node.args, node.kwargs, node.asvar)

    def render(self, context: Context) -> SafeString:
        given = self.args[0].resolve(context)
        if type(given) is not UUID:
            return SafeString(super().render(context))
        if self.asvar is None:
            return SafeString(addresses.of(self.view_name.var, given))
        try:
            context[self.asvar] = addresses.of(self.view_name.var, given)
        except NoReverseMatch:
            context[self.asvar] = ""
        return SafeString()

    render_annotated = render


def _quicker(node: Node) -> Node:
    """What to put in the place of a new node."""
    if type(node) is VariableNode:
        return Value(node)
    if type(node) is TranslateNode and _is_fixed(node):
        return Text(node)
    if type(node) is URLNode and _is_literal(node.view_name) and len(node.args) == 1 and not node.kwargs:
        return Address(node)
    return Fixed(node) if _prints_the_same(node) else branching.quicker(node)


def _is_fixed(node: TranslateNode) -> bool:
    return _is_literal(node.filter_expression) and node.asvar is None and node.message_context is None


def _is_literal(expression: FilterExpression) -> bool:
    return isinstance(getattr(expression.var, "literal", expression.var), str) and not expression.filters


def _prints_the_same(node: Node) -> bool:
    """Whether it is an icon or the like, a tag of a fixed text whose function is a cached one, or the address of a page or a
    file by its name alone."""
    match node:
        case SimpleNode():
            plain = all(_is_literal(one) for one in (*node.args, *node.kwargs.values()))
            return plain and hasattr(node.func, "cache_info") and node.target_var is None
        case URLNode():
            return _is_literal(node.view_name) and not (node.args or node.kwargs or node.asvar)
        case StaticNode():
            return _is_literal(node.path) and node.varname is None
    return False


def _runs(nodes: Iterable[Node]) -> Iterator[Node]:
    for is_fixed, some in groupby(nodes, key=lambda node: type(node) in (TextNode, Text, Fixed)):
        found = list(some)
        if is_fixed and len(found) > 1:
            yield Run(found)
        else:
            yield from found


class _Parser(base.Parser):
    def parse(self, parse_until: Iterable[str] | None = None) -> NodeList:
        found = super().parse(parse_until)
        nodes = NodeList(_runs(found))
        nodes.contains_nontext = found.contains_nontext
        return nodes

    def compile_filter(self, token: str) -> FilterExpression:
        expression = super().compile_filter(token)
        if isinstance(expression.var, Variable) and expression.var.lookups is not None:
            expression.var = Quick(expression.var.var)
        return expression

    def extend_nodelist(self, nodelist: NodeList, node: Node, token: Token) -> None:
        super().extend_nodelist(nodelist, _quicker(node), token)


class _Template(Template):
    def compile_nodelist(self) -> NodeList:
        tokens = base.Lexer(self.source).tokenize()
        parser = _Parser(tokens, self.engine.template_libraries, self.engine.template_builtins, self.origin)
        nodes = parser.parse()
        self.extra_data = parser.extra_data
        return nodes


class _Reading(BaseLoader):
    """As Django's own, whose class of templates cannot be chosen."""

    def get_template(self, template_name: str, skip: list[Origin] | None = None) -> Template:
        tried: list[tuple[Origin, str]] = []
        for origin in self.get_template_sources(template_name):
            if skip is not None and origin in skip:
                tried.append((origin, "Skipped to avoid recursion"))
                continue
            try:
                contents = self.get_contents(origin)  # type: ignore[attr-defined]
            except TemplateDoesNotExist:
                tried.append((origin, "Source does not exist"))
                continue
            return _Template(contents, origin, template_name, self.engine)
        raise TemplateDoesNotExist(template_name, tried=tried)


class Loader(cached.Loader, _Reading):
    """Reads each template once."""
