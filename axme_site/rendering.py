"""Templates as Django reads them, with the nodes that pages mostly consist of put in by quicker ones of the same output.

A page prints some 600 values and 150 fixed texts. Of each value Django asks whether it is a time, a number or lazy, and each
text it looks up anew. Here a plain string is escaped at once, and a fixed text is kept in the language it was last shown in.
Not for DEBUG: what these nodes raise is not annotated with its place in the template.
"""

from html import escape
from typing import cast

from django.template import TemplateDoesNotExist, base
from django.template.base import Node, NodeList, Origin, Template, Token, Variable, VariableDoesNotExist, VariableNode
from django.template.context import Context
from django.template.loaders import cached
from django.template.loaders.base import Loader as BaseLoader
from django.templatetags.i18n import TranslateNode
from django.utils.safestring import SafeString
from django.utils.translation import trans_real


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


def _quicker(node: Node) -> Node:
    """What to put in the place of a new node."""
    if type(node) is VariableNode:
        return Value(node)
    if type(node) is TranslateNode and _is_fixed(node):
        return Text(node)
    return node


def _is_fixed(node: TranslateNode) -> bool:
    expression = node.filter_expression
    fixed = isinstance(getattr(expression.var, "literal", None), str)
    return fixed and not expression.filters and node.asvar is None and node.message_context is None


class _Parser(base.Parser):
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
